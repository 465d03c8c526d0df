// Finds a checkpoint's chat template and removes the one extension that only transformers knows.
import { isRecord } from './bounded-file.js';

/**
 * The template of a checkpoint, or undefined. chat_template.jinja wins over tokenizer_config.json, as in transformers;
 * of several named templates the one called "default" is taken.
 */
export function findChatTemplate(templateFile: string | undefined, tokenizerConfig: Record<string, unknown>): string | undefined {
  if (templateFile !== undefined) return templateFile;
  const value = tokenizerConfig['chat_template'];
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return undefined;
  const named = value.find((entry) => isRecord(entry) && entry['name'] === 'default') as Record<string, unknown> | undefined;
  return typeof named?.['template'] === 'string' ? named['template'] : undefined;
}

/**
 * Removes `{% generation %}` and `{% endgeneration %}`, which mark what to train on and print nothing.
 * Where a tag also trims white space (a minus sign, or a line of its own), an empty comment with the same marks stays, so the text around it renders the same.
 */
export function stripGenerationTags(template: string): string {
  return template.replace(/\{%([-+]?)\s*(?:end)?generation\s*([-+]?)%\}/g, (tag: string, left: string, right: string, at: number) => {
    const touchesLineEnd = template[at + tag.length] === '\n' || /(?:^|\n)[ \t]*$/.test(template.slice(Math.max(0, at - 200), at));
    return left !== '' || right !== '' || touchesLineEnd ? `{#${left} ${right}#}` : '';
  });
}

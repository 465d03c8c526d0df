// Owns making text of a document safe to stand in a prompt: what is invisible goes, what looks like a template's word is broken, every line gets a bar.

/** Every line of a document begins with it in a prompt, and no line of ours does: no text can end its own quotation. */
export const bar = '| ';

/** All that text editors and tokenisers call a line's end. */
const lineEnd = /\r\n|[\n\r\v\f\u0085\u2028\u2029]/u;

/** Joiners that change letters in these scripts; everywhere else they only hide something. */
const joined = /(?<=[\p{Script=Arabic}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Tamil}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Khmer}\p{M}])[\u200c\u200d](?=\p{L})/gu;
/** Formats (zero width, direction, tags), fillers and variation selectors, which can carry hidden bytes, and controls but the tab. */
// oxlint-disable-next-line no-control-regex -- control characters are what it is for
const invisible = /[\p{Cf}\p{Default_Ignorable_Code_Point}\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f]/gu;

/**
 * Words of chat templates. Those that are control tokens of the open model can never arise from a message (core/engine/prompt.ts);
 * this breaks also those of other models, which a file may list as ordinary added words, and those that are plain text.
 */
const templateWords = /<(?=[|｜])|(?<=[|｜])>|<(?=<\/?SYS>>)|\[(?=\/?(?:INST|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|SYSTEM_PROMPT)\])|<(?=\/?(?:s|bos|eos|pad|unk|mask|think|thinking|tool|tools|tool_call|tool_response|function|function_call|system|user|assistant|instruction|start_of_turn|end_of_turn|im_start|im_end|begin_text|end_text|endoftext|channel|message|turn)\b[^<>\n]{0,40}>)/giu;

const keptJoiner = { '\u200c': '\ue000', '\u200d': '\ue001' } as const;

/** Visible text of a document on lines of its own, without marks that only machines see. */
export function visibleText(text: string): string {
  return text
    .toWellFormed()
    .replace(/\p{Co}/gu, '\ufffd')
    .replace(joined, (joiner) => keptJoiner[joiner as keyof typeof keptJoiner])
    .split(lineEnd)
    .map((line) => line.replace(invisible, '').replace(templateWords, (found) => (found === '>' ? ' >' : `${found} `)).trimEnd())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/^\n+|\n+$/g, '')
    .replaceAll('\ue000', '\u200c')
    .replaceAll('\ue001', '\u200d');
}

/** The same behind bars, line by line. */
export function quoted(text: string): string {
  return visibleText(text).split('\n').map((line) => (line === '' ? bar.trimEnd() : bar + line)).join('\n');
}

/** A name of a document or a heading, on one line. */
export function label(text: string, longest = 80): string {
  const line = visibleText(text).replace(/\s+/g, ' ').trim();
  const letters = [...line];
  return letters.length <= longest ? line : `${letters.slice(0, longest - 1).join('')}…`;
}

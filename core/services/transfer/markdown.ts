// Owns a conversation written as Markdown: what was said as it was written, headings around it, sources as footnotes.
import type { ExportedConversation, ExportedGrounding } from '../../contract/transfer.js';
import { dateOf, written } from './written.js';

/** The mark of a source behind each stretch it bears out, from the end so that earlier places stay true. */
export function withMarks(text: string, { citations }: ExportedGrounding, mark: (source: number) => string): string {
  let marked = text;
  for (const { end, source } of citations.toSorted((a, b) => b.end - a.end)) {
    if (source !== null && end <= marked.length) marked = `${marked.slice(0, end)}${mark(source)}${marked.slice(end)}`;
  }
  return marked;
}

export function sourceOf({ documentName, headingPath, page, pageLabel }: ExportedGrounding['sources'][number]): string {
  return [documentName, ...headingPath, page > 0 ? `page ${pageLabel ?? page}` : null].filter(Boolean).join(', ');
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();

export function asMarkdown(conversation: ExportedConversation, all: boolean, first: boolean): string {
  const parts = [`${first ? '' : '\n---\n\n'}# ${oneLine(conversation.title) || 'Chat without a title'}`, `*${dateOf(conversation.createdAtMs)}*`];
  for (const { message, number, heading, branch, follows, figures } of written(conversation, all)) {
    const { grounding } = message;
    const name = (source: number): string => `${number}-${source + 1}`;
    const notes = [branch, follows === null ? null : `follows message ${follows}`, figures].filter(Boolean).join(' · ');
    parts.push(`## ${all ? `${number}. ` : ''}${oneLine(heading)}`);
    if (notes !== '') parts.push(`*${notes}*`);
    parts.push(grounding ? withMarks(message.text, grounding, (source) => `[^${name(source)}]`) : message.text);
    const cited = new Set(grounding?.citations.map(({ source }) => source));
    const notesBelow = grounding?.sources.flatMap((source, at) => (cited.has(at) ? [`[^${name(at)}]: ${oneLine(sourceOf(source))}: “${oneLine(source.text)}”`] : []));
    if (notesBelow && notesBelow.length > 0) parts.push(notesBelow.join('\n'));
  }
  return `${parts.join('\n\n')}\n`;
}

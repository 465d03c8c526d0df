// Owns writing conversations one after the other, so that an export of everything never stands in memory as a whole.
import type { ExportedConversation, ExportedGrounding, ExportKind } from '../../contract/transfer.js';
import { exportFormat, exportVersion } from '../../contract/transfer.js';
import type { Grounding } from '../../contract/documents.js';
import type { Store } from '../../store/store.js';
import { asHtml, escapeHtml, htmlFoot, htmlHead } from './html.js';
import { asMarkdown } from './markdown.js';

export interface ExportOrder {
  ids: readonly number[];
  format: ExportKind;
  /** For the written forms: every branch instead of the shown one. */
  all: boolean;
  withTokens: boolean;
}

export interface ExportSource {
  store: Store;
  version: string;
  now(): number;
  /** What a reply owes to documents; absent while there are none. */
  groundingOf?: ((messageId: number) => Grounding | null | undefined) | undefined;
}

export const mediaTypes: Record<ExportKind, string> = { markdown: 'text/markdown', html: 'text/html', json: 'application/json' };
export const extensions: Record<ExportKind, string> = { markdown: 'md', html: 'html', json: 'json' };

function toExported({ collectionName, mode, query, decision, read, citations }: Grounding): ExportedGrounding {
  const places = new Map(read.map(({ passageId }, at) => [passageId, at]));
  return {
    collectionName, mode, query, decision,
    sources: read.map(({ documentName, headingPath, page, pageLabel, text }) => ({ documentName, headingPath, page, pageLabel, text })),
    citations: citations.map(({ start, end, support }) => ({ start, end, source: support ? (places.get(support.passageId) ?? null) : null })),
  };
}

/** One conversation with what its replies owe to documents; null: it is gone. */
export function takeOut({ store, groundingOf }: ExportSource, id: number, withTokens: boolean): ExportedConversation | null {
  const conversation = store.transfer.takeOut(id, withTokens);
  if (!conversation || !groundingOf) return conversation;
  const ids = store.transfer.messageIds(id);
  const messages = conversation.messages.map((message, at) => {
    const grounding = message.role === 'assistant' ? groundingOf(ids[at]!) : null;
    return grounding ? { ...message, grounding: toExported(grounding) } : message;
  });
  return { ...conversation, messages };
}

/** The text of a file, piece by piece. A conversation erased meanwhile is left out. */
export function* writeExport(source: ExportSource, { ids, format, all, withTokens }: ExportOrder): Generator<string> {
  if (format === 'json') {
    const head = JSON.stringify({ format: exportFormat, version: exportVersion, exportedAtMs: source.now(), plumbVersion: source.version });
    yield `${head.slice(0, -1)},"conversations":[`;
  }
  if (format === 'html') yield htmlHead(ids.length === 1 ? source.store.conversations.find(ids[0]!)?.title || 'Chat' : 'Conversations from Plumb');
  if (format === 'html' && ids.length > 1) yield contentsOf(source.store, ids);
  let written = 0;
  for (const [place, id] of ids.entries()) {
    const conversation = takeOut(source, id, format === 'json' && withTokens);
    if (!conversation) continue;
    if (format === 'json') yield `${written === 0 ? '\n' : ',\n'}${JSON.stringify(conversation)}`;
    else yield format === 'html' ? asHtml(conversation, all, place) : asMarkdown(conversation, all, written === 0);
    written += 1;
  }
  if (format === 'json') yield '\n]}\n';
  if (format === 'html') yield htmlFoot;
}

function contentsOf(store: Store, ids: readonly number[]): string {
  const lines = ids.map((id, place) => `<li><a href="#c${place}">${escapeHtml(store.conversations.find(id)?.title ?? '') || 'Chat without a title'}</a></li>`);
  return `<nav><ol>${lines.join('')}</ol></nav>\n`;
}

// Owns HTML files: their encoding as they declare it, and their blocks.
import { decodeText } from '../decode.js';
import type { DraftPage } from '../draft.js';
import { htmlPages } from './html-blocks.js';
import type { ParseRequest } from './parse.js';

export function* readHtml({ bytes, notes }: ParseRequest): Generator<DraftPage> {
  yield* htmlPages(decodeMarkup(bytes), { leftOut: (what) => notes.leftOut.add(what), title: (title) => (notes.title ??= title) });
}

export function decodeMarkup(bytes: Uint8Array): string {
  const start = Buffer.from(bytes.subarray(0, 2048)).toString('latin1');
  const declared = /(?:charset|encoding)\s*=\s*["']?([\w-]{2,30})/i.exec(start)?.[1];
  return decodeText(bytes, declared);
}

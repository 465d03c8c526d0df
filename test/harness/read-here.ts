// Reads a document in the test's own process, for tests of what is read and not of the process that reads.
import { readerApi, type ReadPage, type ReadPassage } from '../../core/contract/reading.js';
import { readDocument } from '../../core/reading/read.js';
import type { ReadResult } from '../../core/reading/parser.js';

export interface ReadHere {
  summary: ReadResult;
  pages: ReadPage[];
  passages: ReadPassage[];
  text: string;
}

export async function readHere(name: string, bytes: Uint8Array, options: { ocr?: boolean; passageTokens?: number; overlapTokens?: number; limits?: Record<string, number> } = {}): Promise<ReadHere> {
  // The contract's own parsing fills in the defaults. Parsers may take the bytes away, so they get a copy.
  const params = readerApi.operations.read.params.parse({ readId: 1, name, source: { kind: 'bytes', bytes: bytes.slice() }, ...options });
  const pages: ReadPage[] = [];
  const passages: ReadPassage[] = [];
  const summary = await readDocument(params, {
    isStopped: () => false,
    emit: (event, body) => {
      // What leaves must be what the contract says.
      const parsed = readerApi.events[event].parse(body);
      if ('pages' in parsed) pages.push(...parsed.pages);
      if ('passages' in parsed) passages.push(...parsed.passages);
      return Promise.resolve();
    },
  });
  return { summary, pages, passages, text: pages.map((page) => page.text).join('\n\f\n') };
}

/** The text a passage stands for, looked up on its page. */
export function sliceOf(pages: readonly ReadPage[], passage: ReadPassage): string {
  return pages[passage.page - 1]!.text.slice(passage.start, passage.end);
}

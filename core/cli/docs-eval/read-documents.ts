// Owns reading a folder of documents into a scratch index, through the real reader process.
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { AppError } from '../../contract/errors.js';
import { readerApi, type ReadPage, type ReadPassage } from '../../contract/reading.js';
import { createClient } from '../../contract/rpc.js';
import type { ScratchIndex } from '../../services/documents/scratch-index.js';
import { startChild } from '../../../server/child.js';

const script = fileURLToPath(new URL('../../reading/main.js', import.meta.url));
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined };

export interface ReadOutcome {
  read: number;
  failed: { file: string; code: string }[];
}

/** Files that the index has already are not read again. */
export async function readDocuments(folder: string, index: ScratchIndex, onProgress: (done: number, of: number, file: string) => void): Promise<ReadOutcome> {
  const files = await readdir(folder).catch((thrown: Error) => {
    throw new AppError('file_unreadable', `There are no documents in ${folder}. The set that comes with Plumb is made by: node test/documents-eval/assemble.mjs`, thrown.message, { cause: thrown });
  });
  const known = new Set(index.names());
  const wanted = files.toSorted().filter((file) => !known.has(file));
  const outcome: ReadOutcome = { read: 0, failed: [] };
  if (wanted.length === 0) return outcome;
  const reader = startChild({ name: 'reader', script, env: { ...process.env } as Record<string, string> }, silent);
  const client = createClient(reader.pipe, readerApi);
  let pages: ReadPage[] = [];
  let passages: ReadPassage[] = [];
  client.on('pages', (event) => void pages.push(...event.pages));
  client.on('passages', (event) => void passages.push(...event.passages));
  try {
    for (const [at, file] of wanted.entries()) {
      onProgress(at, wanted.length, file);
      [pages, passages] = [[], []];
      const path = join(folder, file);
      try {
        const summary = await client.call('read', { readId: at + 1, name: file, source: { kind: 'path', path }, ocr: true });
        index.add({ name: file, path, pages, passages, summary });
        outcome.read += 1;
      } catch (thrown) {
        if (!(thrown instanceof AppError)) throw thrown;
        outcome.failed.push({ file, code: thrown.code });
      }
    }
    return outcome;
  } finally {
    reader.kill();
  }
}

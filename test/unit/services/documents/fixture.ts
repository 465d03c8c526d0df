// Owns a folder of files and an app that reads it, for the tests of documents.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Document } from '../../../../core/contract/documents.js';
import { startTestApp, type TestApp } from '../../../fakes/test-app.js';

export interface DocumentTest extends TestApp {
  /** A folder of its own, beside the data. */
  folder: string;
  write(name: string, text: string): string;
  collection(): Promise<number>;
  documents(collectionId: number): Promise<Document[]>;
  /** Waits until the documents of a collection are as wished, and answers them. */
  untilDocuments(collectionId: number, fits: (documents: Document[]) => boolean): Promise<Document[]>;
  /** Nothing waits to be read. */
  settled(collectionId: number): Promise<Document[]>;
}

export function startDocumentTest(options: Parameters<typeof startTestApp>[0] = {}): DocumentTest {
  const test = startTestApp(options);
  const folder = mkdtempSync(join(tmpdir(), 'plumb-files-'));
  const documents = async (collectionId: number): Promise<Document[]> => (await test.client.call('documents.list', { collectionId })).documents;
  const untilDocuments: DocumentTest['untilDocuments'] = async (collectionId, fits) => {
    for (const endMs = performance.now() + 10_000; ; await new Promise((done) => setTimeout(done, 5))) {
      const found = await documents(collectionId);
      if (fits(found)) return found;
      if (performance.now() > endMs) throw new Error(`documents stayed ${JSON.stringify(found.map(({ name, state, error }) => ({ name, state, error })))}`);
    }
  };
  return {
    ...test, folder, documents, untilDocuments,
    write(name, text) {
      const path = join(folder, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      return path;
    },
    collection: async () => (await test.client.call('collections.create', { name: 'Papers' })).collection.id,
    settled: (collectionId) => untilDocuments(collectionId, (list) => list.every(({ state }) => state !== 'waiting' && state !== 'reading')),
    dispose() {
      test.dispose();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

// Owns an index of documents apart from the user's: the evaluation reads into it and asks it.
import { AppError } from '../../contract/errors.js';
import type { ReadPage, ReadPassage, ReadSummary } from '../../contract/reading.js';
import type { PassageSource } from '../../retrieval/retrieval.js';
import { openStore } from '../../store/store.js';

export interface ScratchIndex {
  collectionId: number;
  source: PassageSource;
  /** Names of the documents that are in it already. */
  names(): string[];
  add(document: { name: string; path: string; pages: readonly ReadPage[]; passages: readonly ReadPassage[]; summary: ReadSummary }): void;
  /** Every passage, in reading order. */
  ids(): number[];
  close(): void;
}

/** The documents lie beside it for all to read: a key that anybody knows will do. */
const openKey = new Uint8Array(32);

/** Opens the index in a folder of its own, or makes it. */
export function openScratchIndex(dir: string): ScratchIndex {
  const store = openStore(dir, openKey);
  const collectionId = store.collections.list()[0]?.id ?? store.collections.create('evaluation', Date.now());
  return {
    collectionId,
    source: store.passageSearch,
    names: () => store.documents.ofCollection(collectionId).filter(({ state }) => state === 'ready').map(({ name }) => name),
    add({ name, path, pages, passages, summary }) {
      store.transaction(() => {
        const documentId = store.documents.add({ collectionId, folderId: null, name, path, sizeBytes: 0, modifiedAtMs: 0, nowMs: Date.now(), error: null });
        if (documentId === null) throw new AppError('internal', `${name} is in the index already.`);
        store.passages.stagePages(documentId, pages);
        store.passages.stagePassages(documentId, passages);
        store.passages.publish({ documentId, summary, fileHash: '', sizeBytes: 0, modifiedAtMs: 0, nowMs: Date.now(), kept: [] });
      });
    },
    ids: () => store.passageSearch.idsOf(collectionId),
    close: () => store.close(),
  };
}

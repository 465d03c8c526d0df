// Owns giving stored passages their vectors, a few at a time, whenever an embedder is there.
import { toErrorBody } from '../../contract/errors.js';
import type { Embedder } from '../../retrieval/retrieval.js';
import type { Store } from '../../store/store.js';
import type { Log } from '../log.js';
import { breathe } from './staging.js';

export interface Embedding {
  /** A document's passages were stored. */
  stored(document: { documentId: number; collectionId: number }): void;
  /** Passages that have no vector of this embedder yet, from before it was there. */
  catchUp(): void;
  close(): void;
}

const passagesAtOnce = 32;

/** `onVectors` hears of a collection whose vectors are not what they were: whoever holds them in memory loads them anew. */
export function createEmbedding({ store, embedder, log, isBusy, onVectors }: {
  store: Store; embedder: Embedder | null; log: Log; isBusy(): boolean; onVectors(collectionId: number): void;
}): Embedding {
  const queue: number[] = [];
  let working = false;
  let closed = false;

  async function work(by: Embedder): Promise<void> {
    for (let documentId = queue.shift(); documentId !== undefined && !closed; documentId = queue.shift()) {
      const collectionId = store.documents.find(documentId)?.collectionId;
      if (collectionId === undefined) continue;
      for (let missing = store.vectors.missing(documentId, by.id, passagesAtOnce); missing.length > 0; missing = store.vectors.missing(documentId, by.id, passagesAtOnce)) {
        const vectors = await by.embed(missing.map(({ heading, text }) => (heading === '' ? text : `${heading}\n${text}`)));
        if (closed) return;
        store.vectors.put(by.id, missing.map(({ passageId }, at) => ({ passageId, vector: vectors[at]! })));
        await breathe(isBusy);
        if (closed) return;
      }
      onVectors(collectionId);
    }
  }
  function run(): void {
    if (embedder === null || working || closed) return;
    working = true;
    void work(embedder)
      // Words still find the passages; the next start tries again.
      .catch((thrown: unknown) => log.warn('no vectors made', toErrorBody(thrown)))
      .finally(() => void (working = false));
  }

  return {
    stored({ documentId, collectionId }) {
      if (embedder === null) return onVectors(collectionId);
      queue.push(documentId);
      run();
    },
    catchUp() {
      if (embedder === null) return;
      queue.push(...store.vectors.documentsMissing(embedder.id));
      run();
    },
    close: () => void (closed = true),
  };
}

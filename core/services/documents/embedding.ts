// Owns giving stored passages their vectors, a few at a time, whenever an embedder is there, and erasing those of one that is there no more.
import { toErrorBody } from '../../contract/errors.js';
import type { Embedder } from '../../retrieval/retrieval.js';
import type { Store } from '../../store/store.js';
import type { Log } from '../log.js';
import { breathe } from './staging.js';

export interface Embedding {
  /** A document's passages were stored. */
  stored(document: { documentId: number; collectionId: number }): void;
  /** There is another embedder, or none, or this is the start: passages without its vectors get them, vectors of others go. */
  catchUp(): void;
  close(): void;
}

export interface EmbeddingDeps {
  store: Store;
  /** null: none is switched on, or it failed. */
  embedder(): Embedder | null;
  /** Whose vectors are kept: an embedder's id, '' for nobody's, null for everybody's. */
  vectorsOf(): string | null;
  log: Log;
  isBusy(): boolean;
  retryMs: number;
  /** Hears of a collection whose vectors are not what they were: whoever holds them in memory loads them anew. */
  onVectors(collectionId: number): void;
}

/** A question waits for no more than these, and on a slow machine for their rest alone: it stops them. */
const passagesAtOnce = 8;
const busyMs = 100;
/** A vector is a kilobyte and more, and is overwritten when it is erased. */
const erasedAtOnce = 256;

export function createEmbedding({ store, embedder, vectorsOf, log, isBusy, retryMs, onVectors }: EmbeddingDeps): Embedding {
  const queue = new Set<number>();
  let working = false;
  let again: NodeJS.Timeout | null = null;
  /** All vectors of others are gone. */
  let tidiedFor: string | null = null;
  let closed = false;

  async function document(documentId: number, by: Embedder): Promise<void> {
    const collectionId = store.documents.find(documentId)?.collectionId;
    if (collectionId === undefined) return;
    let made = 0;
    try {
      for (;;) {
        while (isBusy() && !closed) await new Promise((done) => setTimeout(done, busyMs));
        // Another embedder begins anew with everything.
        if (closed || embedder()?.id !== by.id) return;
        const missing = store.vectors.missing(documentId, by.id, passagesAtOnce);
        if (missing.length === 0) return;
        const vectors = await by.embed(missing.map(({ heading, text }) => (heading === '' ? text : `${heading}\n${text}`)));
        if (closed || embedder()?.id !== by.id) return;
        store.vectors.put(by.id, vectors.map((vector, at) => ({ passageId: missing[at]!.passageId, vector })));
        made += vectors.length;
        await breathe(isBusy);
      }
    } finally {
      if (made > 0 && !closed) onVectors(collectionId);
    }
  }

  async function work(): Promise<void> {
    for (;;) {
      if (closed) return;
      const keep = vectorsOf();
      if (keep !== tidiedFor && keep !== null) {
        while (!closed && vectorsOf() === keep && store.vectors.dropOthers(keep, erasedAtOnce)) await breathe(isBusy);
        if (vectorsOf() === keep) tidiedFor = keep;
        continue;
      }
      const by = embedder();
      const [documentId] = queue;
      if (by === null || documentId === undefined) return;
      await document(documentId, by);
      if (embedder()?.id === by.id) queue.delete(documentId);
    }
  }

  function run(): void {
    if (working || closed) return;
    working = true;
    void work()
      .catch((thrown: unknown) => {
        // Words still find the passages. An engine that died is started again; a model that failed has no embedder any more.
        log.warn('no vectors made', toErrorBody(thrown));
        if (!closed && embedder() !== null) again ??= setTimeout(() => { again = null; run(); }, retryMs).unref();
      })
      .finally(() => void (working = false));
  }

  return {
    stored({ documentId, collectionId }) {
      onVectors(collectionId);
      queue.add(documentId);
      run();
    },
    catchUp() {
      const by = embedder();
      queue.clear();
      if (by !== null) for (const documentId of store.vectors.documentsMissing(by.id)) queue.add(documentId);
      run();
    },
    close() {
      closed = true;
      if (again) clearTimeout(again);
    },
  };
}

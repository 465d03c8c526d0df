// Owns the rows of vectors: float32, little endian, one for each passage and embedder.
import type { Writable } from './handles.js';
import { translateAll } from './store-errors.js';

/** By the small index: the rows themselves hold a kilobyte and more. */
const hasVector = (passage: string): string => `EXISTS (SELECT 1 FROM passage_vector v INDEXED BY passage_vector_by_embedder WHERE v.embedder = @embedder AND v.passage_id = ${passage})`;

export const vectorSql = {
  missing: `SELECT p.id AS passageId, p.heading, p.text FROM document d JOIN passage p ON p.document_id = d.id AND p.reading = d.reading
    WHERE d.id = @documentId AND d.erased = 0 AND NOT ${hasVector('p.id')} ORDER BY p.idx LIMIT @limit`,
  documentsMissing: `SELECT d.id FROM document d WHERE d.erased = 0 AND EXISTS (
      SELECT 1 FROM passage p WHERE p.document_id = d.id AND p.reading = d.reading AND NOT ${hasVector('p.id')}) ORDER BY d.id`,
  counts: `SELECT (SELECT coalesce(sum(passages), 0) FROM document WHERE erased = 0) AS total,
    (SELECT count(*) FROM passage_vector INDEXED BY passage_vector_by_embedder WHERE embedder = @embedder) AS done`,
  // The vectors themselves last: those of other collections are not read.
  ofCollection: `SELECT k.passage_id AS passageId, v.vector FROM passage_vector k INDEXED BY passage_vector_by_embedder
    CROSS JOIN passage p ON p.id = k.passage_id CROSS JOIN document d ON d.id = p.document_id AND d.reading = p.reading
    CROSS JOIN passage_vector v ON v.passage_id = k.passage_id AND v.embedder = k.embedder
    WHERE k.embedder = @embedder AND k.passage_id > @after AND d.collection_id = @collectionId AND d.erased = 0 ORDER BY k.passage_id LIMIT @limit`,
  dropOthers: `DELETE FROM passage_vector WHERE (passage_id, embedder) IN (
      SELECT passage_id, embedder FROM passage_vector INDEXED BY passage_vector_by_embedder WHERE embedder < @embedder OR embedder > @embedder LIMIT @limit)`,
} as const;

export interface VectorQueries {
  /** Passages of a document that have no vector of this embedder yet. */
  missing(documentId: number, embedder: string, limit: number): { passageId: number; heading: string; text: string }[];
  /** Documents with such passages. */
  documentsMissing(embedder: string): number[];
  /** Passages with a vector of this embedder, and passages. */
  counts(embedder: string): { done: number; total: number };
  /** A passage that was erased meanwhile is left out. */
  put(embedder: string, vectors: readonly { passageId: number; vector: Float32Array }[]): void;
  /**
   * Vectors of a collection, end to end, for a scan in memory: those of at most `limit` passages behind the id `after`. Vectors of another length are left
   * out. `last`: where the next call goes on; null: that was all.
   */
  ofCollection(collectionId: number, embedder: string, dimensions: number, after: number, limit: number): { ids: number[]; vectors: Float32Array; last: number | null };
  /** Erases at most `limit` vectors that other embedders left. False: none is left. */
  dropOthers(embedder: string, limit: number): boolean;
}

export function createVectorQueries(db: Writable): VectorQueries {
  const missing = db.prepare<[{ documentId: number; embedder: string; limit: number }], { passageId: number; heading: string; text: string }>(vectorSql.missing);
  const documentsMissing = db.prepare<[{ embedder: string }], number>(vectorSql.documentsMissing).pluck();
  const counts = db.prepare<[{ embedder: string }], { done: number; total: number }>(vectorSql.counts);
  const put = db.prepare('INSERT OR REPLACE INTO passage_vector (passage_id, embedder, vector) SELECT id, ?, ? FROM passage WHERE id = ?');
  const ofCollection = db.prepare<[{ collectionId: number; embedder: string; after: number; limit: number }], { passageId: number; vector: Buffer }>(vectorSql.ofCollection);
  const dropOthers = db.prepare<[{ embedder: string; limit: number }]>(vectorSql.dropOthers);
  return translateAll({
    missing: (documentId: number, embedder: string, limit: number) => missing.all({ documentId, embedder, limit }),
    documentsMissing: (embedder: string) => documentsMissing.all({ embedder }),
    counts: (embedder: string) => counts.get({ embedder })!,
    put: db.transaction((embedder: string, vectors: readonly { passageId: number; vector: Float32Array }[]) => {
      for (const { passageId, vector } of vectors) put.run(embedder, toBytes(vector), passageId);
    }),
    ofCollection(collectionId: number, embedder: string, dimensions: number, after: number, limit: number) {
      const all = ofCollection.all({ collectionId, embedder, after, limit });
      const rows = all.filter(({ vector }) => vector.length === dimensions * 4);
      const vectors = new Float32Array(rows.length * dimensions);
      // Every machine that Plumb runs on is little-endian.
      const bytes = new Uint8Array(vectors.buffer);
      rows.forEach(({ vector }, row) => bytes.set(vector, row * dimensions * 4));
      return { ids: rows.map(({ passageId }) => passageId), vectors, last: all.length < limit ? null : all.at(-1)!.passageId };
    },
    dropOthers: (embedder: string, limit: number) => dropOthers.run({ embedder, limit }).changes > 0,
  });
}

const toBytes = (vector: Float32Array): Buffer => Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);

// Owns the rows of vectors: float32, little endian, one for each passage and embedder.
import type { Writable } from './handles.js';
import { translateAll } from './store-errors.js';

export const vectorSql = {
  missing: `SELECT p.id AS passageId, p.heading, p.text FROM document d JOIN passage p ON p.document_id = d.id AND p.reading = d.reading
    WHERE d.id = ? AND d.erased = 0 AND NOT EXISTS (SELECT 1 FROM passage_vector v WHERE v.passage_id = p.id AND v.embedder = ?) ORDER BY p.idx LIMIT ?`,
  ofCollection: `SELECT p.id AS passageId, v.vector FROM document d JOIN passage p ON p.document_id = d.id AND p.reading = d.reading
    JOIN passage_vector v ON v.passage_id = p.id AND v.embedder = ? WHERE d.collection_id = ? AND d.erased = 0 ORDER BY p.id`,
} as const;

export interface VectorQueries {
  /** Passages of a document that have no vector of this embedder yet. */
  missing(documentId: number, embedder: string, limit: number): { passageId: number; heading: string; text: string }[];
  /** Documents with such passages. */
  documentsMissing(embedder: string): number[];
  /** A passage that was erased meanwhile is left out. */
  put(embedder: string, vectors: readonly { passageId: number; vector: Float32Array }[]): void;
  /** Every vector of a collection, end to end, for a scan in memory. Vectors of another length are left out. */
  ofCollection(collectionId: number, embedder: string, dimensions: number): { ids: number[]; vectors: Float32Array };
  /** Erases what other embedders left. */
  dropOthers(embedder: string): void;
}

export function createVectorQueries(db: Writable): VectorQueries {
  const missing = db.prepare<[number, string, number], { passageId: number; heading: string; text: string }>(vectorSql.missing);
  const documentsMissing = db.prepare<[string], number>(`SELECT DISTINCT d.id FROM document d JOIN passage p ON p.document_id = d.id AND p.reading = d.reading
    WHERE d.erased = 0 AND NOT EXISTS (SELECT 1 FROM passage_vector v WHERE v.passage_id = p.id AND v.embedder = ?)`).pluck();
  const put = db.prepare('INSERT OR REPLACE INTO passage_vector (passage_id, embedder, vector) SELECT id, ?, ? FROM passage WHERE id = ?');
  const ofCollection = db.prepare<[string, number], { passageId: number; vector: Buffer }>(vectorSql.ofCollection);
  const dropOthers = db.prepare('DELETE FROM passage_vector WHERE embedder <> ?');
  return translateAll({
    missing: (documentId: number, embedder: string, limit: number) => missing.all(documentId, embedder, limit),
    documentsMissing: (embedder: string) => documentsMissing.all(embedder),
    put: db.transaction((embedder: string, vectors: readonly { passageId: number; vector: Float32Array }[]) => {
      for (const { passageId, vector } of vectors) put.run(embedder, toBytes(vector), passageId);
    }),
    ofCollection(collectionId: number, embedder: string, dimensions: number) {
      const rows = ofCollection.all(embedder, collectionId).filter(({ vector }) => vector.length === dimensions * 4);
      const vectors = new Float32Array(rows.length * dimensions);
      rows.forEach(({ vector }, row) => {
        for (let at = 0; at < dimensions; at++) vectors[row * dimensions + at] = vector.readFloatLE(4 * at);
      });
      return { ids: rows.map(({ passageId }) => passageId), vectors };
    },
    dropOthers: (embedder: string) => void dropOthers.run(embedder),
  });
}

function toBytes(vector: Float32Array): Buffer {
  const bytes = Buffer.alloc(vector.length * 4);
  vector.forEach((value, at) => bytes.writeFloatLE(value, 4 * at));
  return bytes;
}

// Owns the index by which vectors are counted, and found missing, without reading them.
import type { Migration } from '../migrate.js';

export const vectors: Migration = {
  version: 60,
  sql: 'CREATE INDEX passage_vector_by_embedder ON passage_vector (embedder, passage_id);',
};

// Owns what makes passages countable: small indexes in the place of rows that hold texts and vectors, and what a large erasing still owes.
import type { Migration } from '../migrate.js';

export const vectors: Migration = {
  version: 60,
  sql: `
    CREATE INDEX passage_vector_by_embedder ON passage_vector (embedder, passage_id);
    -- A question counts its words in thousands of passages; each row of passage is a page of the file, and is decrypted.
    CREATE INDEX passage_place ON passage (id, document_id, reading);
    -- 1: rows left the word indexes by marks alone; the indexes are written anew before the erasing is settled.
    ALTER TABLE erasing_owed ADD COLUMN marked INTEGER NOT NULL DEFAULT 0 CHECK (marked IN (0, 1));
  `,
};

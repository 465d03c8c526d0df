// Owns the column for the texts before which a run was to end.
import type { Migration } from '../migrate.js';

export const stopStrings: Migration = {
  version: 50,
  sql: `
    -- JSON array of texts.
    ALTER TABLE run ADD COLUMN stop TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(stop));
  `,
};

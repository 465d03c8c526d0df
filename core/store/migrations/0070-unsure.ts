// Owns the column for answers whose passages may not hold what was asked for.
import type { Migration } from '../migrate.js';

export const unsure: Migration = {
  version: 70,
  sql: `
    ALTER TABLE grounding ADD COLUMN unsure INTEGER NOT NULL DEFAULT 0 CHECK (unsure IN (0, 1));
  `,
};

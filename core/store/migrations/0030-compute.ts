// Owns the columns that say how a run spent its steps: exit criterion, warm start, sampler, and what the cache kept.
import type { Migration } from '../migrate.js';

export const compute: Migration = {
  version: 30,
  sql: `
    -- JSON of the contract's shapes; NULL: every token ran all its steps.
    ALTER TABLE run ADD COLUMN exit_criterion TEXT CHECK (exit_criterion IS NULL OR json_valid(exit_criterion));
    ALTER TABLE run ADD COLUMN warm_start INTEGER NOT NULL DEFAULT 0 CHECK (warm_start IN (0, 1));
    ALTER TABLE run ADD COLUMN sampler TEXT NOT NULL DEFAULT '{"kind":"plain"}' CHECK (json_valid(sampler));
    -- NULL in runs made before these were stored: they had the full cache in f16, but nobody wrote it down.
    ALTER TABLE run ADD COLUMN kv_budget INTEGER;
    ALTER TABLE run ADD COLUMN kv_type TEXT;
    ALTER TABLE run ADD COLUMN reread_tokens INTEGER;
  `,
};

// Owns the first shape of the database: conversations, messages, runs, tokens, settings, linked model files.
import type { Migration } from '../migrate.js';

export const first: Migration = {
  version: 10,
  sql: `
    -- AUTOINCREMENT everywhere: an id must not come back after a purge, a window may still hold the old one.
    CREATE TABLE conversation (
      id            INTEGER PRIMARY KEY AUTOINCREMENT,
      title         TEXT    NOT NULL DEFAULT '',
      leaf_id       INTEGER REFERENCES message(id) ON DELETE SET NULL,
      created_at_ms INTEGER NOT NULL,
      updated_at_ms INTEGER NOT NULL,
      removed_at_ms INTEGER
    ) STRICT;
    CREATE INDEX conversation_by_time ON conversation (updated_at_ms DESC, id DESC) WHERE removed_at_ms IS NULL;
    CREATE INDEX conversation_removed ON conversation (removed_at_ms) WHERE removed_at_ms IS NOT NULL;
    -- Serves the foreign key: without it every deleted message would scan all conversations.
    CREATE INDEX conversation_by_leaf ON conversation (leaf_id) WHERE leaf_id IS NOT NULL;

    CREATE TABLE message (
      id              INTEGER PRIMARY KEY AUTOINCREMENT,
      conversation_id INTEGER NOT NULL REFERENCES conversation(id) ON DELETE CASCADE,
      parent_id       INTEGER REFERENCES message(id) ON DELETE CASCADE,
      role            TEXT    NOT NULL CHECK (role IN ('system', 'user', 'assistant')),
      -- Of a reply: empty while its run is running, then the concatenation of its tokens.
      text            TEXT    NOT NULL,
      created_at_ms   INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX message_by_conversation ON message (conversation_id, id);
    CREATE INDEX message_by_parent ON message (parent_id) WHERE parent_id IS NOT NULL;

    CREATE TABLE run (
      id              INTEGER PRIMARY KEY AUTOINCREMENT,
      message_id      INTEGER NOT NULL UNIQUE REFERENCES message(id) ON DELETE CASCADE,
      model_name      TEXT    NOT NULL,
      model_path      TEXT    NOT NULL,
      -- SHA-256 over the size and the first and last mebibyte: tells two files apart without reading gigabytes.
      model_hash      TEXT    NOT NULL,
      fork_id         TEXT    NOT NULL,
      has_recurrence  INTEGER NOT NULL CHECK (has_recurrence IN (0, 1)),
      -- The settings as used.
      steps           INTEGER NOT NULL,
      state_seed      INTEGER NOT NULL,
      state_scale     REAL    NOT NULL,
      temperature     REAL    NOT NULL,
      top_k           INTEGER NOT NULL,
      top_p           REAL    NOT NULL,
      min_p           REAL    NOT NULL,
      repeat_penalty  REAL    NOT NULL,
      sampling_seed   INTEGER,
      max_tokens      INTEGER NOT NULL,
      -- How it went.
      state           TEXT    NOT NULL CHECK (state IN ('running', 'done', 'stopped', 'interrupted')),
      end_reason      TEXT,
      error_code      TEXT,
      started_at_ms   INTEGER NOT NULL,
      ended_at_ms     INTEGER,
      last_seq        INTEGER NOT NULL DEFAULT 0,
      prompt_tokens   INTEGER,
      reused_tokens   INTEGER,
      prompt_ms       REAL,
      first_token_ms  REAL,
      tokens          INTEGER,
      decode_ms       REAL,
      mean_steps      REAL
    ) STRICT;
    CREATE INDEX run_running ON run (id) WHERE state = 'running';

    -- WITHOUT ROWID: the tokens of one run lie together and in order.
    CREATE TABLE token (
      run_id      INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
      idx         INTEGER NOT NULL,
      token_id    INTEGER NOT NULL,
      text        TEXT    NOT NULL,
      steps       INTEGER NOT NULL,
      exit_reason TEXT    NOT NULL,
      -- float32, little endian, one number per step.
      trace       BLOB    NOT NULL,
      PRIMARY KEY (run_id, idx)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE setting (
      name  TEXT PRIMARY KEY NOT NULL,
      value TEXT NOT NULL
    ) STRICT;

    CREATE TABLE model_file (
      path        TEXT PRIMARY KEY NOT NULL,
      added_at_ms INTEGER NOT NULL
    ) STRICT;
  `,
};

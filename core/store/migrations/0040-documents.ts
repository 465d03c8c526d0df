// Owns the tables of documents: collections, folders, files, pages, passages with their indexes and vectors, and what replies owe to them.
import type { Migration } from '../migrate.js';

/** Deleted words leave an index at once; the text stays in `passage` alone. */
function passageIndex(name: string, tokenizer: string): string {
  return `
    CREATE VIRTUAL TABLE ${name} USING fts5(heading, text, content = 'passage', content_rowid = 'id', tokenize = "${tokenizer}");
    INSERT INTO ${name} (${name}, rank) VALUES ('secure-delete', 1);
    CREATE TRIGGER ${name}_insert AFTER INSERT ON passage BEGIN
      INSERT INTO ${name} (rowid, heading, text) VALUES (new.id, new.heading, new.text);
    END;
    CREATE TRIGGER ${name}_delete AFTER DELETE ON passage BEGIN
      INSERT INTO ${name} (${name}, rowid, heading, text) VALUES ('delete', old.id, old.heading, old.text);
    END;
  `;
}

export const documents: Migration = {
  version: 40,
  sql: `
    CREATE TABLE collection (
      id            INTEGER PRIMARY KEY AUTOINCREMENT,
      name          TEXT    NOT NULL,
      paused        INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)),
      -- 1: removed by the user, its rows go piece by piece; nothing shows it any more.
      erased        INTEGER NOT NULL DEFAULT 0 CHECK (erased IN (0, 1)),
      created_at_ms INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE folder (
      id            INTEGER PRIMARY KEY AUTOINCREMENT,
      collection_id INTEGER NOT NULL REFERENCES collection(id) ON DELETE CASCADE,
      path          TEXT    NOT NULL,
      watched       INTEGER NOT NULL CHECK (watched IN (0, 1)),
      UNIQUE (collection_id, path)
    ) STRICT;

    -- Files of a folder that the user removed: looking through the folder again must not bring them back. SHA-256 of the path, no name.
    CREATE TABLE folder_exception (
      folder_id INTEGER NOT NULL REFERENCES folder(id) ON DELETE CASCADE,
      path_hash TEXT    NOT NULL,
      PRIMARY KEY (folder_id, path_hash)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE document (
      id              INTEGER PRIMARY KEY AUTOINCREMENT,
      collection_id   INTEGER NOT NULL REFERENCES collection(id) ON DELETE CASCADE,
      -- The folder that brought it; NULL: added by itself.
      folder_id       INTEGER REFERENCES folder(id) ON DELETE SET NULL,
      name            TEXT    NOT NULL,
      -- NULL: uploaded, see upload.
      path            TEXT,
      format          TEXT,
      title           TEXT,
      language        TEXT,
      state           TEXT    NOT NULL CHECK (state IN ('uploading', 'waiting', 'reading', 'ready', 'failed', 'missing')),
      erased          INTEGER NOT NULL DEFAULT 0 CHECK (erased IN (0, 1)),
      -- Which reading is shown: pages and passages with another number are of one that is not finished, or of an older one. 0: none.
      reading         INTEGER NOT NULL DEFAULT 0,
      -- Asked for with the next reading.
      ocr             INTEGER NOT NULL DEFAULT 0 CHECK (ocr IN (0, 1)),
      error_code      TEXT,
      error_message   TEXT,
      error_detail    TEXT,
      size_bytes      INTEGER NOT NULL,
      modified_at_ms  INTEGER,
      -- SHA-256 of the file that the passages are of; NULL: never read.
      file_hash       TEXT,
      pages           INTEGER NOT NULL DEFAULT 0,
      passages        INTEGER NOT NULL DEFAULT 0,
      characters      INTEGER NOT NULL DEFAULT 0,
      -- JSON: page numbers, and words for the user.
      pages_without_text TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(pages_without_text)),
      left_out        TEXT    NOT NULL DEFAULT '[]' CHECK (json_valid(left_out)),
      ocr_confidence  REAL,
      added_at_ms     INTEGER NOT NULL,
      read_at_ms      INTEGER,
      UNIQUE (collection_id, path)
    ) STRICT;
    CREATE INDEX document_waiting ON document (state, id) WHERE state IN ('waiting', 'reading');
    CREATE INDEX document_counts ON document (collection_id, state, passages, size_bytes) WHERE erased = 0;
    CREATE INDEX document_erased ON document (id) WHERE erased = 1;
    CREATE INDEX document_by_folder ON document (folder_id) WHERE folder_id IS NOT NULL;

    -- Bytes of documents that came without a path, in pieces, so that no statement holds a whole file.
    CREATE TABLE upload (
      document_id INTEGER NOT NULL REFERENCES document(id) ON DELETE CASCADE,
      offset      INTEGER NOT NULL,
      bytes       BLOB    NOT NULL,
      PRIMARY KEY (document_id, offset)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE page (
      document_id    INTEGER NOT NULL REFERENCES document(id) ON DELETE CASCADE,
      reading        INTEGER NOT NULL,
      number         INTEGER NOT NULL,
      label          TEXT,
      -- UTF-16 units, as offsets count them.
      characters     INTEGER NOT NULL,
      width          REAL,
      height         REAL,
      method         TEXT    NOT NULL CHECK (method IN ('text', 'ocr', 'none')),
      ocr_confidence REAL,
      text           TEXT    NOT NULL,
      -- Little-endian, 24 bytes each: start and end as uint32, then x, y, width, height as float32. Empty where text has no place.
      placed         BLOB    NOT NULL,
      PRIMARY KEY (document_id, reading, number)
    ) STRICT;

    CREATE TABLE passage (
      id          INTEGER PRIMARY KEY AUTOINCREMENT,
      document_id INTEGER NOT NULL REFERENCES document(id) ON DELETE CASCADE,
      reading     INTEGER NOT NULL,
      idx         INTEGER NOT NULL,
      hash        TEXT    NOT NULL,
      page        INTEGER NOT NULL,
      start       INTEGER NOT NULL,
      end_page    INTEGER NOT NULL,
      end         INTEGER NOT NULL,
      overlap     INTEGER NOT NULL,
      kind        TEXT    NOT NULL,
      tokens      INTEGER NOT NULL,
      -- Heading path, joined by line breaks.
      heading     TEXT    NOT NULL,
      text        TEXT    NOT NULL,
      UNIQUE (document_id, reading, idx)
    ) STRICT;

    -- One row for each passage and embedder; float32, little endian, unit length.
    CREATE TABLE passage_vector (
      passage_id INTEGER NOT NULL REFERENCES passage(id) ON DELETE CASCADE,
      embedder   TEXT    NOT NULL,
      vector     BLOB    NOT NULL,
      PRIMARY KEY (passage_id, embedder)
    ) STRICT, WITHOUT ROWID;

    -- One row while copies of the database still hold something that was erased.
    CREATE TABLE erasing_owed (id INTEGER PRIMARY KEY CHECK (id = 1)) STRICT;

    -- What a reply owes to documents. Passages by id, quotes and citations as offsets: no text of a document is copied here.
    CREATE TABLE grounding (
      message_id      INTEGER PRIMARY KEY REFERENCES message(id) ON DELETE CASCADE,
      collection_id   INTEGER REFERENCES collection(id) ON DELETE SET NULL,
      collection_name TEXT    NOT NULL,
      mode            TEXT    NOT NULL CHECK (mode IN ('passages', 'whole')),
      query           TEXT    NOT NULL,
      decision        TEXT    NOT NULL CHECK (decision IN ('answer', 'not_found', 'anyway')),
      passages_total  INTEGER NOT NULL,
      needs_all       INTEGER NOT NULL CHECK (needs_all IN (0, 1)),
      retrieval_ms    REAL    NOT NULL,
      -- Passages that stood in the prompt when it was made; fewer rows below: documents were removed since.
      read_count      INTEGER NOT NULL DEFAULT 0,
      -- Earlier turns whose passages no longer fitted.
      forgotten       INTEGER NOT NULL DEFAULT 0,
      -- Whole-document mode: passages read, passages to read, runs it takes; NULL in the other mode.
      whole_done      INTEGER,
      whole_total     INTEGER,
      whole_runs      INTEGER,
      -- JSON arrays of the contract's shapes, without text.
      quotes          TEXT    NOT NULL CHECK (json_valid(quotes)),
      citations       TEXT    NOT NULL CHECK (json_valid(citations))
    ) STRICT;

    CREATE TABLE grounding_passage (
      message_id INTEGER NOT NULL REFERENCES grounding(message_id) ON DELETE CASCADE,
      rank       INTEGER NOT NULL,
      passage_id INTEGER NOT NULL REFERENCES passage(id) ON DELETE CASCADE,
      -- 1: it stood in the prompt.
      was_read   INTEGER NOT NULL CHECK (was_read IN (0, 1)),
      score      REAL    NOT NULL,
      -- JSON: rank by each method.
      ranks      TEXT    NOT NULL CHECK (json_valid(ranks)),
      -- The stretch that stood in the prompt; NULL: all of it.
      cut_start  INTEGER,
      cut_end    INTEGER,
      PRIMARY KEY (message_id, rank)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX grounding_by_passage ON grounding_passage (passage_id);
  ` + passageIndex('passage_words', 'unicode61 remove_diacritics 2') + passageIndex('passage_trigrams', 'trigram case_sensitive 0'),
};

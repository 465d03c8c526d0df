// Owns the full-text indexes over titles and messages and the triggers that keep them true.
import type { Migration } from '../migrate.js';

const tokenizer = `tokenize = "unicode61 remove_diacritics 2", prefix = '2 3'`;

/** An external-content index: the words are indexed, the text stays in its table alone. */
function index(name: string, table: string, column: string): string {
  return `
    CREATE VIRTUAL TABLE ${name} USING fts5(${column}, content = '${table}', content_rowid = 'id', ${tokenizer});
    -- Deleted words leave the index at once instead of at the next merge: deleted means deleted.
    INSERT INTO ${name} (${name}, rank) VALUES ('secure-delete', 1);
    CREATE TRIGGER ${name}_insert AFTER INSERT ON ${table} BEGIN
      INSERT INTO ${name} (rowid, ${column}) VALUES (new.id, new.${column});
    END;
    CREATE TRIGGER ${name}_delete AFTER DELETE ON ${table} BEGIN
      INSERT INTO ${name} (${name}, rowid, ${column}) VALUES ('delete', old.id, old.${column});
    END;
    CREATE TRIGGER ${name}_update AFTER UPDATE OF ${column} ON ${table} WHEN old.${column} IS NOT new.${column} BEGIN
      INSERT INTO ${name} (${name}, rowid, ${column}) VALUES ('delete', old.id, old.${column});
      INSERT INTO ${name} (rowid, ${column}) VALUES (new.id, new.${column});
    END;
    INSERT INTO ${name} (${name}) VALUES ('rebuild');
  `;
}

export const search: Migration = {
  version: 20,
  sql: index('title_search', 'conversation', 'title') + index('message_search', 'message', 'text'),
};

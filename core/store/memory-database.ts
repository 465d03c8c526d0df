// Owns a database without a file, of the same shape as the one on disk.
import Database from 'better-sqlite3';
import { asWritable, type Writable } from './handles.js';
import { migrate } from './migrate.js';
import { migrations } from './migrations/index.js';

/** @param firstId of the first row of every table */
export function openMemoryDatabase(firstId: number): Writable {
  const db = new Database(':memory:');
  db.pragma('foreign_keys = ON');
  db.pragma('secure_delete = ON');
  db.pragma('trusted_schema = OFF');
  // Whatever does not fit would otherwise go to a temporary file.
  db.pragma('temp_store = MEMORY');
  migrate(db, migrations);
  const setSequence = db.prepare('INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)');
  for (const table of ['conversation', 'message', 'run']) setSequence.run(table, firstId - 1);
  return asWritable(db);
}

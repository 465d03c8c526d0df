// Owns opening the one database file: settings of the connection, check, backup before a migration, and the ladder when it is damaged.
import Database from 'better-sqlite3';
import { chmodSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { AppError, type ErrorBody } from '../contract/errors.js';
import { backUp, newestBackup, putAside, restore } from './backups.js';
import { asWritable, type Writable } from './handles.js';
import { migrate, refuseTheFuture, versionOf, type Migration } from './migrate.js';
import { migrations as shipped } from './migrations/index.js';
import { toStoreError } from './store-errors.js';

export interface OpenedDatabase {
  db: Writable;
  /** What the user should be told, for example that a backup was restored. */
  notices: ErrorBody[];
}

/** Largest file that is checked at every start; quick_check reads it all. Above, only after an unclean end. */
const alwaysCheckBytes = 256 * 2 ** 20;

/**
 * Opens `<dir>/plumb.db`, or makes it.
 * A damaged file is kept aside under another name, then the newest backup is restored, else an empty database is made; `notices` says which.
 * Errors: database_from_future, database_locked, disk_full, file_unwritable.
 */
export function openDatabase(dir: string, migrations: readonly Migration[] = shipped): OpenedDatabase {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const path = join(dir, 'plumb.db');
  try {
    return { db: openChecked(path, migrations), notices: [] };
  } catch (thrown) {
    if (!isDamage(thrown)) throw thrown;
  }
  const kept = putAside(path);
  for (let backup = newestBackup(dir); backup !== null; backup = newestBackup(dir)) {
    restore(backup, path);
    try {
      return { db: openChecked(path, migrations), notices: [notice('Your conversations were damaged. The newest backup was restored; the damaged file was kept.', kept)] };
    } catch (thrown) {
      if (!isDamage(thrown)) throw thrown;
      putAside(path);
      putAside(backup);
    }
  }
  return { db: openChecked(path, migrations), notices: [notice('Your conversations were damaged and there was no backup. Plumb started empty; the damaged file was kept.', kept)] };
}

function notice(message: string, kept: string): ErrorBody {
  return { code: 'database_corrupt', message, detail: kept };
}

const isDamage = (thrown: unknown): boolean => thrown instanceof AppError && thrown.code === 'database_corrupt';

function openChecked(path: string, migrations: readonly Migration[]): Writable {
  // SQLite removes the log when the last connection closes: one that is still there means the app was killed.
  const unclean = existsSync(`${path}-wal`);
  const sizeBytes = existsSync(path) ? statSync(path).size : 0;
  let raw: Database.Database | null = null;
  try {
    raw = new Database(path, { timeout: 2000 });
    // The folder is closed to others already; a backup or a copy made by hand takes the file's own mode along.
    chmodSync(path, 0o600);
    configure(raw);
    if (sizeBytes > 0 && (unclean || sizeBytes <= alwaysCheckBytes)) check(raw);
    refuseTheFuture(raw, migrations);
    const version = versionOf(raw);
    if (version > 0 && version < (migrations.at(-1)?.version ?? 0)) backUp(raw, path, `before-migration-from-${version}`);
    migrate(raw, migrations);
    return asWritable(raw);
  } catch (thrown) {
    raw?.close();
    throw toStoreError(thrown);
  }
}

function configure(db: Database.Database): void {
  db.pragma('journal_mode = WAL');
  // FULL: a message survives a power cut, not only a killed process (for which NORMAL would do).
  // Price, measured: 4 ms a commit instead of 0.4 ms, four commits a second while streaming.
  db.pragma('synchronous = FULL');
  db.pragma('foreign_keys = ON');
  // Overwrites what is deleted, so that erased text is not left in free pages.
  db.pragma('secure_delete = ON');
  db.pragma('trusted_schema = OFF');
  // Temporary results never touch the disk.
  db.pragma('temp_store = MEMORY');
}

function check(db: Database.Database): void {
  const found = db.pragma('quick_check(1)', { simple: true });
  if (found !== 'ok') throw new AppError('database_corrupt', 'The file with your conversations is damaged.', String(found).slice(0, 200));
}

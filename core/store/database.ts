// Owns opening the one database file: its key, settings of the connection, check, backup before a migration, and the ladder when it is damaged.
import type Database from 'better-sqlite3';
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AppError, type ErrorBody } from '../contract/errors.js';
import { backUp, listBackups, newestBackup, putAside, restore } from './backups.js';
import { keyFits, kindOfFile, openWithKey, type DataKey } from './cipher.js';
import { encryptBackups, encryptPlain } from './encrypt-plain.js';
import { asWritable, type Writable } from './handles.js';
import { latestVersion, migrate, refuseTheFuture, versionOf, type Migration } from './migrate.js';
import { migrations as shipped } from './migrations/index.js';
import { syncFile } from './overwrite.js';
import { mendReferences, salvageRows, type Salvaged } from './salvage.js';
import { toStoreError } from './store-errors.js';

export interface OpenedDatabase {
  db: Writable;
  /** What the user should be told, for example that a backup was restored. */
  notices: ErrorBody[];
}

/** Largest file that is checked at every start; quick_check reads it all. Above, only after an unclean end. */
const alwaysCheckBytes = 256 * 2 ** 20;

/**
 * Opens `<dir>/plumb.db` with its key, or makes it. One that an earlier version left readable is encrypted first.
 * A damaged file is kept aside under another name and what can be read is taken out of it; else the newest backup is restored, else an empty database is made; `notices` says which.
 * Errors: vault_damaged (the file was written with another key; it stays as it is), database_from_future, database_locked, disk_full, file_unwritable.
 */
export function openDatabase(dir: string, key: DataKey, migrations: readonly Migration[] = shipped): OpenedDatabase {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const path = databasePath(dir);
  try {
    return { db: openChecked(path, key, migrations), notices: [] };
  } catch (thrown) {
    if (!isDamage(thrown)) throw thrown;
  }
  // A file of another key looks just like a damaged one, but is not: starting anew beside it would hide what is still there.
  if (kindOfFile(path) === 'cipher' && ![path, ...listBackups(dir)].some((file) => keyFits(file, key))) {
    throw new AppError('vault_damaged', 'The key of this folder does not open the file with your conversations.', 'plumb.db was written with another key, or is damaged from its first page on');
  }
  const kept = putAside(path);
  const salvaged = salvage(kept, path, key, newestBackup(dir), migrations);
  if (salvaged !== null) return { db: openChecked(path, key, migrations), notices: [notice(salvaged, kept)] };
  for (let backup = newestBackup(dir); backup !== null; backup = newestBackup(dir)) {
    restore(backup, path);
    try {
      return { db: openChecked(path, key, migrations), notices: [notice('Your conversations were damaged. The newest backup was restored; the damaged file was kept.', kept)] };
    } catch (thrown) {
      if (!isDamage(thrown)) throw thrown;
      putAside(path);
      putAside(backup);
    }
  }
  return { db: openChecked(path, key, migrations), notices: [notice('Your conversations were damaged and there was no backup. Plumb started empty; the damaged file was kept.', kept)] };
}

/**
 * Makes a new database of what can still be read in the damaged one, and of what the newest backup has beyond that; rows are told by their
 * ids, which are never given out twice, and nothing erased is in a backup. Returns what to tell the user; null: nothing could be read.
 */
function salvage(damaged: string, path: string, key: DataKey, backup: string | null, migrations: readonly Migration[]): string | null {
  const unfinished = `${path}.salvaging`;
  rmSync(unfinished, { force: true });
  const target = openWithKey(unfinished, key);
  try {
    target.pragma('journal_mode = MEMORY');
    target.pragma('temp_store = MEMORY');
    target.pragma('foreign_keys = OFF');
    migrate(target, migrations);
    const from = (file: string): Salvaged | null => {
      const source = openWithKey(file, key, { readonly: true });
      try {
        if (versionOf(source) === 0 || versionOf(source) > latestVersion(migrations)) return null;
        return salvageRows(source, target);
      } catch (thrown) {
        if (isDamage(toStoreError(thrown))) return null;
        throw thrown;
      } finally {
        source.close();
      }
    };
    const found = from(damaged);
    if (!found || Object.values(found.rows).every((count) => count === 0)) return null;
    const added = backup === null || found.unreadable === 0 ? null : from(backup);
    mendReferences(target);
    target.close();
    syncFile(unfinished);
    renameSync(unfinished, path);
    return inWords(found, added);
  } catch (thrown) {
    // The ladder below needs nothing of this; a full disk it would meet as well, and say so.
    if (toStoreError(thrown) instanceof AppError) return null;
    throw thrown;
  } finally {
    target.close();
    rmSync(unfinished, { force: true });
  }
}

function inWords({ rows, unreadable }: Salvaged, added: Salvaged | null): string {
  const count = (of: Salvaged['rows']): string => `${of['conversation'] ?? 0} conversations and ${of['message'] ?? 0} messages`;
  const lost = unreadable === 0 ? 'nothing was lost' : `${unreadable} places could not be read`;
  const more = added ? ` ${count(added.rows)} that were missing came from the newest backup.` : '';
  return `The file with your conversations was damaged. ${count(rows)} were read out of it; ${lost}.${more} The damaged file was kept.`;
}

export function databasePath(dir: string): string {
  return join(dir, 'plumb.db');
}

function notice(message: string, kept: string): ErrorBody {
  return { code: 'database_corrupt', message, detail: kept };
}

const isDamage = (thrown: unknown): boolean => thrown instanceof AppError && thrown.code === 'database_corrupt';

function openChecked(path: string, key: DataKey, migrations: readonly Migration[]): Writable {
  encryptPlain(path, key);
  // SQLite removes the log when the last connection closes: one that is still there means the app was killed.
  const unclean = existsSync(`${path}-wal`);
  const sizeBytes = existsSync(path) ? statSync(path).size : 0;
  let raw: Database.Database | null = null;
  try {
    raw = openWithKey(path, key, { timeout: 2000 });
    // The folder is closed to others already; a backup or a copy made by hand takes the file's own mode along.
    chmodSync(path, 0o600);
    configure(raw);
    if (sizeBytes > 0 && (unclean || sizeBytes <= alwaysCheckBytes)) check(raw);
    refuseTheFuture(raw, migrations);
    const version = versionOf(raw);
    if (version > 0 && version < (migrations.at(-1)?.version ?? 0)) backUp(raw, path, `before-migration-from-${version}`);
    migrate(raw, migrations);
    encryptBackups(dirname(path), key);
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
  // Reading an encrypted page takes five times a plain one's processor time (test/measure/vault.test.ts): 32 MiB of them are kept decrypted, sixteen times the default.
  db.pragma('cache_size = -32768');
  // Temporary results never touch the disk.
  db.pragma('temp_store = MEMORY');
}

function check(db: Database.Database): void {
  const found = db.pragma('quick_check(1)', { simple: true });
  if (found !== 'ok') throw new AppError('database_corrupt', 'The file with your conversations is damaged.', String(found).slice(0, 200));
}

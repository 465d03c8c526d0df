// Owns the database as a file that leaves and comes back: a copy under a key of its own, its check, and taking the place of the one before.
import type Database from 'better-sqlite3';
import { closeSync, existsSync, openSync, readSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { AppError } from '../contract/errors.js';
import { encryptInPlace, openWithKey, type DataKey } from './cipher.js';
import { databasePath } from './database.js';
import { refuseTheFuture } from './migrate.js';
import { migrations } from './migrations/index.js';
import { syncFile, syncFolderOf } from './overwrite.js';
import { toStoreError } from './store-errors.js';

const readBytes = 2 ** 20;

/** A journal on disk would outlive its purpose if the process died. */
function quiet(db: Database.Database): Database.Database {
  db.pragma('journal_mode = MEMORY');
  db.pragma('temp_store = MEMORY');
  return db;
}

/** Writes a compact copy of an open database, encrypted with `key` from its first byte on disk: the copy is made under the database's own key and changed then. */
export function copyUnder(db: Database.Database, ownKey: DataKey, target: string, key: DataKey): void {
  removeDatabaseFile(target);
  try {
    db.prepare('VACUUM INTO ?').run(target);
    changeKey(target, ownKey, key);
  } catch (thrown) {
    removeDatabaseFile(target);
    throw toStoreError(thrown);
  }
}

export function changeKey(path: string, from: DataKey, to: DataKey): void {
  const db = quiet(openWithKey(path, from));
  try {
    encryptInPlace(db, to);
  } finally {
    db.close();
  }
  syncFile(path);
}

/** Refuses what could not take the place of a database. Errors: backup_invalid, database_from_future. */
export function checkFile(path: string, key: DataKey): void {
  const db = quiet(openWithKey(path, key));
  try {
    if (db.pragma('integrity_check(1)', { simple: true }) !== 'ok') throw new AppError('backup_invalid', 'The database in this backup is damaged.');
    refuseTheFuture(db, migrations);
  } catch (thrown) {
    const error = toStoreError(thrown);
    throw error instanceof AppError && error.code === 'database_corrupt' ? new AppError('backup_invalid', 'The database in this backup is damaged.', error.detail) : error;
  } finally {
    db.close();
  }
}

/** The file in pieces; it is removed when the last was read or nobody wants more. */
export function* piecesOf(path: string): Generator<Uint8Array> {
  const file = openSync(path, 'r');
  try {
    for (;;) {
      const piece = Buffer.alloc(readBytes);
      const length = readSync(file, piece, 0, readBytes, null);
      if (length === 0) return;
      yield piece.subarray(0, length);
    }
  } finally {
    closeSync(file);
    removeDatabaseFile(path);
  }
}

export function removeDatabaseFile(path: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(path + suffix, { force: true });
}

const asideMark = '.before-restore-';

/**
 * Puts the database of a folder aside and `next` in its place; no connection may be open. Returns the way back, for when the new one does not open.
 * Whatever moment a crash comes, one of the two is there under a name: a folder without plumb.db gets the one put aside by {@link finishReplacing}.
 */
export function replaceDatabase(dir: string, next: string, nowMs: number): () => void {
  const path = databasePath(dir);
  const aside = `${path}${asideMark}${new Date(nowMs).toISOString().replaceAll(':', '-')}`;
  const move = (from: string, to: string): void => {
    for (const suffix of ['', '-wal', '-shm']) if (existsSync(from + suffix)) renameSync(from + suffix, to + suffix);
  };
  const had = existsSync(path);
  if (had) move(path, aside);
  move(next, path);
  syncFolderOf(path);
  return () => {
    removeDatabaseFile(path);
    if (had) move(aside, path);
  };
}

/** After a crash between the two moves. */
export function finishReplacing(dir: string): void {
  const path = databasePath(dir);
  const [newest] = asides(dir).toSorted().reverse();
  if (!existsSync(path) && newest) renameSync(newest, path);
}

/** Databases that a restore put aside. */
export function asides(dir: string): string[] {
  const name = basename(databasePath(dir)) + asideMark;
  return existsSync(dir) ? readdirSync(dir).filter((each) => each.startsWith(name) && !/-(wal|shm)$/.test(each)).map((each) => join(dirname(databasePath(dir)), each)) : [];
}

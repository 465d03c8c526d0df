// Owns encrypting what versions before the vault left readable: the database and its copies, so that a crash at any moment loses nothing.
import Database from 'better-sqlite3';
import { chmodSync, existsSync, linkSync, renameSync, rmSync, statSync } from 'node:fs';
import { AppError } from '../contract/errors.js';
import { listBackups } from './backups.js';
import { encryptInPlace, kindOfFile, openWithKey, type DataKey } from './cipher.js';
import { overwriteAndRemove, syncFile, syncFolderOf } from './overwrite.js';
import { toStoreError } from './store-errors.js';

/** Moments between which a crash may fall, in order; tests stop at each. */
export const encryptingSteps = ['copied', 'encrypted', 'verified', 'kept', 'replaced', 'removed'] as const;
export type EncryptingStep = (typeof encryptingSteps)[number];
type Reached = (step: EncryptingStep) => void;

/** Encrypts a database if it is plain, and finishes what a crash left half done. */
export function encryptPlain(path: string, key: DataKey, reached: Reached = () => undefined): void {
  try {
    finish(path);
    if (kindOfFile(path) === 'plain') encryptFile(path, key, reached);
  } catch (thrown) {
    throw toStoreError(thrown);
  }
}

/** The same for the copies. Call it once the database itself is open: a copy that cannot be read is then of no use to anybody, and removed. */
export function encryptBackups(dir: string, key: DataKey): void {
  for (const backup of listBackups(dir)) {
    try {
      encryptPlain(backup, key);
    } catch (thrown) {
      if (!(thrown instanceof AppError && thrown.code === 'database_corrupt')) throw thrown;
      overwriteAndRemove(backup);
    }
  }
}

const unfinishedOf = (path: string): string => `${path}.encrypting`;
const keptOf = (path: string): string => `${path}.plain`;

/** Takes the folder from wherever a crash left it to one of two states: plain and complete, or encrypted and complete. */
function finish(path: string): void {
  const kept = keptOf(path);
  if (existsSync(kept)) {
    // Only where links do not exist can the name be missing: the two renames below were interrupted.
    if (!existsSync(path)) renameSync(kept, path);
    // The same file under two names: taking away the second name takes away nothing else.
    else if (kindOfFile(path) === 'plain' && statSync(path).ino === statSync(kept).ino) rmSync(kept);
    else overwriteAndRemove(kept);
  }
  overwriteAndRemove(unfinishedOf(path));
  overwriteAndRemove(`${unfinishedOf(path)}-journal`);
}

function encryptFile(path: string, key: DataKey, reached: Reached): void {
  const unfinished = unfinishedOf(path);
  copyCompact(path, unfinished);
  reached('copied');
  const copy = new Database(unfinished);
  try {
    // A journal on disk would hold the plain pages.
    copy.pragma('journal_mode = MEMORY');
    copy.pragma('temp_store = MEMORY');
    encryptInPlace(copy, key);
  } finally {
    copy.close();
  }
  syncFile(unfinished);
  reached('encrypted');
  verify(path, unfinished, key);
  reached('verified');
  const kept = keptOf(path);
  try {
    linkSync(path, kept);
  } catch {
    // A file system without links: for a moment the database has only its second name, which `finish` knows.
    renameSync(path, kept);
  }
  reached('kept');
  renameSync(unfinished, path);
  syncFolderOf(path);
  reached('replaced');
  overwriteAndRemove(kept);
  reached('removed');
}

/** Everything in one plain file without a log beside it: what is renamed or removed later has no companions to forget. */
function copyCompact(path: string, target: string): void {
  const plain = new Database(path, { timeout: 2000 });
  try {
    plain.pragma('wal_checkpoint(TRUNCATE)');
    plain.pragma('journal_mode = DELETE');
    plain.pragma('temp_store = MEMORY');
    plain.prepare('VACUUM INTO ?').run(target);
    chmodSync(target, 0o600);
  } finally {
    plain.close();
  }
}

/** The encrypted copy holds the same rows as the plain file, or nothing is replaced. */
function verify(path: string, unfinished: string, key: DataKey): void {
  const plain = new Database(path, { readonly: true });
  const copy = openWithKey(unfinished, key, { readonly: true });
  try {
    const same = kindOfFile(unfinished) === 'cipher' && copy.pragma('integrity_check(1)', { simple: true }) === 'ok' && fingerprint(plain) === fingerprint(copy);
    if (!same) throw new AppError('internal', 'Encrypting your conversations went wrong; they are as they were.', 'the encrypted copy differs');
  } finally {
    plain.close();
    copy.close();
  }
}

/** Version, every table, and how many rows it has. */
function fingerprint(db: Database.Database): string {
  const tables = db.prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 ORDER BY name").pluck().all();
  const counts = tables.map((name) => [name, db.prepare(`SELECT count(*) FROM "${name.replaceAll('"', '""')}"`).pluck().get()]);
  return JSON.stringify([db.pragma('user_version', { simple: true }), counts]);
}

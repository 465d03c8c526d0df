// Owns the rule that one data folder has one running Plumb.
import Database from 'better-sqlite3';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../contract/errors.js';
import { toStoreError, translated } from './store-errors.js';

/** What the running instance tells a second one. The file is readable by its owner only: the address holds the token. */
export interface InstanceInfo {
  pid: number;
  url: string | null;
}

export interface InstanceLock {
  publish(info: InstanceInfo): void;
  release(): void;
}

/**
 * Takes the lock of a data folder, or answers who has it.
 * The lock is SQLite's lock on a file of its own: the operating system drops it when the process dies, however it dies,
 * so a lock can never be stale and there is no process id to misjudge.
 */
export function takeInstanceLock(dir: string): InstanceLock | { heldBy: InstanceInfo | null } {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const infoPath = join(dir, 'running.json');
  const lock = translated(() => new Database(join(dir, 'instance.lock'), { timeout: 0 }));
  try {
    lock.pragma('journal_mode = MEMORY');
    lock.exec('BEGIN EXCLUSIVE');
  } catch (thrown) {
    lock.close();
    const error = toStoreError(thrown);
    if (error instanceof AppError && error.code === 'database_locked') return { heldBy: readInfo(infoPath) };
    throw error;
  }
  return {
    publish: (info) => writeFileSync(infoPath, JSON.stringify(info), { mode: 0o600 }),
    release() {
      rmSync(infoPath, { force: true });
      lock.exec('ROLLBACK');
      lock.close();
    },
  };
}

function readInfo(path: string): InstanceInfo | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as InstanceInfo;
  } catch {
    // The other instance is just starting or just ending: it has not written, or has removed, the file.
    return null;
  }
}

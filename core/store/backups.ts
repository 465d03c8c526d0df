// Owns copies of the database file: made before a migration and once a day, restored when the file is damaged.
import type Database from 'better-sqlite3';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

const usuallyKept = 2;
const dayMs = 86_400_000;

const folderOf = (dir: string): string => join(dir, 'backups');

/** Backups of a data folder, newest first. */
export function listBackups(dir: string): string[] {
  const folder = folderOf(dir);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.backup'))
    .map((name) => ({ path: join(folder, name), number: numberOf(name), at: statSync(join(folder, name)).mtimeMs }))
    .sort((a, b) => b.number - a.number || b.at - a.at || b.path.localeCompare(a.path))
    .map(({ path }) => path);
}

/** Copies are numbered: a clock that goes back must not make a new one look old. Those of versions before have no number. */
const numberOf = (name: string): number => Number(/^(\d{6})-/.exec(name)?.[1] ?? 0);

export function newestBackup(dir: string): string | null {
  return listBackups(dir)[0] ?? null;
}

/** Writes a complete, compact copy and removes the oldest beyond `kept`. The name appears only when the copy is whole. */
export function backUp(db: Database.Database, path: string, why: string, kept = usuallyKept): string {
  const dir = dirname(path);
  mkdirSync(folderOf(dir), { recursive: true, mode: 0o700 });
  const target = join(folderOf(dir), `${String(1 + Math.max(0, ...readdirSync(folderOf(dir)).map(numberOf))).padStart(6, '0')}-${new Date().toISOString().replaceAll(':', '-')}-${why}.backup`);
  const unfinished = `${target}.tmp`;
  rmSync(unfinished, { force: true });
  db.prepare('VACUUM INTO ?').run(unfinished);
  chmodSync(unfinished, 0o600);
  renameSync(unfinished, target);
  for (const old of listBackups(dir).slice(kept)) rmSync(old, { force: true });
  return target;
}

/** True when there is no backup from the last day. */
export function backupIsDue(dir: string, nowMs: number): boolean {
  const newest = newestBackup(dir);
  // Either way: a copy from a day to come was made before the clock was set right.
  return newest === null || Math.abs(nowMs - statSync(newest).mtimeMs) > dayMs;
}

/** After something was erased: replaces every backup by one of the database as it is now, so that nothing erased survives in a copy. */
export function forgetErased(db: Database.Database, path: string): void {
  const old = listBackups(dirname(path));
  if (old.length === 0) return;
  const fresh = backUp(db, path, 'after-erasing');
  for (const stale of old) if (stale !== fresh) rmSync(stale, { force: true });
}

/** Renames a damaged file and its companions out of the way. Returns the new name. */
export function putAside(path: string): string {
  const stamp = new Date().toISOString().replaceAll(':', '-');
  let target = `${path}.damaged-${stamp}`;
  for (let again = 2; existsSync(target); again++) target = `${path}.damaged-${stamp}-${again}`;
  renameSync(path, target);
  for (const suffix of ['-wal', '-shm']) if (existsSync(path + suffix)) renameSync(path + suffix, target + suffix);
  return target;
}

export function restore(backup: string, path: string): void {
  copyFileSync(backup, path);
  chmodSync(path, 0o600);
}

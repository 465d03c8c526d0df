// Owns files in the making: hidden names beside the target, published by one atomic step, removed on any failure and after a crash.
import { randomBytes } from 'node:crypto';
import { link, open, readdir, rename, rm, stat, statfs, unlink } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../contract/errors.js';
import { systemCode } from './bounded-file.js';

const partialName = /^\.plumb-convert-(\d+)-[0-9a-f]{16}\.partial$/;
/** A live process may own the number of a dead one; nothing is written for a day without touching its file. */
const FOREIGN_STALE_MS = 24 * 60 * 60 * 1000;
const ours = new Set<string>();

/** A fresh hidden path in the target's folder (the same file system, so that publishing is a rename). The file does not exist yet. */
export function reservePartial(targetPath: string): string {
  const partial = path.join(path.dirname(targetPath), `.plumb-convert-${process.pid}-${randomBytes(8).toString('hex')}.partial`);
  ours.add(partial);
  return partial;
}

/** Removes a partial file if it is there, and forgets it. */
export async function discardPartial(partial: string): Promise<void> {
  await rm(partial, { force: true });
  ours.delete(partial);
}

/** Removes what killed conversions left in a folder. A folder that cannot be listed is left alone. Returns the names removed. */
export async function removeStalePartials(dir: string): Promise<string[]> {
  const removed: string[] = [];
  for (const name of await listOrNothing(dir)) {
    const pid = Number(partialName.exec(name)?.[1] ?? 0);
    const file = path.join(dir, name);
    if (pid === 0 || ours.has(file)) continue;
    if (pid !== process.pid && isAlive(pid) && Date.now() - (await modifiedMs(file)) < FOREIGN_STALE_MS) continue;
    await rm(file, { force: true });
    removed.push(name);
  }
  return removed;
}

/**
 * Brings a finished partial file to the disk and gives it its name. Without `overwrite` an existing target is never replaced, even if it appeared meanwhile.
 * Errors: convert_target_exists, convert_no_space, file_unwritable.
 */
export async function publishPartial(partial: string, targetPath: string, overwrite: boolean): Promise<void> {
  try {
    await syncPath(partial, 'r+');
    if (overwrite) await rename(partial, targetPath);
    else await linkOrRename(partial, targetPath);
  } catch (error) {
    throw systemCode(error) === 'EEXIST' ? targetExists(targetPath) : writeError(targetPath, error);
  }
  ours.delete(partial);
  await syncFolder(path.dirname(targetPath));
}

/** Bytes an ordinary user can still write in `dir`. Errors: file_unwritable when the folder does not exist. */
export async function freeBytes(dir: string): Promise<number> {
  try {
    const info = await statfs(dir);
    return info.bavail * info.bsize;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') throw new AppError('file_unwritable', `The folder ${dir} does not exist. Choose another one.`, dir);
    throw writeError(dir, error);
  }
}

/** True when something has the target's name, whatever it is. */
export async function pathExists(file: string): Promise<boolean> {
  return (await modifiedMs(file)) !== 0;
}

export function targetExists(targetPath: string): AppError {
  return new AppError('convert_target_exists', `The file ${path.basename(targetPath)} exists already. Choose another name, or remove it first.`, targetPath);
}

export function noSpace(dir: string, neededBytes: number, availableBytes: number): AppError {
  const size = (bytes: number): string => (bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.ceil(bytes / 1e6)} MB`);
  return new AppError('convert_no_space', `The disk has ${size(availableBytes)} free, but this conversion needs ${size(neededBytes)}. Free some space or choose a smaller type.`, dir);
}

/** Turns a failed write into a sentence. */
export function writeError(file: string, error: unknown): AppError {
  const code = systemCode(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') return new AppError('convert_no_space', 'The disk became full. Free some space and convert again; nothing half-written was left.', file);
  const why = error instanceof Error ? error.message : String(error);
  return new AppError('file_unwritable', `The file ${path.basename(file)} cannot be written: ${why}. Choose another folder.`, file, { cause: error });
}

/** link() fails when the target exists, rename() would replace it. Some file systems (exFAT) have no links. */
async function linkOrRename(partial: string, targetPath: string): Promise<void> {
  try {
    await link(partial, targetPath);
  } catch (error) {
    if (systemCode(error) === 'EEXIST') throw error;
    if (await pathExists(targetPath)) throw targetExists(targetPath);
    await rename(partial, targetPath);
    return;
  }
  await unlink(partial);
}

/** Makes the new name survive a power cut. Windows cannot open folders, and does not need it. */
async function syncFolder(dir: string): Promise<void> {
  if (process.platform === 'win32') return;
  try {
    await syncPath(dir, 'r');
  } catch (error) {
    // Network file systems may refuse; the file itself is synced.
    if (systemCode(error) === '') throw error;
  }
}

/** Some file systems report a full disk only here. */
async function syncPath(file: string, flags: string): Promise<void> {
  const handle = await open(file, flags);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function listOrNothing(dir: string): Promise<string[]> {
  try {
    return await readdir(dir);
  } catch (error) {
    if (systemCode(error) === '') throw error;
    return [];
  }
}

/** 0 when there is no such file. */
async function modifiedMs(file: string): Promise<number> {
  try {
    return Math.max(1, (await stat(file)).mtimeMs);
  } catch (error) {
    if (systemCode(error) === '') throw error;
    return 0;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, and belongs to someone else.
    return systemCode(error) === 'EPERM';
  }
}

// Owns small files for their owner alone: written whole or not at all, and whether others may read them.
import { closeSync, fsyncSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { AppError } from '../../contract/errors.js';
import { syncFolderOf } from '../../store/overwrite.js';

/** Replaces a file in one step: after a crash there is the old one or the new one. Errors: disk_full, file_unwritable. */
export function writePrivately(path: string, content: Uint8Array | string): void {
  const unfinished = `${path}.tmp`;
  try {
    rmSync(unfinished, { force: true });
    const file = openSync(unfinished, 'wx', 0o600);
    try {
      const bytes = typeof content === 'string' ? Buffer.from(content) : content;
      for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(unfinished, path);
    syncFolderOf(path);
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'ENOSPC') throw new AppError('disk_full', 'There is no space left on the disk that holds your conversations.', path, { cause: thrown });
    throw new AppError('file_unwritable', 'A file of the vault cannot be written.', `${path}: ${code ?? String(thrown)}`, { cause: thrown });
  }
}

/** True when other users of the machine may read or write the file. Windows keeps that elsewhere; there it is always false. */
export function isOpenToOthers(path: string): boolean {
  return process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0;
}

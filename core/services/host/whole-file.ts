// Owns writing a file the user named: whole or not at all.
import { open, rename, rm } from 'node:fs/promises';
import { AppError } from '../../contract/errors.js';

/** Writes beside the target and renames when everything is on the disk. Errors: disk_full, file_unwritable. */
export async function writeWhole(path: string, pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void> {
  const unfinished = `${path}.part`;
  try {
    const file = await open(unfinished, 'w', 0o600);
    try {
      for await (const piece of pieces) await file.writeFile(piece);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, path);
  } catch (thrown) {
    await rm(unfinished, { force: true });
    const { code } = thrown as NodeJS.ErrnoException;
    if (thrown instanceof AppError || code === undefined) throw thrown;
    throw code === 'ENOSPC' || code === 'EDQUOT'
      ? new AppError('disk_full', 'There is no space left for this file.', code, { cause: thrown })
      : new AppError('file_unwritable', 'The file cannot be written there.', code, { cause: thrown });
  }
}

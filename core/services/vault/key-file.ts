// Owns the key file: 32 random bytes beside the vault, so that a first launch asks nothing. It protects a copied database, not a copied folder.
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../../contract/errors.js';
import { overwriteAndRemove } from '../../store/overwrite.js';
import { isOpenToOthers, writePrivately } from './private-file.js';

const keyFileBytes = 32;
export const keyFilePath = (dir: string): string => join(dir, 'key');

/** Makes a new one; an older one is replaced. */
export function makeKeyFile(dir: string): Buffer {
  const bytes = randomBytes(keyFileBytes);
  writePrivately(keyFilePath(dir), bytes);
  return bytes;
}

/** Errors: vault_damaged when it is missing or has another length. */
export function readKeyFile(dir: string): Buffer {
  const path = keyFilePath(dir);
  if (!existsSync(path)) throw new AppError('vault_damaged', 'The key file is missing. Put back the file “key” into Plumb’s data folder.', path);
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (thrown) {
    throw new AppError('vault_damaged', 'The key file cannot be read. Check the permissions of the file “key” in Plumb’s data folder.', `${path}: ${(thrown as NodeJS.ErrnoException).code}`, { cause: thrown });
  }
  if (bytes.length !== keyFileBytes) throw new AppError('vault_damaged', 'The key file is damaged. Put back the file “key” from a backup of Plumb’s data folder.', `${path}: ${bytes.length} bytes`);
  return bytes;
}

export function keyFileIsOpenToOthers(dir: string): boolean {
  return existsSync(keyFilePath(dir)) && isOpenToOthers(keyFilePath(dir));
}

export function removeKeyFile(dir: string): void {
  overwriteAndRemove(keyFilePath(dir));
}

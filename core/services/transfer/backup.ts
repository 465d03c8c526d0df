// Owns making a backup file of everything, and preparing one that comes back to take the place of what is here.
import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../../contract/errors.js';
import type { DataKey } from '../../store/cipher.js';
import { changeKey, checkFile, piecesOf, removeDatabaseFile } from '../../store/restore.js';
import type { Store } from '../../store/store.js';
import { measureCost } from '../vault/argon.js';
import { openBackup, sealBackup } from './backup-file.js';

export interface BackupDeps {
  store: Store;
  dataDir: string;
  dataKey(): DataKey;
  version: string;
  argonMs: number;
  now(): number;
}

const folderOf = (dataDir: string): string => join(dataDir, 'transfer');

/** Whatever a killed process left: encrypted, but of no use. */
export function tidyTransfers(dataDir: string): void {
  rmSync(folderOf(dataDir), { recursive: true, force: true });
}

let made = 0;
function fileIn(dataDir: string, kind: string): string {
  mkdirSync(folderOf(dataDir), { recursive: true, mode: 0o700 });
  return join(folderOf(dataDir), `${kind}-${++made}`);
}

/** Pieces of a backup file. The database is copied first, so that what follows belongs to one moment. */
export async function makeBackup({ store, dataDir, dataKey, version, argonMs, now }: BackupDeps, passphrase: string): Promise<AsyncGenerator<Uint8Array>> {
  const cost = await measureCost(argonMs);
  // A key of the file's own: whoever guesses its passphrase one day has the backup, not the vault.
  const key = randomBytes(32);
  const copy = fileIn(dataDir, 'out');
  store.copyTo(copy, dataKey(), key);
  return sealBackup(piecesOf(copy), { plumbVersion: version, key: key.toString('base64') }, passphrase, cost, now());
}

/** Collects an incoming backup in a file: it is encrypted, so it may lie there. */
export function receiveBackup(dataDir: string): { path: string; take(bytes: Uint8Array): void; drop(): void } {
  const path = fileIn(dataDir, 'in');
  const file = openSync(path, 'w', 0o600);
  let open = true;
  return {
    path,
    take(bytes) {
      try {
        for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
      } catch (thrown) {
        const { code } = thrown as NodeJS.ErrnoException;
        throw new AppError(code === 'ENOSPC' ? 'disk_full' : 'file_unwritable', 'There is no room for this backup.', code, { cause: thrown });
      }
    },
    drop() {
      if (open) closeSync(file);
      open = false;
      rmSync(path, { force: true });
    },
  };
}

/** A checked database under the vault's own key, made from a backup file. Nothing was replaced yet. Errors: see {@link openBackup}; database_from_future, disk_full. */
export async function prepareRestore({ dataDir, dataKey }: BackupDeps, path: string, passphrase: string): Promise<string> {
  const prepared = fileIn(dataDir, 'restored');
  const source = openSync(path, 'r');
  const target = openSync(prepared, 'w', 0o600);
  const read = (length: number): Buffer => {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(source, bytes, 0, length, null));
  };
  try {
    const { key } = await openBackup(read, passphrase, (bytes) => {
      for (let at = 0; at < bytes.length; ) at += writeSync(target, bytes, at);
    });
    checkFile(prepared, key);
    changeKey(prepared, key, dataKey());
    key.fill(0);
    checkFile(prepared, dataKey());
    return prepared;
  } catch (thrown) {
    removeDatabaseFile(prepared);
    if (thrown instanceof AppError) throw thrown;
    const { code } = thrown as NodeJS.ErrnoException;
    throw code === 'ENOSPC' ? new AppError('disk_full', 'There is no room for what is in this backup.', code, { cause: thrown }) : new AppError('backup_invalid', 'This backup cannot be read.', code, { cause: thrown });
  } finally {
    closeSync(source);
    closeSync(target);
  }
}

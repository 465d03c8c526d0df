// Owns the way tests come to the key of a data folder: as the app does, through its vault, which a new folder gets first.
import type Database from 'better-sqlite3';
import { join } from 'node:path';
import { createVault } from '../../core/services/vault/vault.js';
import { openWithKey, type DataKey } from '../../core/store/cipher.js';

/** For folders without a passphrase. */
export function dataKeyOf(dataDir: string): DataKey {
  const vault = createVault({ dataDir, keyStore: undefined, now: Date.now, argonMs: 0 });
  vault.openByItself();
  return Uint8Array.from(vault.dataKey());
}

/** The database of a data folder, beside the app or after it. */
export function openBeside(dataDir: string, options: Database.Options = {}): Database.Database {
  return openWithKey(join(dataDir, 'plumb.db'), dataKeyOf(dataDir), options);
}

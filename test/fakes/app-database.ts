// Owns a test's own hand on the database of an app that opens by its key file.
import type Database from 'better-sqlite3';
import { join } from 'node:path';
import { createVault } from '../../core/services/vault/vault.js';
import { openWithKey, type DataKey } from '../../core/store/cipher.js';

/** The key of a data folder; made if the app was not there yet. */
export function keyOf(dataDir: string): DataKey {
  const vault = createVault({ dataDir, now: Date.now, argonMs: 0 });
  vault.openByItself();
  const key = Uint8Array.from(vault.dataKey());
  vault.lock();
  return key;
}

export function openAppDatabase(dataDir: string, options?: Database.Options): Database.Database {
  return openWithKey(join(dataDir, 'plumb.db'), keyOf(dataDir), options);
}

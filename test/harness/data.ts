// Owns looking into the data folder of an app that is not running: its key from the key file, its database with that key.
import type Database from 'better-sqlite3';
import { readKeyFile } from '../../core/services/vault/key-file.js';
import { slotOf, unwrapByKeyFile } from '../../core/services/vault/slots.js';
import { readVaultFile } from '../../core/services/vault/vault-file.js';
import { openWithKey } from '../../core/store/cipher.js';
import { databasePath } from '../../core/store/database.js';

export function openDataDir(dataDir: string): Database.Database {
  const vault = readVaultFile(dataDir)!;
  return openWithKey(databasePath(dataDir), unwrapByKeyFile(vault.id, slotOf(vault.slots, 'key_file')!, readKeyFile(dataDir)));
}

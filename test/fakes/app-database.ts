// Owns a test's own hand on the database of an app that opens by its key file.
import type Database from 'better-sqlite3';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
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

/** Every page of a database file, free ones too, as it is behind the encryption: what somebody with the key could still find in it. */
export function decrypted(path: string, key: DataKey): Buffer {
  const dir = mkdtempSync(join(tmpdir(), 'plumb-plain-'));
  try {
    const copy = join(dir, 'copy.db');
    for (const suffix of ['', '-wal']) if (existsSync(path + suffix)) copyFileSync(path + suffix, copy + suffix);
    const db = openWithKey(copy, key);
    db.pragma('journal_mode = DELETE');
    (db as unknown as { rekey(words: Buffer): void }).rekey(Buffer.alloc(0));
    db.close();
    return readFileSync(copy);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

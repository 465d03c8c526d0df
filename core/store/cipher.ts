// Owns how a database file is encrypted: the cipher, the form of its key, and telling a wrong key from a damaged file.
import Database from 'better-sqlite3';
import { createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto';
import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';

/** 32 random bytes. Whoever has them reads everything; the vault's slots (services/vault) wrap them. */
export type DataKey = Uint8Array;

/** The two functions that the cipher build adds to better-sqlite3. */
interface Keyed {
  key(words: Buffer): void;
  rekey(words: Buffer): void;
}

/** The form of SQLCipher 4: AES-256-CBC and HMAC-SHA512 for each page of 4096 bytes. */
function chooseCipher(db: Database.Database): void {
  db.pragma("cipher = 'sqlcipher'");
  db.pragma('legacy = 4');
}

/** `x'…'` says that these bytes are the key itself; a passphrase would be stretched anew at every opening. */
function rawKey(key: DataKey): Buffer {
  const digits = Buffer.from('0123456789abcdef');
  const words = Buffer.alloc(3 + 2 * key.length);
  words.write("x'");
  key.forEach((byte, at) => words.set([digits[byte >> 4]!, digits[byte & 15]!], 2 + 2 * at));
  words.write("'", words.length - 1);
  return words;
}

/** Opens a file with its key. A wrong key shows with the first statement that reads: `SQLITE_NOTADB`. */
export function openWithKey(path: string, key: DataKey, options: Database.Options = {}): Database.Database {
  const db = new Database(path, options);
  const words = rawKey(key);
  try {
    chooseCipher(db);
    (db as unknown as Keyed).key(words);
    return db;
  } catch (thrown) {
    db.close();
    throw thrown;
  } finally {
    words.fill(0);
  }
}

/** Encrypts an open database in place. */
export function encryptInPlace(db: Database.Database, key: DataKey): void {
  const words = rawKey(key);
  chooseCipher(db);
  (db as unknown as Keyed).rekey(words);
  words.fill(0);
}

const plainHeader = 'SQLite format 3\0';

/** What a file is by its first bytes. `cipher`: neither empty nor a plain database, so encrypted or no database at all. */
export function kindOfFile(path: string): 'absent' | 'empty' | 'plain' | 'cipher' {
  if (!existsSync(path)) return 'absent';
  const file = openSync(path, 'r');
  try {
    const start = Buffer.alloc(plainHeader.length);
    const read = readSync(file, start, 0, start.length, 0);
    if (read === 0) return 'empty';
    return start.toString('latin1') === plainHeader ? 'plain' : 'cipher';
  } finally {
    closeSync(file);
  }
}

const pageBytes = 4096;
const macBytes = 64;
const saltBytes = 16;
/** Enough to get past any one damaged place. */
const pagesTried = 256;

/**
 * True when at least one page of a file was written with this key: then a file that does not open is damaged, and else it belongs to another key.
 * Follows SQLCipher 4: the last 64 bytes of a page are HMAC-SHA512 over what is before them and the page's number.
 */
export function keyFits(path: string, key: DataKey): boolean {
  if (kindOfFile(path) !== 'cipher') return false;
  const file = openSync(path, 'r');
  try {
    const salt = Buffer.alloc(saltBytes);
    readSync(file, salt, 0, saltBytes, 0);
    const macKey = pbkdf2Sync(key, salt.map((byte) => byte ^ 0x3a), 2, 32, 'sha512');
    const page = Buffer.alloc(pageBytes);
    const pages = Math.min(pagesTried, Math.floor(fstatSync(file).size / pageBytes));
    for (let number = 1; number <= pages; number++) {
      readSync(file, page, 0, pageBytes, (number - 1) * pageBytes);
      const name = Buffer.alloc(4);
      name.writeUInt32LE(number);
      const mac = createHmac('sha512', macKey).update(page.subarray(number === 1 ? saltBytes : 0, pageBytes - macBytes)).update(name).digest();
      if (timingSafeEqual(mac, page.subarray(pageBytes - macBytes))) return true;
    }
    return false;
  } finally {
    closeSync(file);
  }
}

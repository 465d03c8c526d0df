// Proves that nothing readable lies on the disk, that what earlier versions left readable is encrypted without loss, and that a wrong key starts nothing anew.
import Database from 'better-sqlite3';
import { copyFileSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listBackups } from '../../../core/store/backups.js';
import { keyFits, kindOfFile, openWithKey } from '../../../core/store/cipher.js';
import { openDatabase } from '../../../core/store/database.js';
import { encryptPlain, encryptingSteps } from '../../../core/store/encrypt-plain.js';
import { migrate } from '../../../core/store/migrate.js';
import { migrations } from '../../../core/store/migrations/index.js';
import { answer, exchange, makeDir, openTestStore, removeDir, testKey } from './fixture.js';

const canary = 'zebra-canary-4711';
const otherKey = testKey.map((byte) => byte ^ 0x55);
let dir: string;
beforeEach(() => void (dir = makeDir()));
afterEach(() => removeDir(dir));
const path = (): string => join(dir, 'plumb.db');

/** Files under the folder that hold the canary in any form a search would try, or look like a database anyone can open. */
function readable(): string[] {
  const forms = [Buffer.from(canary), Buffer.from(canary, 'utf16le'), ...[0, 1, 2].map((shift) => Buffer.from(Buffer.from('x'.repeat(shift) + canary).toString('base64').slice(4, -4)))];
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => forms.some((form) => readFileSync(file).includes(form)) || kindOfFile(file) === 'plain');
}

/** A database as versions before the vault wrote it. */
function writePlain(file = path()): void {
  const raw = new Database(file);
  raw.pragma('journal_mode = WAL');
  migrate(raw, migrations);
  raw.exec(`INSERT INTO conversation (id, title, created_at_ms, updated_at_ms) VALUES (1, '${canary}', 1, 1);
    INSERT INTO message (conversation_id, role, text, created_at_ms) VALUES (1, 'user', 'about ${canary}', 1)`);
  raw.close();
}

describe('the files on disk', () => {
  it('hold no word of a conversation, in the database, its log, and its copies, while open and after', () => {
    const { store } = openTestStore(dir);
    const { conversationId, runId } = exchange(store, `tell me about ${canary}`);
    store.conversations.rename(conversationId, canary);
    answer(store, runId, `${canary} it is`);
    store.backUpIfDue(Date.now());
    expect(readdirSync(dir).toSorted()).toEqual(['backups', 'plumb.db', 'plumb.db-shm', 'plumb.db-wal']);
    expect(readable()).toEqual([]);
    expect(store.search('zebra')).toHaveLength(1);
    store.close();
    expect(readable()).toEqual([]);
  });

  it('are in the form of SQLCipher 4: pages are authenticated under the key', () => {
    openTestStore(dir).store.close();
    expect([keyFits(path(), testKey), keyFits(path(), otherKey)]).toEqual([true, false]);
  });
});

describe('a database that an earlier version left readable', () => {
  it('is encrypted at the first start, and nothing of it is lost', () => {
    writePlain();
    const { store } = openTestStore(dir);
    expect(store.search('zebra')).toHaveLength(1);
    expect(store.messages.ofConversation(1)).toMatchObject([{ text: `about ${canary}` }]);
    store.close();
    expect(readable()).toEqual([]);
    expect(readdirSync(dir)).toEqual(['plumb.db']);
  });

  it('has readable copies, which are encrypted too; a damaged one is removed', () => {
    openTestStore(dir).store.close();
    const { store } = openTestStore(dir);
    store.backUpIfDue(Date.now());
    store.close();
    const [backup] = listBackups(dir);
    rmSync(backup!);
    writePlain(backup);
    writePlain(`${backup}2.backup`);
    writeFileSync(`${backup}2.backup`, readFileSync(`${backup}2.backup`).subarray(0, 5000));
    openTestStore(dir).store.close();
    expect(listBackups(dir)).toEqual([backup]);
    expect(keyFits(backup!, testKey)).toBe(true);
    expect(readable()).toEqual([]);
  });

  it.each(encryptingSteps)('survives a crash after the step "%s"', (crashAfter) => {
    writePlain();
    const crash = (): void => encryptPlain(path(), testKey, (step) => {
      if (step === crashAfter) throw new Error('the power went out');
    });
    expect(crash).toThrow('the power went out');
    const { store } = openTestStore(dir);
    expect(store.search('zebra')).toMatchObject([{ conversation: { title: canary } }]);
    expect(store.notices).toEqual([]);
    store.close();
    expect(readable()).toEqual([]);
    expect(readdirSync(dir)).toEqual(['plumb.db']);
  });

  it('survives a crash where the file system has no links: between two renames', () => {
    writePlain();
    copyFileSync(path(), `${path()}.plain`);
    rmSync(path());
    const { store } = openTestStore(dir);
    expect(store.search('zebra')).toHaveLength(1);
    store.close();
    expect(readable()).toEqual([]);
  });

  it('and is damaged comes back from its readable copy, encrypted', () => {
    writePlain();
    const plain = readFileSync(path());
    const { store } = openTestStore(dir);
    store.backUpIfDue(Date.now());
    store.close();
    const [backup] = listBackups(dir);
    for (const name of ['', '-wal', '-shm']) rmSync(path() + name, { force: true });
    writeFileSync(backup!, plain);
    writeFileSync(path(), Buffer.concat([plain.subarray(0, 4096), Buffer.alloc(plain.length - 4096, 1)]));
    const { db, notices } = openDatabase(dir, testKey);
    expect(notices[0]?.message).toContain('newest backup was restored');
    expect(db.prepare('SELECT title FROM conversation').pluck().all()).toEqual([canary]);
    db.close();
    expect([path(), backup!].map((file) => kindOfFile(file))).toEqual(['cipher', 'cipher']);
  });
});

describe('a wrong key', () => {
  it('is refused, the files stay as they are, and the right key still opens them', () => {
    const { store } = openTestStore(dir);
    exchange(store, canary);
    store.close();
    const before = readFileSync(path());
    expect(() => openDatabase(dir, otherKey)).toThrow(expect.objectContaining({ code: 'vault_damaged' }));
    expect(readFileSync(path()).equals(before)).toBe(true);
    expect(readdirSync(dir).filter((name) => name.includes('damaged'))).toEqual([]);
    const raw = openWithKey(path(), testKey);
    expect(raw.prepare('SELECT count(*) FROM message').pluck().get()).toBe(2);
    raw.close();
  });
});

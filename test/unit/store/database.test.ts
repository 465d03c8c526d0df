// Proves that the database opens safely: migrations, the future, damage, backups, a full disk.
import Database from 'better-sqlite3';
import { closeSync, existsSync, openSync, readdirSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listBackups } from '../../../core/store/backups.js';
import { openWithKey } from '../../../core/store/cipher.js';
import { openDatabase } from '../../../core/store/database.js';
import { latestVersion, migrate, versionOf, type Migration } from '../../../core/store/migrate.js';
import { first } from '../../../core/store/migrations/0010-first.js';
import { search } from '../../../core/store/migrations/0020-search.js';
import { compute } from '../../../core/store/migrations/0030-compute.js';
import { migrations } from '../../../core/store/migrations/index.js';
import { answer, exchange, makeDir, openTestStore, removeDir, testKey } from './fixture.js';

let dir: string;
beforeEach(() => void (dir = makeDir()));
afterEach(() => removeDir(dir));
const path = (): string => join(dir, 'plumb.db');
const damaged = (): string[] => readdirSync(dir).filter((name) => name.includes('damaged') && !/-(wal|shm)$/.test(name));

function fill(): void {
  const { store } = openTestStore(dir);
  const { runId } = exchange(store, 'question');
  answer(store, runId, 'answer');
  store.close();
}

describe('opening', () => {
  it('makes a new file with every setting that safety needs, for its owner alone', () => {
    const { db } = openDatabase(dir, testKey);
    const pragmas = ['journal_mode', 'synchronous', 'foreign_keys', 'secure_delete', 'temp_store', 'user_version'].map((name) => [name, db.pragma(name, { simple: true })]);
    expect(Object.fromEntries(pragmas)).toEqual({ journal_mode: 'wal', synchronous: 2, foreign_keys: 1, secure_delete: 1, temp_store: 2, user_version: latestVersion(migrations) });
    expect((statSync(path()).mode & 0o777).toString(8)).toBe('600');
    db.close();
  });

  it('has only strict tables', () => {
    const { db } = openDatabase(dir, testKey);
    const tables = db.pragma('table_list') as { name: string; type: string; strict: number }[];
    expect(tables.filter(({ name, type, strict }) => type === 'table' && !name.startsWith('sqlite_') && strict === 0)).toEqual([]);
    db.close();
  });

  it('refuses a database from the future and leaves it as it is', () => {
    fill();
    const raw = openWithKey(path(), testKey);
    raw.pragma('user_version = 9990');
    raw.close();
    expect(() => openDatabase(dir, testKey)).toThrow(expect.objectContaining({ code: 'database_from_future' }));
    const after = openWithKey(path(), testKey);
    expect(versionOf(after)).toBe(9990);
    expect(after.prepare('SELECT count(*) FROM message').pluck().get()).toBe(2);
    after.close();
    expect(damaged()).toEqual([]);
  });
});

describe('a damaged file', () => {
  const wreck = {
    'with a hole in its middle': () => {
      const file = openSync(path(), 'r+');
      writeSync(file, Buffer.alloc(4096), 0, 4096, 5 * 4096);
      closeSync(file);
    },
    'that was cut short': () => truncateSync(path(), 8192),
  };
  it.each([
    ['with a hole in its middle', 'were read out of it', 2],
    ['that was cut short', 'started empty', 0],
  ] as const)('%s is kept aside, what can be read is taken out of it, and Plumb says so', (what, words, messages) => {
    fill();
    wreck[what]();
    const { db, notices } = openDatabase(dir, testKey);
    expect(notices).toMatchObject([{ code: 'database_corrupt', message: expect.stringContaining(words), detail: join(dir, damaged()[0]!) }]);
    expect(db.prepare('SELECT count(*) FROM message').pluck().get()).toBe(messages);
    db.close();
    expect(openDatabase(dir, testKey)).toMatchObject({ notices: [] });
  });

  it('that no key fits is refused and stays: it could be of another vault', () => {
    writeFileSync(path(), 'this is not a database, it is a letter. '.repeat(400));
    expect(() => openDatabase(dir, testKey)).toThrow(expect.objectContaining({ code: 'vault_damaged' }));
    expect(readdirSync(dir)).toEqual(['plumb.db']);
  });

  it('is replaced by the newest backup, which is tried before the older one', () => {
    fill();
    const { store } = openTestStore(dir);
    store.backUpIfDue(Date.now());
    store.close();
    writeFileSync(path(), 'x'.repeat(5000));
    const { db, notices } = openDatabase(dir, testKey);
    expect(notices[0]?.message).toContain('newest backup was restored');
    expect(db.prepare('SELECT text FROM message').pluck().all()).toEqual(['question', 'answer']);
    db.close();
  });

  it('with a damaged backup too falls through to an empty start', () => {
    fill();
    const { store } = openTestStore(dir);
    store.backUpIfDue(Date.now());
    store.close();
    wreck['that was cut short']();
    writeFileSync(listBackups(dir)[0]!, 'y'.repeat(5000));
    const { db } = openDatabase(dir, testKey);
    expect(db.prepare('SELECT count(*) FROM message').pluck().get()).toBe(0);
    db.close();
  });
});

describe('migrating', () => {
  const next: Migration = { version: latestVersion(migrations) + 10, sql: 'CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT' };

  it('from the first version keeps every row and makes it searchable', () => {
    const raw = new Database(path());
    migrate(raw, [first]);
    raw.exec(`INSERT INTO conversation (id, title, created_at_ms, updated_at_ms) VALUES (1, 'Öl und Wasser', 1, 1);
      INSERT INTO message (conversation_id, role, text, created_at_ms) VALUES (1, 'user', 'old words', 1)`);
    expect(versionOf(raw)).toBe(10);
    raw.close();
    const { store } = openTestStore(dir);
    expect(store.search('ol').map(({ conversation }) => conversation.id)).toEqual([1]);
    expect(store.search('old')).toMatchObject([{ messageId: 1 }]);
    store.close();
  });

  it('to documents keeps conversations, and their tables take rows and find words', () => {
    const raw = new Database(path());
    migrate(raw, [first, search, compute]);
    raw.exec("INSERT INTO conversation (id, created_at_ms, updated_at_ms) VALUES (1, 1, 1); INSERT INTO message (conversation_id, role, text, created_at_ms) VALUES (1, 'user', 'old words', 1)");
    raw.close();
    const { db, store } = openTestStore(dir);
    expect(store.search('old')).toMatchObject([{ messageId: 1 }]);
    db.exec(`INSERT INTO collection (id, name, created_at_ms) VALUES (1, 'c', 1);
      INSERT INTO document (id, collection_id, name, path, state, reading, size_bytes, passages, added_at_ms) VALUES (1, 1, 'n', '/n', 'ready', 1, 1, 1, 1);
      INSERT INTO page (document_id, reading, number, characters, method, text, placed) VALUES (1, 1, 1, 9, 'text', 'new words', x'');
      INSERT INTO passage (id, document_id, reading, idx, hash, page, start, end_page, end, overlap, kind, tokens, heading, text) VALUES (1, 1, 1, 0, 'h', 1, 0, 1, 9, 0, 'prose', 2, '', 'new words')`);
    expect([store.passageSearch.byWords(1, 'new', 5), store.passageSearch.byTrigrams(1, '"ew w"', 5)]).toMatchObject([[{ passageId: 1 }], [{ passageId: 1 }]]);
    expect(() => db.exec("UPDATE document SET state = 'nonsense'")).toThrow(/CHECK/);
    store.close();
  });

  it('leaves runs of before with every step run, the plain sampler, and a cache nobody wrote down', () => {
    const raw = new Database(path());
    migrate(raw, [first, search]);
    raw.exec(`INSERT INTO conversation (id, created_at_ms, updated_at_ms) VALUES (1, 1, 1);
      INSERT INTO message (id, conversation_id, role, text, created_at_ms) VALUES (1, 1, 'assistant', 'old', 1);
      INSERT INTO run (message_id, model_name, model_path, model_hash, fork_id, has_recurrence, steps, state_seed, state_scale, temperature, top_k, top_p, min_p, repeat_penalty, max_tokens,
        state, started_at_ms, prompt_tokens, reused_tokens, prompt_ms, first_token_ms, tokens, decode_ms, mean_steps) VALUES (1, 'm', 'p', 'h', 'f', 1, 8, 3, 0.5, 0, 1, 1, 0, 1, 9, 'done', 1, 5, 2, 1, 1, 1, 1, 8)`);
    raw.close();
    const { store } = openTestStore(dir);
    expect(store.runs.find(1)).toMatchObject({
      recurrence: { steps: 8, stateSeed: 3, stateScale: 0.5, exit: null, warmStart: false, sampler: { kind: 'plain' } },
      cache: null, stats: { reusedTokens: 2, rereadTokens: 0 },
    });
    store.close();
  });

  it('makes a backup first, of the version before', () => {
    fill();
    openDatabase(dir, testKey, [...migrations, next]).db.close();
    const backup = openWithKey(listBackups(dir)[0]!, testKey, { readonly: true });
    expect([versionOf(backup), backup.prepare('SELECT count(*) FROM message').pluck().get()]).toEqual([latestVersion(migrations), 2]);
    backup.close();
  });

  it('that fails half-way leaves the file as it was', () => {
    fill();
    const broken: Migration = { version: next.version + 10, sql: 'CREATE TABLE x (id INTEGER) STRICT; SELECT nonsense' };
    expect(() => openDatabase(dir, testKey, [...migrations, next, broken])).toThrow(/nonsense/);
    const { db } = openDatabase(dir, testKey);
    expect(versionOf(db)).toBe(latestVersion(migrations));
    expect(db.prepare("SELECT count(*) FROM sqlite_schema WHERE name IN ('later', 'x')").pluck().get()).toBe(0);
    db.close();
  });

  it('refuses a list that is out of order', () => {
    const raw = new Database(':memory:');
    expect(() => migrate(raw, [next, first])).toThrow(/does not come after/);
    raw.close();
  });

  it('does nothing the second time', () => {
    fill();
    openDatabase(dir, testKey).db.close();
    expect(existsSync(join(dir, 'backups'))).toBe(false);
  });
});

describe('backups', () => {
  it('are made once a day and only the newest two are kept', () => {
    const { store } = openTestStore(dir);
    const dayMs = 86_400_000;
    for (const days of [0, 0.5, 2, 4, 6]) store.backUpIfDue(Date.now() + days * dayMs);
    expect(listBackups(dir)).toHaveLength(2);
    store.close();
  });
});

describe('a full disk', () => {
  it('is reported as such; what was there stays and writing goes on when there is room', () => {
    const { db, store } = openTestStore(dir);
    const pages = db.pragma('page_count', { simple: true }) as number;
    db.pragma(`max_page_count = ${pages + 1}`);
    const { id: conversationId } = store.conversations.create(1);
    const write = (): number => store.messages.add({ conversationId, parentId: null, role: 'user', text: 'x'.repeat(100_000), nowMs: 1 });
    expect(write).toThrow(expect.objectContaining({ code: 'disk_full' }));
    expect(store.messages.ofConversation(conversationId)).toEqual([]);
    db.pragma('max_page_count = 1000000');
    expect(write()).toBeGreaterThan(0);
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    store.close();
  });
});

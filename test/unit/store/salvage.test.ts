// Proves that of a damaged database everything is taken out that can be read, that a copy fills the gaps, and that the rest is counted.
import { closeSync, existsSync, openSync, readdirSync, statSync, truncateSync, utimesSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listBackups } from '../../../core/store/backups.js';
import { openDatabase } from '../../../core/store/database.js';
import { answer, exchange, makeDir, openTestStore, removeDir, testKey } from './fixture.js';

let dir: string;
beforeEach(() => void (dir = makeDir()));
afterEach(() => removeDir(dir));
const path = (): string => join(dir, 'plumb.db');
const pageBytes = 4096;

/** Conversations with long texts, so that there are many pages. */
function fill(count: number, backUp = false): void {
  const { store } = openTestStore(dir);
  for (let at = 0; at < count; at++) {
    const { runId } = exchange(store, `question ${at} ${'x'.repeat(3000)}`);
    answer(store, runId, `answer ${at} ${'y'.repeat(3000)}`);
  }
  if (backUp) store.backUpIfDue(Date.now());
  store.close();
}
function wipe(pages: readonly number[]): void {
  const file = openSync(path(), 'r+');
  for (const page of pages) writeSync(file, Buffer.alloc(pageBytes, 7), 0, pageBytes, page * pageBytes);
  closeSync(file);
}
const count = (db: ReturnType<typeof openDatabase>['db'], table: string): number => db.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number;

describe('a damaged database', () => {
  it('loses the pages that are damaged and nothing else; what is left is whole, searchable and refers to what exists', () => {
    fill(60);
    const pages = Math.floor(statSync(path()).size / pageBytes);
    // Behind the first third, where the texts are.
    wipe([Math.floor(pages / 2), Math.floor(pages / 2) + 1, Math.floor(pages * 0.7)]);
    const { db, notices } = openDatabase(dir, testKey);
    expect(notices).toMatchObject([{ code: 'database_corrupt', message: expect.stringContaining('were read out of it') as string }]);
    expect(notices[0]!.message).toContain('could not be read');
    expect(count(db, 'message')).toBeGreaterThan(80);
    expect(count(db, 'message')).toBeLessThan(120);
    expect([db.pragma('integrity_check', { simple: true }), db.pragma('foreign_key_check')]).toEqual(['ok', []]);
    expect(db.prepare("SELECT count(*) FROM message_search WHERE message_search MATCH 'answer'").pluck().get()).toBeGreaterThan(40);
    db.close();
    expect(openDatabase(dir, testKey).notices).toEqual([]);
    expect(existsSync(`${path()}.salvaging`)).toBe(false);
  });

  it('gets from the newest copy what it lost, and keeps what came after the copy', () => {
    fill(40, true);
    fill(20);
    const pages = Math.floor(statSync(path()).size / pageBytes);
    wipe([Math.floor(pages * 0.3), Math.floor(pages * 0.3) + 1]);
    const { db, notices } = openDatabase(dir, testKey);
    expect(notices[0]!.message).toContain('came from the newest backup');
    expect([count(db, 'conversation'), count(db, 'message')]).toEqual([60, 120]);
    db.close();
  });

  it('never gives out an id a second time, also when its rows are lost', () => {
    fill(30);
    truncateSync(path(), Math.floor(statSync(path()).size / pageBytes / 2) * pageBytes);
    const { db, store } = openTestStore(dir);
    const top = count(db, 'conversation');
    const id = store.conversations.create(1).id;
    expect(top === 0 || id > top).toBe(true);
    store.close();
  });
});

describe('a clock that goes back', () => {
  it('neither stops the copies nor lets a new one be taken for an old one', () => {
    const { store } = openTestStore(dir);
    const dayMs = 86_400_000;
    store.backUpIfDue(Date.now());
    const [first] = listBackups(dir);
    // The clock was three days ahead when this was made.
    utimesSync(first!, new Date(Date.now() + 3 * dayMs), new Date(Date.now() + 3 * dayMs));
    store.backUpIfDue(Date.now());
    expect(listBackups(dir)).toHaveLength(2);
    expect(listBackups(dir)[1]).toBe(first);
    store.backUpIfDue(Date.now() - 9 * dayMs);
    expect(listBackups(dir)).toHaveLength(2);
    expect(listBackups(dir)).not.toContain(first);
    store.close();
  });
});

it('as many copies are kept as the settings say', () => {
  const { store } = openTestStore(dir);
  store.settings.write({ backupsKept: 4 });
  for (let days = 0; days < 12; days += 2) store.backUpIfDue(Date.now() + days * 86_400_000);
  expect(readdirSync(join(dir, 'backups'))).toHaveLength(4);
  store.close();
});

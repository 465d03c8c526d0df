// Proves that rows come back as they went in: trees, runs, tokens, settings; and that erasing erases.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TokenRecord } from '../../../core/contract/recurrence.js';
import { defaultSettings } from '../../../core/contract/settings.js';
import { conversationSql } from '../../../core/store/conversations.js';
import type { Writable } from '../../../core/store/handles.js';
import { messageSql } from '../../../core/store/messages.js';
import { runSql } from '../../../core/store/runs.js';
import { searchSql } from '../../../core/store/search.js';
import type { Store } from '../../../core/store/store.js';
import { answer, exchange, newRun, openTestStore, removeDir } from './fixture.js';

let dir: string;
let db: Writable;
let store: Store;
beforeEach(() => void ({ dir, db, store } = openTestStore()));
afterEach(() => {
  store.close();
  removeDir(dir);
});

describe('a run', () => {
  it('comes back with the settings as used and its figures', () => {
    const { runId, replyId } = exchange(store, 'q');
    const { recurrence, cache, sampling } = newRun(replyId);
    const stats = { promptTokens: 9, reusedTokens: 4, rereadTokens: 3, promptMs: 1.5, firstTokenMs: 2.5, tokens: 1, decodeMs: 3.5, meanSteps: 7.25 };
    store.runs.finish(runId, { state: 'stopped', reason: 'stopped', errorCode: 'decode_failed', stats, nowMs: 20 });
    expect(store.runs.find(runId)).toEqual({
      id: runId, modelName: 'm', hasRecurrence: true, recurrence, cache, sampling, state: 'stopped', endReason: 'stopped', errorCode: 'decode_failed',
      startedAtMs: 10, endedAtMs: 20, stats, lastSeq: 0,
    });
  });

  it('keeps its tokens in order, traces as float32, and speaks their concatenation', () => {
    const { runId, replyId } = exchange(store, 'q');
    const tokens: TokenRecord[] = [
      { index: 0, id: 5, text: 'Hé', steps: 2, exitReason: 'limit', trace: [0.5, 1e-7] },
      { index: 1, id: 6, text: '', steps: 0, exitReason: 'none', trace: [] },
      { index: 2, id: 7, text: '\n🙂', steps: 1, exitReason: 'stopped', trace: [0.25] },
    ];
    store.runs.append(runId, tokens.slice(0, 2), 1);
    expect(store.messages.find(replyId)).toMatchObject({ text: 'Hé', run: { state: 'running', lastSeq: 1 } });
    store.runs.append(runId, tokens.slice(2), 2);
    store.runs.finish(runId, { state: 'done', reason: 'end', errorCode: null, stats: null, nowMs: 20 });
    expect(store.runs.tokens(runId)).toEqual(tokens.map((token) => ({ ...token, trace: token.trace.map(Math.fround) })));
    expect(store.messages.find(replyId)?.text).toBe('Hé\n🙂');
  });

  it('takes a batch whole or not at all', () => {
    const { runId } = exchange(store, 'q');
    const token: TokenRecord = { index: 0, id: 1, text: 'x', steps: 1, exitReason: 'limit', trace: [1] };
    expect(() => store.runs.append(runId, [token, token], 1)).toThrow(/UNIQUE/);
    expect([store.runs.tokens(runId), store.runs.find(runId)?.lastSeq]).toEqual([[], 0]);
  });

  it('left running by a crash is closed off once', () => {
    const { runId } = exchange(store, 'q');
    expect([store.runs.interruptAll(99), store.runs.interruptAll(100)]).toEqual([1, 0]);
    expect(store.runs.find(runId)).toMatchObject({ state: 'interrupted', endedAtMs: 99 });
  });
});

describe('a tree of messages', () => {
  it('comes back whole, and a path from any leaf', () => {
    const { conversationId, userId, replyId, runId } = exchange(store, 'q');
    answer(store, runId, 'one');
    const other = store.messages.add({ conversationId, parentId: userId, role: 'assistant', text: 'two', nowMs: 4 });
    const deep = store.messages.add({ conversationId, parentId: other, role: 'user', text: 'more', nowMs: 5 });
    expect(store.messages.ofConversation(conversationId).map(({ id, parentId }) => [id, parentId])).toEqual([[userId, null], [replyId, userId], [other, userId], [deep, other]]);
    expect(store.messages.path(deep).map(({ text }) => text)).toEqual(['q', 'two', 'more']);
  });

  it('shows a leaf only of its own conversation', () => {
    const one = exchange(store, 'a');
    const two = exchange(store, 'b');
    expect(store.conversations.select(one.conversationId, two.replyId)).toBe(false);
    expect(store.conversations.select(one.conversationId, one.replyId)).toBe(true);
    expect(store.conversations.leafOf(one.conversationId)).toBe(one.replyId);
  });

  it('five thousand deep is erased without running out of anything', () => {
    const { id } = store.conversations.create(1);
    let parentId: number | null = null;
    store.transaction(() => {
      for (let depth = 0; depth < 5000; depth++) parentId = store.messages.add({ conversationId: id, parentId, role: 'user', text: `m${depth}`, nowMs: 1 });
    });
    expect(store.messages.path(parentId!)).toHaveLength(5000);
    store.conversations.remove(id, 5);
    expect(store.conversations.purge(5)).toBe(1);
    const left = ['conversation', 'message', 'run', 'token', 'message_search_docsize'].map((table) => db.prepare(`SELECT count(*) FROM ${table}`).pluck().get());
    expect(left).toEqual([0, 0, 0, 0, 0]);
  });
});

describe('erasing', () => {
  it('takes only what was removed long enough ago, with its runs, tokens and words', () => {
    const gone = exchange(store, 'canary');
    answer(store, gone.runId, 'canary too');
    const kept = exchange(store, 'other');
    store.conversations.remove(gone.conversationId, 100);
    expect(store.conversations.purge(99)).toBe(0);
    expect(store.conversations.purge(100)).toBe(1);
    expect(store.runs.find(gone.runId)).toBeNull();
    expect(db.prepare('SELECT count(*) FROM token').pluck().get()).toBe(0);
    expect(store.conversations.list().map(({ id }) => id)).toEqual([kept.conversationId]);
    expect(db.prepare("INSERT INTO message_search(message_search, rank) VALUES ('integrity-check', 1)").run().changes).toBeGreaterThanOrEqual(0);
  });

  it('never gives an id a second time', () => {
    const { id } = store.conversations.create(1);
    store.conversations.remove(id, 1);
    store.conversations.purge(1);
    expect(store.conversations.create(1).id).toBeGreaterThan(id);
  });
});

describe('settings', () => {
  it('fall back to their default one by one when a value makes no sense', () => {
    store.settings.write({ theme: 'dark', sidebarOpen: false });
    db.prepare("UPDATE setting SET value = '\"purple\"' WHERE name = 'theme'").run();
    db.prepare("INSERT INTO setting VALUES ('fromTheFuture', '1')").run();
    expect(store.settings.read()).toEqual({ ...defaultSettings, sidebarOpen: false });
  });
});

describe('the plan of a hot query', () => {
  const plan = (sql: string): string => db.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).all(...sql.includes('?') ? [1] : []).map(({ detail }) => detail).join('; ');

  it.each([
    ['the list of conversations', conversationSql.list, /SCAN conversation USING INDEX conversation_by_time$/],
    ['what is to be erased', conversationSql.removedBefore, /SEARCH conversation USING .*INDEX conversation_removed/],
    ['a conversation', messageSql.ofConversation, /SEARCH message USING INDEX message_by_conversation.*SEARCH run USING INDEX sqlite_autoindex_run_1/],
    ['a path', messageSql.path, /SEARCH message USING INTEGER PRIMARY KEY/],
    ['tokens of a run', runSql.tokens, /^SEARCH token USING PRIMARY KEY \(run_id=\?\)$/],
    ['runs left running', runSql.running, /SCAN run USING COVERING INDEX run_running/],
    ['search in messages', searchSql.messages, /SCAN message_search VIRTUAL TABLE INDEX.*SEARCH m USING INTEGER PRIMARY KEY.*SEARCH c USING INTEGER PRIMARY KEY/],
  ])('%s uses its index and sorts nothing by hand', (_what, sql, expected) => {
    expect(plan(sql)).toMatch(expected);
    if (sql !== messageSql.path) expect(plan(sql)).not.toContain('TEMP B-TREE FOR ORDER BY');
  });
});

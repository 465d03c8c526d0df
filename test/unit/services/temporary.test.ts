// Proves that a temporary chat works like any other and is nowhere: not on disk, not in the list, not in search, and gone when it is closed.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openMemoryStore } from '../../../core/store/store.js';
import { isTemporaryId, withTemporary } from '../../../core/store/temporary.js';
import { startTestApp, type TestApp } from '../../fakes/test-app.js';
import { answer, newRun, openTestStore, removeDir } from '../store/fixture.js';

const canary = 'xylocanary';
let test: TestApp;
beforeEach(async () => {
  test = startTestApp({ times: { graceMs: 30 } });
  await test.until('ready');
});
afterEach(() => test.dispose());

async function temporaryChat(): Promise<number> {
  const { conversation } = await test.client.call('conversations.create', { temporary: true });
  const { ended } = await test.ask(`${canary} question !say ${canary} answer`, conversation.id);
  expect(ended.reason).toBe('end');
  return conversation.id;
}

/** Names of files of the data folder that contain a text, in UTF-8 or UTF-16. */
function filesWith(text: string): string[] {
  const files = readdirSync(test.dataDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map((entry) => join(entry.parentPath, entry.name)).filter((path) => [Buffer.from(text), Buffer.from(text, 'utf16le')].some((bytes) => readFileSync(path).includes(bytes)));
}

describe('a temporary chat', () => {
  it('answers, branches and is read again like any other, marked as what it is', async () => {
    const id = await temporaryChat();
    expect(isTemporaryId(id)).toBe(true);
    await test.ask('!say more', id);
    const { conversation, messages } = await test.client.call('conversations.open', { id });
    expect(conversation).toMatchObject({ temporary: true, title: '' });
    const ended = test.next('run.ended');
    await test.client.call('messages.retry', { replyId: messages[1]!.id, recurrence: { steps: 4 } });
    await ended;
    expect((await test.client.call('conversations.open', { id })).messages).toHaveLength(5);
    expect((await test.client.call('runs.tokens', { runId: messages[1]!.run!.id })).tokens.map(({ text }) => text).join('')).toContain(canary);
  });

  it('is not in the list, not in search, has no title, cannot be named or exported, and leaves no byte on disk', async () => {
    const id = await temporaryChat();
    await test.client.call('conversations.rename', { id, title: canary });
    expect((await test.client.call('conversations.list', {})).conversations).toEqual([]);
    expect((await test.client.call('conversations.search', { query: canary })).hits).toEqual([]);
    expect((await test.client.call('conversations.open', { id })).conversation.title).toBe('');
    await expect(test.client.call('transfer.export', { ids: [id], format: 'json' })).rejects.toMatchObject({ code: 'not_allowed' });
    const { transferId } = await test.client.call('transfer.export', { ids: null, format: 'json' });
    const piece = await test.client.call('transfer.read', { transferId });
    expect(Buffer.from(piece.base64, 'base64').toString()).not.toContain(canary);
    expect(filesWith(canary)).toEqual([]);
    expect(test.log.join('')).not.toContain(canary);
  });

  it('that is removed is gone at once, without a way back, also while it answers', async () => {
    const id = await temporaryChat();
    await test.client.call('messages.send', { conversationId: id, text: '!tokens 2000 !rate 100', recurrence: { steps: 4 } });
    await test.client.call('conversations.remove', { id });
    await expect(test.client.call('conversations.open', { id })).rejects.toMatchObject({ code: 'not_found' });
    await expect(test.client.call('conversations.restore', { id })).rejects.toMatchObject({ code: 'not_found' });
    const again = async (): Promise<unknown> => test.ask('!tokens 2').then(({ ended }) => ended.reason, ({ code }: { code: string }) => code);
    await expect.poll(again).toBe('end');
  });

  it('is gone when no window is left, but not when the page is only loaded again', async () => {
    const id = await temporaryChat();
    test.client.close();
    const reloaded = test.connect();
    await new Promise((done) => setTimeout(done, 60));
    expect((await reloaded.call('conversations.open', { id })).messages).toHaveLength(2);
    reloaded.close();
    await new Promise((done) => setTimeout(done, 60));
    await expect(test.connect().call('conversations.open', { id })).rejects.toMatchObject({ code: 'not_found' });
  });

  it('that is kept moves into the history with its branches and tokens, under a title', async () => {
    const id = await temporaryChat();
    const { conversation: kept } = await test.client.call('conversations.keep', { id });
    expect(isTemporaryId(kept.id)).toBe(false);
    expect(kept.title).toContain(canary);
    await expect(test.client.call('conversations.open', { id })).rejects.toMatchObject({ code: 'not_found' });
    const { messages } = await test.client.call('conversations.open', { id: kept.id });
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant']);
    expect((await test.client.call('runs.tokens', { runId: messages[1]!.run!.id })).tokens.length).toBeGreaterThan(0);
    expect((await test.client.call('conversations.search', { query: canary })).hits).toHaveLength(1);
    expect((await test.ask('!tokens 2', kept.id)).ended.reason).toBe('end');
  });

  it('is not kept while an answer is being made, and an ordinary one is not kept at all', async () => {
    const id = await temporaryChat();
    await test.client.call('messages.send', { conversationId: id, text: '!tokens 2000 !rate 100', recurrence: { steps: 4 } });
    await expect(test.client.call('conversations.keep', { id })).rejects.toMatchObject({ code: 'engine_busy' });
    const { conversation } = await test.client.call('conversations.create', {});
    await expect(test.client.call('conversations.keep', { id: conversation.id })).rejects.toMatchObject({ code: 'not_found' });
  });
});

it('a temporary chat writes no row into the store on disk', () => {
  const { dir, db, store: disk } = openTestStore();
  const { store } = withTemporary(disk, openMemoryStore());
  const { id: conversationId } = store.conversations.create(1, true);
  const userId = store.messages.add({ conversationId, parentId: null, role: 'user', text: canary, nowMs: 2 });
  const messageId = store.messages.add({ conversationId, parentId: userId, role: 'assistant', text: '', nowMs: 3 });
  const runId = store.runs.add(newRun(messageId));
  answer(store, runId, canary);
  expect(store.messages.ofConversation(conversationId).map(({ text }) => text)).toEqual([canary, canary]);
  const rows = ['conversation', 'message', 'run', 'token'].map((table) => db.prepare(`SELECT count(*) FROM ${table}`).pluck().get());
  expect(rows).toEqual([0, 0, 0, 0]);
  store.close();
  removeDir(dir);
});

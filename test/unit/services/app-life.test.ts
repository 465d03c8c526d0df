// Proves what survives the end of the app, what is undone, what is erased, and that logs hold no words of a person.
import Database from 'better-sqlite3';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createVault } from '../../../core/services/vault/vault.js';
import { listBackups } from '../../../core/store/backups.js';
import { openWithKey } from '../../../core/store/cipher.js';
import { migrate } from '../../../core/store/migrate.js';
import { migrations } from '../../../core/store/migrations/index.js';
import { startTestApp, type TestApp } from '../../fakes/test-app.js';

let test: TestApp;
afterEach(() => test.dispose());

function allBytes(dir: string): Buffer {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Buffer.concat(files.map((entry) => readFileSync(join(entry.parentPath, entry.name))));
}

describe('closing the app', () => {
  it('in the middle of an answer keeps every token, and the run is marked at the next start', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'plumb-unit-'));
    const first = startTestApp({ dataDir });
    await first.until('ready');
    const seen = first.next('run.tokens', ({ seq }) => seq === 4);
    const { conversation } = await first.client.call('conversations.create', {});
    await first.client.call('messages.send', { conversationId: conversation.id, text: '!tokens 5000', recurrence: { steps: 8 } });
    await seen;
    const before = (await first.client.call('conversations.open', { id: conversation.id })).messages.at(-1)!;
    first.app.close();
    test = startTestApp({ dataDir });
    const after = (await test.client.call('conversations.open', { id: conversation.id })).messages.at(-1)!;
    expect(after.run).toMatchObject({ state: 'interrupted' });
    expect(after.text.startsWith(before.text)).toBe(true);
  });

  it('without closing (the process was killed) keeps what was flushed, as text that search finds', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'plumb-unit-'));
    // As a version before the vault left it: readable.
    const db = new Database(join(dataDir, 'plumb.db'));
    migrate(db, migrations);
    db.exec(`INSERT INTO conversation (id, created_at_ms, updated_at_ms) VALUES (1, 1, 1);
      INSERT INTO message (id, conversation_id, parent_id, role, text, created_at_ms) VALUES (1, 1, NULL, 'user', 'hi', 1), (2, 1, 1, 'assistant', '', 1);
      INSERT INTO run (id, message_id, model_name, model_path, model_hash, fork_id, has_recurrence, steps, state_seed, state_scale, temperature, top_k, top_p, min_p, repeat_penalty, max_tokens, state, started_at_ms)
      VALUES (1, 2, 'm', 'p', 'h', 'f', 1, 8, 0, 1, 0, 0, 1, 0, 1, 9, 'running', 1);
      INSERT INTO token VALUES (1, 0, 5, 'half an', 8, 'limit', x''), (1, 1, 6, ' answer', 8, 'limit', x'')`);
    db.close();
    test = startTestApp({ dataDir });
    const { messages } = await test.client.call('conversations.open', { id: 1 });
    expect(messages[1]).toMatchObject({ text: 'half an answer', run: { state: 'interrupted' } });
    expect((await test.client.call('conversations.search', { query: 'answer' })).hits).toMatchObject([{ messageId: 2 }]);
  });
});

/** Messages and titles with a word in all copies of the database, read with the key. */
function inBackups(dataDir: string, word: string): number {
  const vault = createVault({ dataDir, now: Date.now, argonMs: 0 });
  vault.openByItself();
  return listBackups(dataDir).reduce((sum, backup) => {
    const db = openWithKey(backup, vault.dataKey(), { readonly: true });
    const count = 'SELECT (SELECT count(*) FROM message WHERE text LIKE @like) + (SELECT count(*) FROM conversation WHERE title LIKE @like)';
    const found = db.prepare<{ like: string }, number>(count).pluck().get({ like: `%${word}%` })!;
    db.close();
    return sum + found;
  }, 0);
}

describe('removing a conversation', () => {
  it('hides it, also from search, until it is restored', async () => {
    test = startTestApp();
    await test.until('ready');
    const { conversationId } = await test.ask('canary !tokens 2');
    await test.client.call('conversations.remove', { id: conversationId });
    expect(await test.client.call('conversations.list', {})).toEqual({ conversations: [] });
    expect(await test.client.call('conversations.search', { query: 'canary' })).toEqual({ hits: [] });
    await expect(test.client.call('conversations.open', { id: conversationId })).rejects.toMatchObject({ code: 'not_found' });
    await test.client.call('conversations.restore', { id: conversationId });
    expect((await test.client.call('conversations.search', { query: 'canary' })).hits).toHaveLength(1);
  });

  it('erases it after ten minutes', async () => {
    let nowMs = 5_000_000;
    test = startTestApp({ now: () => nowMs, times: { tidyEveryMs: 5 } });
    const { conversation } = await test.client.call('conversations.create', {});
    await test.client.call('conversations.remove', { id: conversation.id });
    nowMs += 599_000;
    await new Promise((done) => setTimeout(done, 20));
    await test.client.call('conversations.restore', { id: conversation.id });
    await test.client.call('conversations.remove', { id: conversation.id });
    nowMs += 600_000;
    await new Promise((done) => setTimeout(done, 20));
    await expect(test.client.call('conversations.restore', { id: conversation.id })).rejects.toMatchObject({ code: 'not_found' });
  });

  it('stops the answer that is being made in it', async () => {
    test = startTestApp();
    await test.until('ready');
    const first = test.next('run.tokens');
    const over = test.next('run.ended');
    const { conversation } = await test.client.call('conversations.create', {});
    await test.client.call('messages.send', { conversationId: conversation.id, text: '!tokens 5000', recurrence: { steps: 8 } });
    await first;
    await test.client.call('conversations.remove', { id: conversation.id });
    expect(await over).toMatchObject({ reason: 'stopped' });
  });

  it('leaves no trace of its words in any file once the app is closed, backups included', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'plumb-unit-'));
    const author = startTestApp({ dataDir });
    await author.until('ready');
    const { conversationId } = await author.ask('xylophonecanary tells a secret !tokens 3');
    author.app.close();
    const before = startTestApp({ dataDir, times: { tidyEveryMs: 5 } });
    await new Promise((done) => setTimeout(done, 50));
    expect(inBackups(dataDir, 'xylophonecanary')).toBe(2);
    expect(allBytes(dataDir).includes('xylophonecanary')).toBe(false);
    await before.client.call('conversations.remove', { id: conversationId });
    before.app.close();
    expect(allBytes(dataDir).includes('xylophonecanary')).toBe(false);
    expect(inBackups(dataDir, 'xylophonecanary')).toBe(0);
    expect(readdirSync(join(dataDir, 'backups'))).toHaveLength(1);
    test = startTestApp({ dataDir });
  });
});

describe('the app', () => {
  it('keeps its folder and files to their owner', () => {
    const parent = mkdtempSync(join(tmpdir(), 'plumb-unit-'));
    const dataDir = join(parent, 'data');
    test = startTestApp({ dataDir });
    expect((statSync(join(dataDir, 'plumb.db')).mode & 0o777).toString(8)).toBe('600');
    rmSync(parent, { recursive: true, force: true });
  });

  it('writes nothing a person said and nothing a model answered into its log', async () => {
    test = startTestApp();
    await test.until('ready');
    await test.ask('xylophonecanary !say marimbacanary');
    await test.ask('xylophonecanary !crash 2');
    await test.client.call('conversations.search', { query: 'xylophonecanary' });
    expect(test.log.length).toBeGreaterThan(0);
    expect(test.log.join('')).not.toMatch(/canary/);
  });

  it('tells every window what another one changed', async () => {
    test = startTestApp();
    const other = test.connect();
    const titles: string[] = [];
    other.on('conversation.changed', ({ conversation }) => titles.push(conversation.title));
    const { conversation } = await test.client.call('conversations.create', {});
    await test.client.call('conversations.rename', { id: conversation.id, title: '  Mine  ' });
    expect(titles).toEqual(['', 'Mine']);
  });

  it('answers the first window before it starts the engine', async () => {
    test = startTestApp({ times: { engineDelayMs: 30 } });
    expect((await test.client.call('app.hello', {})).engine).toEqual({ kind: 'starting' });
    expect(test.engines).toEqual([]);
    await test.next('engine.state', ({ kind }) => kind === 'ready');
  });

  it('remembers settings and changes only what a patch names', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'plumb-unit-'));
    const first = startTestApp({ dataDir });
    await first.client.call('settings.set', { theme: 'dark' });
    await first.client.call('settings.set', { stepsByModel: { a: 4 } });
    first.app.close();
    test = startTestApp({ dataDir });
    expect((await test.client.call('app.hello', {})).settings).toMatchObject({ theme: 'dark', stepsByModel: { a: 4 }, sidebarOpen: true });
  });
});

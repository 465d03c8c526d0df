// Proves that nothing a person writes can be read on the disk: typed in every place, used, deleted, locked, quit, killed; then every file is searched.
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PlumbApi } from '../../core/contract/api.js';
import type { Client } from '../../core/contract/rpc.js';
import { decrypted, keyOf } from '../fakes/app-database.js';
import { removeDataDir, startApp, type RunningApp } from '../harness/app.js';
import { launchBrowser, openPage, type OpenedPage } from '../harness/browser.js';
import { filesWith, holds } from '../harness/canary.js';
import { connect, whenReady } from '../harness/client.js';
import { makeModelFolder, type ModelFolder } from '../harness/models.js';
import { ask, field } from '../harness/window.js';

const word = 'zephyrcanary90210quux';
const places = ['profile', 'home', 'temp', 'cache'] as const;
let models: ModelFolder;
let browser: Browser;
let base: string;
let app: RunningApp;
let client: Client<PlumbApi>;
let opened: OpenedPage;

beforeAll(async () => {
  models = await makeModelFolder();
  browser = await launchBrowser();
});
beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), 'plumb-canary-'));
  for (const place of places) mkdirSync(join(base, place));
  await start();
});
afterEach(async () => {
  await opened.context.close();
  await app.kill();
  removeDataDir(base);
});
afterAll(async () => {
  await browser.close();
  models.remove();
});

/** Everything the app could write to lies under one folder; its log, at its most talkative, goes there too. */
async function start(): Promise<void> {
  const at = (place: (typeof places)[number]): string => join(base, place);
  const env = { HOME: at('home'), TMPDIR: at('temp'), XDG_CACHE_HOME: at('cache'), XDG_CONFIG_HOME: at('home'), XDG_DATA_HOME: at('home'), PLUMB_LOG: 'debug', PLUMB_RESOURCES: models.resources };
  app = await startApp({ engine: 'fake', dataDir: at('profile'), env });
  client = await connect(app);
  await whenReady(client);
  opened = await openPage(browser, app);
}

/** Types the word wherever there is a place for it: chats, title, search, a document and a question to it, a temporary chat, a draft. */
async function useIt(): Promise<{ conversationIds: number[]; collectionId: number }> {
  const { page } = opened;
  await ask(page, `Repeat ${word} please`);
  const { conversations } = await client.call('conversations.list', {});
  const titled = conversations[0]!.id;
  await client.call('conversations.rename', { id: titled, title: `About ${word}` });
  await client.call('conversations.search', { query: word });
  const { collection } = await client.call('collections.create', { name: `Papers ${word}` });
  const text = Buffer.from(`# ${word}\n\nThe code of the door is ${word}.\n`);
  const { uploadId } = await client.call('documents.beginUpload', { collectionId: collection.id, name: `${word}.txt`, sizeBytes: text.length });
  await client.call('documents.upload', { uploadId, offset: 0, base64: text.toString('base64'), last: true });
  await expect.poll(async () => (await client.call('documents.list', { collectionId: collection.id })).documents[0]?.state, { timeout: 30_000 }).toBe('ready');
  expect((await client.call('documents.search', { collectionId: collection.id, query: `code of the door ${word}` })).passages).not.toHaveLength(0);
  const { conversation: temporary } = await client.call('conversations.create', { temporary: true });
  const ended = new Promise((done) => void client.on('run.ended', done));
  await client.call('messages.send', { conversationId: temporary.id, text: `Only for now: ${word}`, recurrence: { steps: 4 }, ask: { collectionId: collection.id, anyway: true } });
  await ended;
  await field(page).fill(`A draft with ${word}`);
  return { conversationIds: [titled, temporary.id], collectionId: collection.id };
}

const profile = (): string => join(base, 'profile');
const onDisk = (): string[] => filesWith(base, word);
/** Behind the encryption, for the positive control. */
const inDatabase = (): boolean => holds(decrypted(join(profile(), 'plumb.db'), keyOf(profile())), word);

describe('a word written in every place', () => {
  it('is in the encrypted database and in no file that can be read, also after locking, deleting and quitting', async () => {
    const { conversationIds, collectionId } = await useIt();
    expect(onDisk()).toEqual([]);
    expect(inDatabase()).toBe(true);
    for (const id of conversationIds) await client.call('conversations.remove', { id });
    await client.call('collections.remove', { id: collectionId });
    await opened.context.close();
    client.close();
    await app.stop();
    expect(onDisk()).toEqual([]);
    // Deleted is gone, even for somebody who has the key.
    expect(inDatabase()).toBe(false);
    expect(app.output()).not.toContain(word);
  });

  it('stays hidden behind a passphrase, locked and after a kill -9 in the middle of an answer', async () => {
    await useIt();
    await client.call('vault.setPassphrase', { current: null, next: 'correct horse battery' });
    await client.call('vault.lock', {});
    expect(onDisk()).toEqual([]);
    await client.call('vault.unlock', { passphrase: 'correct horse battery' });
    await whenReady(client);
    const { conversation } = await client.call('conversations.create', {});
    await client.call('messages.send', { conversationId: conversation.id, text: `!long ${word}`, recurrence: { steps: 4 } });
    await new Promise((done) => void client.on('run.tokens', done));
    await app.kill();
    expect(onDisk()).toEqual([]);
    expect(app.output()).not.toContain(word);
  });

  it('is found by this search where it can be read', () => {
    for (const [name, bytes] of [['a', Buffer.from(`xx${word}`)], ['b', Buffer.from(word, 'utf16le')], ['c', Buffer.from(Buffer.from(`z${word}!`).toString('base64'))], ['d', Buffer.from(Buffer.from(`zz${word}`).toString('base64'))]] as const) {
      writeFileSync(join(base, name), bytes);
    }
    expect(onDisk().map((path) => path.slice(base.length + 1)).toSorted()).toEqual(['a', 'b', 'c', 'd']);
  });
});

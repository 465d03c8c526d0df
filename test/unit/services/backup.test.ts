// Proves that a backup file brings everything to another machine, that a damaged or foreign one replaces nothing, and that erasing erases.
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startTestApp, type TestApp } from '../../fakes/test-app.js';

// The form of the file is tested here; argon.test.ts has what a passphrase costs.
vi.mock('../../../core/services/vault/argon-thread.js', () => import('../../fakes/quick-argon.js'));

const passphrase = 'correct horse';
const apps: TestApp[] = [];
function open(): TestApp {
  const app = startTestApp();
  apps.push(app);
  return app;
}
afterEach(() => {
  for (const app of apps.splice(0)) app.dispose();
});

async function backupOf({ client }: TestApp): Promise<Buffer> {
  const { transferId, name } = await client.call('transfer.backup', { passphrase });
  expect(name).toMatch(/^Plumb \d{4}-\d\d-\d\d\.plumb-backup$/);
  const pieces: Buffer[] = [];
  for (;;) {
    const { base64, last } = await client.call('transfer.read', { transferId });
    pieces.push(Buffer.from(base64, 'base64'));
    if (last) return Buffer.concat(pieces);
  }
}
async function upload({ client }: TestApp, file: Buffer): Promise<number> {
  const { transferId } = await client.call('transfer.begin', { kind: 'backup', sizeBytes: file.length });
  for (let offset = 0; offset < file.length; offset += 500_000) await client.call('transfer.write', { transferId, offset, base64: file.subarray(offset, offset + 500_000).toString('base64') });
  return transferId;
}
const restore = async (app: TestApp, file: Buffer, words = passphrase): Promise<unknown> => app.client.call('transfer.restore', { transferId: await upload(app, file), passphrase: words });
const titles = async ({ client }: TestApp): Promise<string[]> => (await client.call('conversations.list', {})).conversations.map(({ title }) => title);
async function withTalk(text: string): Promise<TestApp> {
  const app = open();
  await app.until('ready');
  await app.ask(`${text} !say fine`);
  return app;
}

describe('a backup file', () => {
  it('brings conversations and settings to another machine, with another key, and puts what was there aside', async () => {
    const one = await withTalk('Canarytalk');
    await one.client.call('settings.set', { theme: 'dark' });
    const file = await backupOf(one);
    expect(file.includes('Canarytalk')).toBe(false);
    const two = await withTalk('Other talk');
    const reset = two.next('app.reset');
    await restore(two, file);
    expect(await reset).toEqual({ why: 'restored' });
    expect(await titles(two)).toEqual(['Canarytalk !say fine']);
    expect((await two.client.call('app.hello', {})).settings.theme).toBe('dark');
    expect(readdirSync(two.dataDir).filter((name) => name.includes('before-restore'))).toHaveLength(1);
    await two.until('ready');
    expect((await two.ask('!tokens 2')).ended.reason).toBe('end');
  });

  it('opens only with its passphrase, and a second try needs no second upload', async () => {
    const app = await withTalk('A');
    const transferId = await upload(app, await backupOf(app));
    await expect(app.client.call('transfer.restore', { transferId, passphrase: 'wrong horse' })).rejects.toMatchObject({ code: 'wrong_passphrase' });
    await app.client.call('transfer.restore', { transferId, passphrase });
  });

  it('that is damaged anywhere, cut short, or no backup replaces nothing', async () => {
    const app = await withTalk('A');
    const file = await backupOf(app);
    await app.ask('B !say later');
    const flipped = [3, 10, 40, 200, 320, 5000, Math.floor(file.length / 2), file.length - 3].map((at) => {
      const copy = Buffer.from(file);
      copy[at]! ^= 0x10;
      return copy;
    });
    const bad = [...flipped, file.subarray(0, file.length - 200), file.subarray(0, 300), Buffer.concat([file, Buffer.from('x')]), Buffer.from('hello, this is a letter')];
    for (const each of bad) {
      const code = await restore(app, each).then(() => 'accepted', (thrown: { code: string }) => thrown.code);
      expect(['backup_invalid', 'wrong_passphrase', 'import_from_future']).toContain(code);
    }
    expect(await titles(app)).toHaveLength(2);
    expect(readdirSync(app.dataDir).filter((name) => name.includes('before-restore'))).toEqual([]);
  });

  it('leaves nothing beside the database when it is done', async () => {
    const app = await withTalk('A');
    await restore(app, await backupOf(app));
    const left = existsSync(join(app.dataDir, 'transfer')) ? readdirSync(join(app.dataDir, 'transfer')) : [];
    expect(left).toEqual([]);
  });

  it('does not replace anything while an answer is being made', async () => {
    const app = await withTalk('A');
    const file = await backupOf(app);
    const { conversation } = await app.client.call('conversations.create', {});
    await app.client.call('messages.send', { conversationId: conversation.id, text: '!tokens 2000 !rate 100', recurrence: { steps: 4 } });
    await expect(restore(app, file)).rejects.toMatchObject({ code: 'engine_busy' });
  });
});

describe('erasing everything', () => {
  it('removes keys, conversations, copies and the token, leaves what is not Plumb’s, and begins anew', async () => {
    const app = await withTalk('Canarytalk');
    const before = readFileSync(join(app.dataDir, 'key'));
    mkdirSync(join(app.dataDir, 'backups'), { recursive: true });
    for (const name of ['token', 'backups/x.backup', 'plumb.db.damaged-1', 'my-model.gguf']) writeFileSync(join(app.dataDir, name), 'content');
    const reset = app.next('app.reset');
    await app.client.call('app.eraseEverything', { confirm: 'erase everything' });
    expect(await reset).toEqual({ why: 'erased' });
    expect(await titles(app)).toEqual([]);
    expect(['token', 'backups', 'plumb.db.damaged-1', 'my-model.gguf'].map((name) => existsSync(join(app.dataDir, name)))).toEqual([false, false, false, true]);
    expect(readFileSync(join(app.dataDir, 'key')).equals(before)).toBe(false);
    await app.until('ready');
    expect((await app.ask('!tokens 2')).ended.reason).toBe('end');
  });

  it('needs the words, and works on a Plumb that nobody can open any more', async () => {
    const app = await withTalk('A');
    await expect(app.client.call('app.eraseEverything', { confirm: 'yes' as 'erase everything' })).rejects.toMatchObject({ code: 'bad_request' });
    await app.client.call('vault.setPassphrase', { current: null, next: 'forgotten words' });
    await app.client.call('vault.lock', {});
    await app.client.call('app.eraseEverything', { confirm: 'erase everything' });
    expect((await app.client.call('vault.state', {})).locked).toBe(false);
    expect(await titles(app)).toEqual([]);
  });
});

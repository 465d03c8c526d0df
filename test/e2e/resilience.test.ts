// Proves on the running app, in short: kills, a disk that fills up, a disk that cannot be written, two instances.
import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { makeDataDir, removeDataDir, startApp } from '../harness/app.js';
import { connect, whenReady } from '../harness/client.js';
import { killMany } from '../harness/kill.js';
import { openAppDatabase } from '../fakes/app-database.js';
import { canFail, canMount, fillMany, mountFailingDisk, mountSmallDisk } from '../harness/small-disk.js';

const canLimit = process.platform === 'linux' && spawnSync('prlimit', ['--fsize']).status === 0;
if (!canLimit) console.warn('SKIPPED: files that refuse to be written while the app runs need the program prlimit (Linux).');
if (!canFail) console.warn('SKIPPED: a file system that fails while the app runs needs root, loop devices and ext4.');

if (!canMount) console.warn('SKIPPED: full and read-only disks need root and the right to mount a tmpfs.');

it('six kills of app, engine and both leave the database whole, with every token that was owed', async () => {
  const summary = await killMany(6, 11, 1500);
  expect(summary.broken).toEqual([]);
});

describe.runIf(canMount)('a disk', () => {
  it('that fills up three times loses nothing that was acknowledged', async () => {
    expect(await fillMany(3, 5)).toMatchObject({ lost: [], integrity: 'ok' });
  });

  it('that cannot be written is named at the start', async () => {
    const disk = mountSmallDisk(16);
    try {
      disk.readOnly(true);
      await expect(startApp({ dataDir: disk.dir, engine: 'fake' })).rejects.toThrow(/cannot be written|read-only/i);
      disk.readOnly(false);
      const app = await startApp({ dataDir: disk.dir, engine: 'fake' });
      const client = await connect(app);
      await whenReady(client);
      const { conversation } = await client.call('conversations.create', {});
      await app.kill();
      const again = await startApp({ dataDir: disk.dir, engine: 'fake' });
      expect((await (await connect(again)).call('conversations.list', {})).conversations.map(({ id }) => id)).toEqual([conversation.id]);
      await again.stop();
    } finally {
      disk.remove();
    }
  });
});

/** Asks, and answers with the words of the reply and what its end said. */
async function answer(client: Awaited<ReturnType<typeof connect>>, conversationId: number, text: string, meanwhile?: () => void) {
  const ended = new Promise<{ code: string | null }>((done) => void client.on('run.ended', ({ error }) => done({ code: error?.code ?? null })));
  const { userMessage, reply } = await client.call('messages.send', { conversationId, text, recurrence: { steps: 4 } });
  meanwhile?.();
  const { code } = await ended;
  const { messages } = await client.call('conversations.open', { id: conversationId });
  return { code, userId: userMessage.id, replyId: reply.id, text: messages.find(({ id }) => id === reply.id)!.text };
}
const storedText = (dataDir: string, id: number): string | undefined => {
  const database = openAppDatabase(dataDir);
  try {
    return database.prepare<[number], string>('SELECT text FROM message WHERE id = ?').pluck().get(id);
  } finally {
    database.close();
  }
};

it.runIf(canLimit)('files that refuse every byte while an answer is made: it says so, goes on, and stores the answer when it can again', async () => {
  const app = await startApp({ engine: 'fake' });
  const refuse = (on: boolean) => void execFileSync('prlimit', ['--pid', String(app.process.pid), `--fsize=${on ? 0 : 'unlimited'}:unlimited`]);
  const client = await connect(app);
  await whenReady(client);
  const { conversation } = await client.call('conversations.create', {});
  const before = await answer(client, conversation.id, 'before !tokens 40 !rate 400');
  const during = await answer(client, conversation.id, 'during !tokens 200 !rate 200', () => refuse(true));
  expect([before.code, during.code]).toEqual([null, expect.stringMatching(/^(file_unwritable|disk_full)$/)]);
  await expect(client.call('messages.send', { conversationId: conversation.id, text: 'refused', recurrence: { steps: 4 } })).rejects.toMatchObject({ code: expect.stringMatching(/^(file_unwritable|disk_full)$/) });
  // Reading goes on, and what is not stored yet is shown.
  expect(during.text.length).toBeGreaterThan(100);
  expect((await client.call('conversations.list', {})).conversations).toHaveLength(1);
  refuse(false);
  // What waited is tried again by itself.
  await expect.poll(() => storedText(app.dataDir, during.replyId), { timeout: 30_000 }).toBe(during.text);
  const after = await answer(client, conversation.id, 'after !tokens 40 !rate 400');
  expect(after.code).toBeNull();
  client.close();
  await app.kill();
  for (const { replyId, text } of [before, during, after]) expect(storedText(app.dataDir, replyId)).toBe(text);
  removeDataDir(app.dataDir);
});

it.runIf(canFail)('a file system that fails and turns read-only while the app runs loses nothing acknowledged', async () => {
  const disk = mountFailingDisk(32);
  try {
    const app = await startApp({ dataDir: disk.dir, engine: 'fake' });
    const client = await connect(app);
    await whenReady(client);
    const { conversation } = await client.call('conversations.create', {});
    const before = await answer(client, conversation.id, 'before !tokens 40 !rate 400');
    const during = await answer(client, conversation.id, 'during !tokens 200 !rate 200', disk.fail);
    expect([before.code, during.code]).toEqual([null, 'file_unwritable']);
    // Long: such a kernel accepts, and loses, what fits into space a file has already, and says that it is on the disk.
    await expect(client.call('messages.send', { conversationId: conversation.id, text: 'refused '.repeat(4000), recurrence: { steps: 4 } })).rejects.toMatchObject({ code: 'file_unwritable' });
    expect(during.text.length).toBeGreaterThan(100);
    client.close();
    await app.kill();
    disk.repair();
    const again = await startApp({ dataDir: disk.dir, engine: 'fake' });
    const next = await connect(again);
    await whenReady(next);
    const { messages } = await next.call('conversations.open', { id: conversation.id });
    expect(messages.find(({ id }) => id === before.replyId)!.text).toBe(before.text);
    expect(messages.map(({ id }) => id)).toContain(during.userId);
    expect((await answer(next, conversation.id, 'after !tokens 40 !rate 400')).code).toBeNull();
    next.close();
    await again.stop();
  } finally {
    disk.remove();
  }
});

it('a second Plumb on the same folder ends at once, says where the first one is, and harms nothing', async () => {
  const dataDir = makeDataDir();
  const first = await startApp({ dataDir, engine: 'fake' });
  await expect(startApp({ dataDir, engine: 'fake' })).rejects.toThrow(/already running[^]*It is at http/);
  const client = await connect(first);
  await whenReady(client);
  expect((await client.call('conversations.list', {})).conversations).toEqual([]);
  await first.stop();
  removeDataDir(dataDir);
});

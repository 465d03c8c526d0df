// Proves on the running app, in short: kills, a disk that fills up, a disk that cannot be written, two instances.
import { describe, expect, it } from 'vitest';
import { makeDataDir, removeDataDir, startApp } from '../harness/app.js';
import { connect, whenReady } from '../harness/client.js';
import { killMany } from '../harness/kill.js';
import { canMount, fillMany, mountSmallDisk } from '../harness/small-disk.js';

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

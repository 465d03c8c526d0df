// Proves what the privacy report says: refused attempts of every process, and files as they are on the disk.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../../fakes/test-app.js';

let test: TestApp;
beforeEach(() => {
  test = startTestApp();
});
afterEach(() => test.dispose());
const report = () => test.client.call('privacy.report', {});
const attempt = (host: string) => ({ process: 'window' as const, kind: 'request' as const, host, atMs: 1 });

describe('the privacy report', () => {
  it('lists nothing refused at first, and says that this process is not locked', async () => {
    expect(await report()).toMatchObject({ locked: false, refusedTotal: 0, refused: [], exception: null });
  });

  it('counts every attempt, shows the last two hundred, newest first, and tells windows at once', async () => {
    const told = test.next('privacy.refused');
    for (let at = 1; at <= 250; at++) test.app.noteRefused(attempt(`${at}.example`));
    expect(await told).toMatchObject({ refusedTotal: 1, refused: { host: '1.example' } });
    const { refusedTotal, refused } = await report();
    expect([refusedTotal, refused.length, refused[0]?.host]).toEqual([250, 200, '250.example']);
  });

  it('hears the engine', async () => {
    await test.until('ready');
    const told = test.next('privacy.refused');
    // What the engine sends when its own lock refuses something.
    test.engines[0]!.emitRefused({ process: 'engine', kind: 'look-up', host: 'evil.example', atMs: 5 });
    expect((await told).refused).toEqual({ process: 'engine', kind: 'look-up', host: 'evil.example', atMs: 5 });
  });

  it('hears the reader of documents', async () => {
    const { collection } = await test.client.call('collections.create', { name: 'Papers' });
    const { uploadId } = await test.client.call('documents.beginUpload', { collectionId: collection.id, name: 'a.txt', sizeBytes: 1 });
    await test.client.call('documents.upload', { uploadId, offset: 0, base64: 'YQ==', last: true });
    await expect.poll(() => test.readers.length).toBe(1);
    const told = test.next('privacy.refused');
    test.readers[0]!.emitRefused({ process: 'reader', kind: 'connect', host: 'evil.example', atMs: 5 });
    expect((await told).refused).toMatchObject({ process: 'reader', host: 'evil.example' });
  });

  it('says of each thing on the disk how big it is and whether it can be read', async () => {
    writeFileSync(join(test.dataDir, 'plumb.backup-1.db'), randomBytes(4096));
    mkdirSync(join(test.dataDir, 'window'));
    writeFileSync(join(test.dataDir, 'window', 'Preferences'), '{"a":1}'.repeat(100));
    chmodSync(join(test.dataDir, 'window'), 0o755);
    const { stored } = await report();
    const by = (what: string) => stored.filter((each) => each.what === what);
    expect(by('backups')).toEqual([expect.objectContaining({ sizeBytes: 4096, protection: 'encrypted' })]);
    expect(by('window')).toEqual([expect.objectContaining({ files: 1, sizeBytes: 700, protection: 'plain', ownerOnly: false })]);
    expect(by('models')).toEqual([expect.objectContaining({ protection: 'public' })]);
    expect(by('conversations').map(({ path }) => path)).toContain(join(test.dataDir, 'plumb.db'));
  });
});

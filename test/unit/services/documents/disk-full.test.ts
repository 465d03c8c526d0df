// Proves that a full disk stops the queue with a reason and nothing half done, and that it goes on when there is room.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createDocuments, type Documents } from '../../../../core/services/documents/documents.js';
import { createEncoders } from '../../../../core/services/documents/encoders.js';
import { createLog } from '../../../../core/services/log.js';
import type { Writable } from '../../../../core/store/handles.js';
import type { Store } from '../../../../core/store/store.js';
import { startMemoryReader } from '../../../fakes/memory-reader.js';
import { openTestStore, removeDir } from '../../store/fixture.js';

let [dir, files, db, store, documents] = [] as unknown as [string, string, Writable, Store, Documents];
beforeEach(() => {
  ({ dir, db, store } = openTestStore());
  files = mkdtempSync(join(tmpdir(), 'plumb-files-'));
  documents = createDocuments({
    store, runs: { isBusy: () => false }, emit: () => undefined, log: createLog(() => undefined), now: Date.now, dataDir: dir,
    encoders: createEncoders({
      store, emit: () => undefined, log: createLog(() => undefined), isBusy: () => false, onRefused: () => undefined, expectedForkId: null,
      startEngine: () => Promise.reject(new Error('no engine here')), times: { helloTimeoutMs: 1, silenceMs: 1000, stallMs: 1000, idleMs: 1000 },
    }),
    startReader: () => startMemoryReader(), times: { startDelayMs: 0, retryMs: 30 },
  });
});
afterEach(() => {
  documents.close();
  store.close();
  for (const each of [dir, files]) removeDir(each);
  rmSync(files, { recursive: true, force: true });
});

const only = () => store.collections.list()[0]!;
const indexing = async () => (await documents.handlers['collections.list']({})).collections[0]!.indexing;

it.each(['by itself', 'when asked to'])('a full disk leaves the file waiting and the queue stuck; with room again it goes on %s', async (how) => {
  const { collection } = await documents.handlers['collections.create']({ name: 'Papers' });
  const path = join(files, 'long.txt');
  writeFileSync(path, Array.from({ length: 200 }, (_, page) => `page ${page} ${'many different words '.repeat(50)}`).join('\f'));
  const pages = db.pragma('page_count', { simple: true }) as number;
  db.pragma(`max_page_count = ${pages + 20}`);
  await documents.handlers['documents.add']({ collectionId: collection.id, paths: [path], watch: true });
  await expect.poll(indexing, { timeout: 10_000 }).toMatchObject({ state: 'stuck', error: { code: 'disk_full' } });
  await documents.idle();
  expect(only().passages).toBe(0);
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
  db.pragma('max_page_count = 1000000');
  if (how === 'when asked to') await documents.handlers['collections.resume']({ id: collection.id });
  await expect.poll(() => only().passages, { timeout: 20_000 }).toBe(200);
  await documents.idle();
  expect(db.prepare('SELECT count(*) FROM passage').pluck().get()).toBe(200);
  expect(await indexing()).toMatchObject({ state: 'idle', error: null });
});

// Proves that what a thread of the host, the engine or the reader tries is refused, and shows on the privacy page.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { removeDataDir, root, startApp } from '../harness/app.js';
import { connect, whenReady } from '../harness/client.js';

const folder = mkdtempSync(join(tmpdir(), 'plumb-threads-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Code that a package could bring along: it waits until the process is at work, then goes out from a thread. */
function script(name: string, before: string, host: string): string {
  const file = join(folder, name);
  const thread = `require('node:dns').lookup('dns.${host}', () => undefined); fetch('http://fetch.${host}/').catch(() => undefined);`;
  writeFileSync(file, `${before}
import { isMainThread } from 'node:worker_threads';
const start = () => { const { Worker } = process.getBuiltinModule('node:worker_threads'); new Worker(${JSON.stringify(thread)}, { eval: true }); };
if (isMainThread) setTimeout(start, 500);
`);
  return file;
}
const compiled = (path: string): string => `import ${JSON.stringify(pathToFileURL(join(root, 'dist', 'core', path)).href)};`;

it('the privacy page shows what threads of host, engine and reader tried', async () => {
  const { forkId } = JSON.parse(readFileSync(join(root, 'native', 'base.json'), 'utf8')) as { forkId: string };
  const app = await startApp({
    env: {
      NODE_OPTIONS: `--import ${pathToFileURL(script('host.mjs', '', 'host.example')).href}`,
      PLUMB_ENGINE: script('engine.mjs', compiled('engine/main.js'), 'engine.example'),
      PLUMB_FORK_ID: forkId,
      PLUMB_READER: script('reader.mjs', compiled('reading/main.js'), 'reader.example'),
    },
  });
  const client = await connect(app);
  await whenReady(client);
  const { collection } = await client.call('collections.create', { name: 'Papers' });
  const { uploadId } = await client.call('documents.beginUpload', { collectionId: collection.id, name: 'a.txt', sizeBytes: 1 });
  await client.call('documents.upload', { uploadId, offset: 0, base64: 'YQ==', last: true });
  const seen = async (): Promise<string[]> => (await client.call('privacy.report', {})).refused.map(({ process, kind, host }) => `${process} ${kind} ${host}`).toSorted();
  await expect.poll(seen, { timeout: 60_000 }).toEqual(['core', 'engine', 'reader'].flatMap((process) => {
    const host = process === 'core' ? 'host.example' : `${process}.example`;
    return [`${process} connect fetch.${host}`, `${process} look-up dns.${host}`];
  }));
  client.close();
  await app.stop();
  removeDataDir(app.dataDir);
});

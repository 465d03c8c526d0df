// Proves that Plumb works where there is no network at all, and that app and engine ask the system for no connection to another machine.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { makeDataDir, removeDataDir, root } from '../harness/app.js';
import { connect, whenReady } from '../harness/client.js';
import { makePdf } from '../harness/documents.js';

const folder = mkdtempSync(join(tmpdir(), 'plumb-silence-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const works = (command: string, args: string[]): boolean => spawnSync(command, args, { stdio: 'ignore' }).status === 0;
const silent = [process.execPath, join(root, 'scripts', 'test-silent.mjs')] as const;
const already = process.env['PLUMB_SILENT'] === '1';
const emptyNamespace = !already && works(silent[0], [silent[1], '--possible']);
const traceable = process.platform === 'linux' && works('strace', ['-o', '/dev/null', 'true']);
if (!emptyNamespace && !already) console.warn('SKIPPED: no empty network namespace can be made here (Linux, namespaces allowed, and the programs unshare and ip). Plumb without a network is not proven by this run.');
if (!traceable) console.warn('SKIPPED: strace is not here or may not trace. The system calls of app and engine are not checked by this run.');

/** The short version of `npm run test:silent`, which runs all of them: suites that use the app as a person does, the built-in model on the real engine, and the whole window on the fake one. */
const representative = ['test/e2e/first-launch.test.ts', 'test/e2e/window.test.ts'];

describe('where there is no network at all', () => {
  it.skipIf(!emptyNamespace)('the window, the first launch and the real engine work all the same', async () => {
    const child = spawn(silent[0], [silent[1], '--ready', ...representative], { cwd: root, env: { ...process.env, VITEST: undefined, VITEST_WORKER_ID: undefined, VITEST_POOL_ID: undefined, NO_COLOR: '1' }, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += String(data)));
    const code = await new Promise((done) => void child.on('close', done));
    expect([code, /Test Files +2 passed/.test(output)], output.slice(-3000)).toEqual([0, true]);
  }, 900_000);
});

/** System calls that name an address which is neither this machine nor a local socket. */
function outsideCalls(trace: string): string[] {
  return trace.split('\n').filter((line) => /AF_INET6?|AF_PACKET/.test(line) && /\b(?:connect|sendto|sendmsg|sendmmsg|bind)\(/.test(line) && !/inet_addr\("127\.|sin_addr=.*127\.0\.0\.1|"::1"/.test(line));
}

describe('the system calls of app and engine', () => {
  it.skipIf(!traceable)('name no address but this machine’s, from the start through an answer to the end', async () => {
    const dataDir = makeDataDir();
    const child = spawn('strace', ['-ff', '-qq', '-e', 'trace=connect,sendto,sendmsg,sendmmsg,bind,socket', '-o', join(folder, 'trace'), process.execPath, join(root, 'dist', 'server', 'main.js'), '--data-dir', dataDir], { cwd: root, env: { ...process.env, PLUMB_ENGINE: undefined }, stdio: ['ignore', 'pipe', 'pipe'] });
    const url = await new Promise<string>((done, fail) => {
      let output = '';
      child.stdout.on('data', (data: Buffer) => {
        output += String(data);
        const found = /Plumb is at (\S+)/.exec(output)?.[1];
        if (found) done(found);
      });
      child.on('close', () => fail(new Error(output)));
    });
    const client = await connect({ url, port: Number(new URL(url).port) });
    await whenReady(client);
    const { conversation } = await client.call('conversations.create', {});
    const ended = new Promise((done) => void client.on('run.ended', done));
    await client.call('messages.send', { conversationId: conversation.id, text: 'A ball is under cup 1. Swap 1 and 2. Where is the ball?', recurrence: { steps: 4 } });
    await ended;
    // A document that is read by the reader process, and a question to it.
    const { collection } = await client.call('collections.create', { name: 'Papers' });
    const indexed = new Promise<void>((done) => void client.on('document.changed', ({ document }) => document.state === 'ready' && done()));
    const pdf = Buffer.from(await makePdf([['Harbour', 'The harbour master is called Ilse Brandt.']]));
    const { uploadId } = await client.call('documents.beginUpload', { collectionId: collection.id, name: 'harbour.pdf', sizeBytes: pdf.length });
    await client.call('documents.upload', { uploadId, offset: 0, base64: pdf.toString('base64'), last: true });
    await indexed;
    const asked = (await client.call('conversations.create', {})).conversation;
    const answered = new Promise((done) => void client.on('run.ended', done));
    await client.call('messages.send', { conversationId: asked.id, text: 'Who is the harbour master?', ask: { collectionId: collection.id }, recurrence: { steps: 4 } });
    await answered;
    const { locked, refusedTotal } = await client.call('privacy.report', {});
    client.close();
    const host = Number(JSON.parse(readFileSync(join(dataDir, 'running.json'), 'utf8')).pid);
    process.kill(host, 'SIGTERM');
    await new Promise((done) => (child.exitCode === null ? child.once('close', done) : done(null)));
    removeDataDir(dataDir);
    const traces = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
    // The trace saw the host's own door, or it saw nothing.
    expect(traces.join('\n')).toMatch(/bind\(.*127\.0\.0\.1/);
    expect(traces.flatMap(outsideCalls)).toEqual([]);
    expect([locked, refusedTotal]).toEqual([true, 0]);
    expect(existsSync(dataDir)).toBe(false);
  }, 300_000);
});

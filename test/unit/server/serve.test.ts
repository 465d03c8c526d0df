// Proves how the browser host starts, refuses to start, and ends; and how an engine process is held.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createLog } from '../../../core/services/log.js';
import { startChild } from '../../../server/child.js';
import { startTestHost, type TestHost } from './fixture.js';

const hosts: TestHost[] = [];
async function start(options: Parameters<typeof startTestHost>[0] = {}): Promise<TestHost> {
  const host = await startTestHost(options);
  hosts.push(host);
  return host;
}
afterEach(async () => {
  for (const host of hosts.splice(0)) await host.dispose();
});

describe('starting', () => {
  it('takes the port it is told, and says so when another program has it', async () => {
    const blocker = createServer();
    await new Promise<void>((done) => void blocker.listen(0, '127.0.0.1', done));
    const { port } = blocker.address() as AddressInfo;
    await expect(start({ port })).rejects.toMatchObject({ code: 'port_taken', message: expect.stringContaining(String(port)) });
    await new Promise((done) => blocker.close(done));
    expect((await start({ port })).port).toBe(port);
  });

  it('leaves nothing locked behind when it fails', async () => {
    const first = await start();
    const shared = join(first.projectRoot, 'shared');
    await expect(start({ port: first.port, dataDir: shared })).rejects.toMatchObject({ code: 'port_taken' });
    await start({ dataDir: shared });
  });

  it('refuses a data folder that is in use and says where', async () => {
    const first = await start();
    await expect(start({ dataDir: first.dataDir })).rejects.toMatchObject({ code: 'already_running', running: { pid: process.pid, url: first.url } });
    expect(JSON.parse(readFileSync(join(first.dataDir, 'running.json'), 'utf8'))).toMatchObject({ url: first.url });
  });
});

describe('ending', () => {
  it('closes the database and takes the traces of running away', async () => {
    const host = await start();
    await host.close();
    expect(['plumb.db', 'plumb.db-wal', 'running.json'].map((name) => existsSync(join(host.dataDir, name)))).toEqual([true, false, false]);
    await host.close();
  });
});

describe('an engine process', () => {
  const script = join(tmpdir(), `plumb-engine-${process.pid}.mjs`);
  const run = (source: string, env: Record<string, string> = {}): ReturnType<typeof startChild> => {
    writeFileSync(script, source);
    return startChild({ name: 'engine', script, env }, createLog((line) => lines.push(line), 'debug'));
  };
  let lines: string[] = [];
  afterEach(() => void (lines = []));

  it('carries messages both ways with typed arrays and NaN intact, and sees only the environment it is given', async () => {
    const engine = run('process.on("message", (m) => process.send({ back: m, secret: process.env.SECRET ?? null, given: process.env.GIVEN }))', { GIVEN: 'yes' });
    process.env.SECRET = 'x';
    const answer = new Promise((done) => void engine.pipe.onMessage(done));
    engine.pipe.send({ logits: new Float32Array([1, Number.NaN]) });
    expect(await answer).toEqual({ back: { logits: new Float32Array([1, Number.NaN]) }, secret: null, given: 'yes' });
    delete process.env.SECRET;
    engine.kill();
    expect(await engine.exited).toBe('signal SIGKILL');
  });

  it('that ends says how, and what it wrote is in the log at the lowest level only', async () => {
    const engine = run('console.log("hello from below"); process.exit(7)');
    const gone = new Promise((done) => void engine.pipe.onClose(done));
    expect([await engine.exited, await gone]).toEqual(['exit code 7', 'the engine closed its channel']);
    engine.pipe.send({ late: true });
    expect(lines).toEqual([expect.stringContaining(' debug engine {"line":"hello from below"}')]);
  });

  it('that cannot start says so', async () => {
    const engine = startChild({ name: 'engine', script: '/nowhere/engine.js', env: {} }, createLog(() => undefined));
    expect(await engine.exited).toBe('exit code 1');
  });
});

// Only the fork loads with the fork's options: never the stock binary, never another fork.
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import { forkId, forkOptions, temporaryFolder } from './fork-engine.js';

const folder = temporaryFolder();
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

// a process each: node-llama-cpp keeps one binary per process; a file, because it starts a copy of itself to test a binary
async function load(options: object): Promise<string> {
  const script = path.join(folder, 'load.mjs');
  fs.writeFileSync(script, `
    const { getLlama } = await import(${JSON.stringify(import.meta.resolve('node-llama-cpp'))});
    try {
      const llama = await getLlama(${JSON.stringify({ logLevel: 'error', progressLogs: false, ...options })});
      console.log(String(llama._bindings.plumbForkId?.()));
      process.exit(0);
    } catch (error) {
      console.log(error.constructor.name);
      process.exit(0);
    }`);
  const { stdout } = await promisify(execFile)(process.execPath, [script]);
  return stdout.trim().split('\n').at(-1)!;
}

it('loads the fork that base.json names', async () => {
  expect(await load(forkOptions)).toBe(forkId);
});

it('finds nothing for another fork id, rather than the stock binary', async () => {
  expect(await load({ ...forkOptions, cmakeOptions: { PLUMB_FORK: '000000000000' } })).toBe('NoBinaryFoundError');
});

it('can tell the stock binary by what it lacks', async () => {
  expect(await load({ gpu: false, build: 'never' })).toBe('undefined');
});

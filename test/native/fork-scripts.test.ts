// The guards of the fork's scripts: what would otherwise go wrong in silence stops with a sentence.
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from './fork-engine.js';

const root = path.resolve(import.meta.dirname, '..', '..');
const folder = temporaryFolder();
const native = path.join(folder, 'native');
const tree = path.join(folder, '.cache', 'native', 'llama.cpp');

function run(...args: string[]): Promise<{ code: number; text: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [path.join(native, 'scripts', 'native.mjs'), ...args], { env: { ...process.env, PLUMB_CACHE_DIR: path.join(folder, 'cache') } }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), text: stdout + stderr });
    });
  });
}

/** Runs `patch` on a copy of native/ with one file changed, and puts the file back. */
async function patchWith(file: string, edit: (text: string) => string): Promise<{ code: number; text: string }> {
  const target = path.join(native, file);
  const before = fs.readFileSync(target, 'utf8');
  const after = edit(before);
  expect(after).not.toBe(before);
  fs.writeFileSync(target, after);
  try {
    return await run('patch', '--force');
  } finally {
    fs.writeFileSync(target, before);
  }
}

beforeAll(async () => {
  fs.cpSync(path.join(root, 'native'), native, { recursive: true });
  fs.symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'), 'junction');
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

describe('the work tree of the fork', () => {
  it('comes out as base.json expects, and is left alone the second time', async () => {
    const first = await run('patch');
    expect(first.text).toMatch(/tree [0-9a-f]{12} as expected/);
    expect(first.code).toBe(0);
    expect(await run('patch')).toEqual({ code: 0, text: '' });
  });

  it('is not thrown away when a file in it was edited', async () => {
    fs.appendFileSync(path.join(tree, 'src', 'models', 'huginn.cpp'), '// an idea\n');
    const { code, text } = await run('patch');
    expect(text).toMatch(/has edited files.*native:export/);
    expect(code).toBe(1);
    expect(fs.readFileSync(path.join(tree, 'src', 'models', 'huginn.cpp'), 'utf8')).toContain('// an idea');
  });

  it('goes back into patches and overlay by export, which changes nothing but what was edited', async () => {
    const files = (dir: string): Record<string, string> => Object.fromEntries(fs.readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name)).map((name) => [path.relative(native, name), fs.readFileSync(name, 'utf8')]));
    const before = files(native);
    const { code, text } = await run('export');
    expect(text).toMatch(/lines added and 1 removed upstream/);
    expect(code).toBe(0);
    const after = files(native);
    const changed = Object.keys({ ...before, ...after }).filter((name) => before[name] !== after[name]).sort();
    expect(changed).toEqual(['base.json', path.join('overlay', 'src', 'models', 'huginn.cpp')]);
    for (const name of changed) fs.writeFileSync(path.join(native, name), before[name]!);
  });

  it('stops at another base', async () => {
    const { code, text } = await patchWith('base.json', (json) => json.replace(/"baseTree": "[0-9a-f]{4}/, '"baseTree": "0000'));
    expect(text).toMatch(/the bundle holds tree [0-9a-f]{40}, but base.json pins 0000/);
    expect(code).toBe(1);
  });

  it('stops at a patch that was made for another version of a file', async () => {
    const { code, text } = await patchWith('patches/kv-cache.patch', (patch) => patch.replace(/^index [0-9a-f]{4}/m, 'index 0000'));
    expect(text).toMatch(/kv-cache\.patch expects src\/llama-kv-cache\.cpp to be blob 0000/);
    expect(code).toBe(1);
  });

  it('stops when patches apply but the tree is another one', async () => {
    const { code, text } = await patchWith('overlay/src/models/huginn.cpp', (source) => source + '\n// one line more\n');
    expect(text).toMatch(/the patched tree is [0-9a-f]{40}, but base\.json expects/);
    expect(code).toBe(1);
  });

  it('stops when a file of ours would hide one of the base', async () => {
    const intruder = path.join(native, 'overlay', 'src', 'llama-sampler.h');
    fs.writeFileSync(intruder, '// hides the real one\n');
    const { code, text } = await run('patch', '--force');
    fs.rmSync(intruder);
    expect(text).toMatch(/overlay\/src\/llama-sampler\.h would overwrite/);
    expect(code).toBe(1);
  });

  it('stops at another version of the package', async () => {
    const { code, text } = await patchWith('base.json', (json) => json.replace(/"packageVersion": "[^"]*"/, '"packageVersion": "3.0.0"'));
    expect(text).toMatch(/is pinned to 3\.0\.0.*npm ci/);
    expect(code).toBe(1);
  });
});

describe('a machine without tools', () => {
  it('is told which are missing and how to install them', async () => {
    const { code, text } = await new Promise<{ code: number; text: string }>((resolve) => {
      execFile(process.execPath, [path.join(native, 'scripts', 'native.mjs'), 'build', '--force'], { env: { PATH: folder, PLUMB_CACHE_DIR: path.join(folder, 'cache') } },
        (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), text: stdout + stderr }));
    });
    expect(text).toMatch(/needs git and cmake and a C\+\+17 compiler, not found/);
    expect(text).toMatch(/apt install git cmake g\+\+/);
    expect(code).toBe(1);
  });
});

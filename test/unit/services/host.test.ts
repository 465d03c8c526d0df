// Proves what both hosts share: where data lies, which files a page has, which engine is expected.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dataDirOf } from '../../../core/services/host/data-dir.js';
import { engineEnv, engineStart, readerStart } from '../../../core/services/host/engine-start.js';
import { pageFiles } from '../../../core/services/host/page-files.js';

let root: string;
beforeEach(() => void (root = mkdtempSync(join(tmpdir(), 'plumb-unit-'))));
afterEach(() => rmSync(root, { recursive: true }));

describe('the data folder', () => {
  it.each([
    ['what was asked for', '/asked', { PLUMB_DATA_DIR: '/env' }, 'linux', '/asked'],
    ['PLUMB_DATA_DIR', undefined, { PLUMB_DATA_DIR: '/env' }, 'linux', '/env'],
    ['XDG_DATA_HOME on Linux', undefined, { XDG_DATA_HOME: '/xdg' }, 'linux', '/xdg/plumb'],
    ['the usual place on Linux', undefined, {}, 'linux', '/home/me/.local/share/plumb'],
    ['Application Support on macOS', undefined, {}, 'darwin', '/home/me/Library/Application Support/Plumb'],
    ['the local profile on Windows', undefined, { LOCALAPPDATA: '/local' }, 'win32', '/local/Plumb'],
  ] as const)('is %s', (_what, asked, env, platform, expected) => {
    expect(dataDirOf(asked, env, platform, '/home/me')).toBe(expected);
  });
});

describe('the files of the page', () => {
  it('are those in the folder with a known type, and nothing behind links', () => {
    mkdirSync(join(root, 'page', 'assets'), { recursive: true });
    for (const name of ['index.html', 'assets/a.js', 'assets/a.js.map', 'notes.txt']) writeFileSync(join(root, 'page', name), 'x');
    writeFileSync(join(root, 'secret.js'), 'x');
    symlinkSync(join(root, 'secret.js'), join(root, 'page', 'link.js'));
    const files = pageFiles(join(root, 'page'), "'none'");
    expect([...files.keys()].sort()).toEqual(['/', '/assets/a.js', '/index.html']);
    expect(files.get('/')?.headers['content-security-policy']).toContain("connect-src 'none'");
  });

  it('are none when the page was not built', () => {
    expect(pageFiles(join(root, 'absent'), "'self'").size).toBe(0);
  });
});

describe('the engine to start', () => {
  it('must be the fork that the base names', () => {
    mkdirSync(join(root, 'native'));
    writeFileSync(join(root, 'native', 'base.json'), JSON.stringify({ forkId: '0123456789ab' }));
    expect(engineStart(root, {})).toEqual({ name: 'engine', script: join(root, 'dist', 'core', 'engine', 'main.js'), expectedForkId: '0123456789ab', env: {} });
  });

  it('is unknown without a base and with one that names none', () => {
    expect(engineStart(root, {}).expectedForkId).toBeNull();
    mkdirSync(join(root, 'native'));
    writeFileSync(join(root, 'native', 'base.json'), JSON.stringify({ forkId: '' }));
    expect(engineStart(root, {}).expectedForkId).toBeNull();
  });

  it('can be replaced for tests', () => {
    expect(engineStart(root, { PLUMB_ENGINE: '/fake.mjs' })).toMatchObject({ script: '/fake.mjs', expectedForkId: 'fakefakefake' });
  });

  it('gets what it needs of the environment and no secrets', () => {
    expect(engineEnv({ PATH: '/bin', CUDA_VISIBLE_DEVICES: '0', PLUMB_ENGINE_THREADS: '2', AWS_SECRET_ACCESS_KEY: 's', NODE_OPTIONS: '--inspect', GITHUB_TOKEN: 't' })).toEqual({
      PATH: '/bin', CUDA_VISIBLE_DEVICES: '0', PLUMB_ENGINE_THREADS: '2',
    });
  });
});

describe('the reader to start', () => {
  it('sees even less than the engine, and can be replaced for tests', () => {
    const env = { PATH: '/bin', TMPDIR: '/t', HOME: '/home/me', CUDA_VISIBLE_DEVICES: '0', LD_PRELOAD: 'x', NODE_OPTIONS: '--inspect', PLUMB_READER_MEMORY_MB: '100', GITHUB_TOKEN: 't' };
    expect(readerStart('/root', env)).toEqual({ name: 'reader', script: join('/root', 'dist', 'core', 'reading', 'main.js'), env: { PATH: '/bin', TMPDIR: '/t', PLUMB_READER_MEMORY_MB: '100' } });
    expect(readerStart('/root', { PLUMB_READER: '/fake.mjs' }).script).toBe('/fake.mjs');
  });
});

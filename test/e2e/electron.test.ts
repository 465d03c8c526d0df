// Proves the Electron host with the real Electron, where its binary is: first screen, an answer, no way out. Skipped, and loudly, elsewhere.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { _electron, type ElectronApplication } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeDataDir, removeDataDir, root } from '../harness/app.js';
import { ask, bodyText, field } from '../harness/window.js';

const folder = join(root, 'node_modules', 'electron');
const pathFile = join(folder, 'path.txt');
const binary = existsSync(pathFile) ? join(folder, 'dist', readFileSync(pathFile, 'utf8')) : '';
const runs = binary !== '' && existsSync(binary) && process.getuid?.() !== 0;
if (!runs) console.warn('SKIPPED: Electron’s binary is not here, or this is root, for whom its sandbox does not run. Nothing about the real Electron is proven by this run.');

describe.skipIf(!runs)('Plumb in Electron', () => {
  let app: ElectronApplication;
  const dataDir = makeDataDir();
  beforeAll(async () => {
    app = await _electron.launch({ executablePath: binary, args: [root, `--data-dir=${dataDir}`], env: { ...process.env, PLUMB_ENGINE: join(root, 'test', 'fakes', 'engine.mjs') } as Record<string, string> });
  });
  afterAll(async () => {
    await app.close();
    removeDataDir(dataDir);
  });

  it('shows its window and answers', async () => {
    const page = await app.firstWindow();
    expect(page.url()).toBe('plumb://app/');
    await field(page).waitFor();
    await ask(page, 'Hello !say It answers.');
    expect(await bodyText(page)).toContain('It answers');
  });

  it('lets its page reach nothing and nobody', async () => {
    const page = await app.firstWindow();
    const got = await page.evaluate(async () => {
      const tried = [fetch('https://example.org/'), fetch('file:///etc/passwd'), fetch('http://127.0.0.1:1/')];
      return [(await Promise.allSettled(tried)).map(({ status }) => status), typeof (globalThis as Record<string, unknown>)['require'], window.open('https://example.org/')];
    });
    expect(got).toEqual([['rejected', 'rejected', 'rejected'], 'undefined', null]);
  });
});

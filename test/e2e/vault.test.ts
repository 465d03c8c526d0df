// Proves the vault in the window: a passphrase set, locked with nothing left to see, wrong tries, unlocked, a restart, the recovery code.
import { AxeBuilder } from '@axe-core/playwright';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { removeDataDir, startApp, type RunningApp } from '../harness/app.js';
import { launchBrowser, openPage, type OpenedPage } from '../harness/browser.js';
import { makeModelFolder, type ModelFolder } from '../harness/models.js';
import { ask, bodyText, field } from '../harness/window.js';

const canary = 'zebracanary4711';
const passphrase = 'correct horse battery';
let models: ModelFolder;
let browser: Browser;
let app: RunningApp;
let opened: OpenedPage;
let page: Page;

const start = (dataDir?: string) => startApp({ engine: 'fake', env: { PLUMB_RESOURCES: models.resources }, ...(dataDir !== undefined && { dataDir }) });
beforeAll(async () => {
  models = await makeModelFolder();
  browser = await launchBrowser();
});
beforeEach(async () => {
  app = await start();
  opened = await openPage(browser, app);
  ({ page } = opened);
});
afterEach(async () => {
  await opened.context.close();
  await app.stop();
  removeDataDir(app.dataDir);
  expect(opened.complaints).toEqual([]);
});
afterAll(async () => {
  await browser.close();
  models.remove();
});

const lockScreen = () => page.getByRole('heading', { name: 'Plumb is locked' });
const typeIn = (name: string, text: string) => page.getByRole('textbox', { name, exact: true }).or(page.getByLabel(name, { exact: true })).first().fill(text);

/** Sets a passphrase through the settings and answers with the recovery code that was shown. */
async function protect(): Promise<string> {
  await page.getByRole('button', { name: 'Settings', exact: true }).click();
  await page.getByRole('button', { name: 'Set a passphrase…' }).click();
  await typeIn('New passphrase', passphrase);
  await typeIn('New passphrase, again', passphrase);
  await page.getByRole('button', { name: 'Set passphrase' }).click();
  const code = await page.locator('.recovery-print code').innerText({ timeout: 20_000 });
  await page.getByLabel('To check that you have it').fill(code.slice(-4));
  await page.getByRole('button', { name: 'I have written it down' }).click();
  await page.keyboard.press('Escape');
  return code;
}

async function unlock(text: string): Promise<void> {
  await page.getByLabel('Passphrase', { exact: true }).fill(text);
  await page.getByRole('button', { name: 'Unlock' }).click();
}

describe('a vault with a passphrase', () => {
  it('locked leaves nothing of the conversation in the page, and gives it back after unlocking', async () => {
    await ask(page, `Tell me about ${canary} !say It is ${canary} indeed.`);
    await field(page).fill(`unsent ${canary}`);
    const second = await openPage(browser, app);
    await second.page.getByText(canary).first().waitFor();
    await protect();
    await expect.poll(() => page.getByRole('button', { name: /What Plumb promises|Encrypted/ }).first().innerText()).toContain('locks after 10 min');

    expect(await heapOf(page)).toContain(canary);
    await page.keyboard.press('Control+Shift+K');
    await lockScreen().waitFor();
    await second.page.getByRole('heading', { name: 'Plumb is locked' }).waitFor();
    for (const each of [page, second.page]) {
      await each.waitForLoadState();
      expect(await each.content()).not.toContain(canary);
      expect(await each.title()).toBe('Plumb');
      expect(each.url()).not.toMatch(/#c\d/);
      const stored = await each.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, history.state]));
      expect(stored).not.toContain(canary);
    }
    expect(await heapOf(page)).not.toContain(canary);
    expect(opened.complaints.concat(second.complaints)).toEqual([]);
    await second.context.close();
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);

    await unlock('not the passphrase');
    await expect.poll(() => page.getByRole('alert').innerText()).toContain('does not open Plumb');
    expect(await page.getByLabel('Passphrase', { exact: true }).inputValue()).toBe('');
    await unlock(passphrase);
    await page.getByRole('button', { name: new RegExp(`^Tell me about ${canary}`) }).first().click();
    await expect.poll(() => bodyText(page)).toContain(`${canary} indeed`);
    await ask(page, 'And more !say Of course.');
    expect(await bodyText(page)).toContain('Of course');
  });

  it('asks again after a restart, makes a guesser wait, and holds no readable word on disk', async () => {
    await ask(page, `About ${canary} !tokens 3`);
    await protect();
    const { dataDir } = app;
    await opened.context.close();
    await app.stop();
    app = await start(dataDir);
    opened = await openPage(browser, app);
    ({ page } = opened);
    await lockScreen().waitFor();
    const files = readdirSync(dataDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    expect(files.filter((path) => readFileSync(path).includes(canary))).toEqual([]);
    expect(files.some((path) => path.endsWith('/key'))).toBe(false);
    for (let slip = 0; slip < 3; slip++) {
      await unlock(`guess ${slip}`);
      await expect.poll(() => page.getByRole('alert').innerText()).toContain('does not open Plumb');
    }
    // The button waits with the person: this takes as long as the wait.
    await unlock(passphrase);
    await page.getByText(canary).first().waitFor();
  });

  it('forgotten is opened by the recovery code, which asks for a new one', async () => {
    await ask(page, `About ${canary} !tokens 3`);
    const code = await protect();
    await page.getByRole('button', { name: 'Lock', exact: true }).click();
    await lockScreen().waitFor();
    await page.getByRole('button', { name: 'Use the recovery code' }).click();
    await page.getByLabel('Recovery code').fill(code.toLowerCase().replaceAll('-', ' '));
    await page.getByRole('button', { name: 'Unlock' }).click();
    await page.getByRole('button', { name: 'Change…' }).click();
    await typeIn('New passphrase', 'a wholly new one');
    await typeIn('New passphrase, again', 'a wholly new one');
    await page.getByRole('button', { name: 'Change passphrase' }).click();
    await page.getByText('The passphrase was changed.').first().waitFor({ timeout: 20_000 });
    await page.keyboard.press('Control+Shift+K');
    await lockScreen().waitFor();
    await unlock('a wholly new one');
    await page.getByText(canary).first().waitFor();
  });
});

/** Every string the page's scripts still hold, as the browser's own heap snapshot lists them. */
async function heapOf(target: Page): Promise<string> {
  const session = await target.context().newCDPSession(target);
  const chunks: string[] = [];
  session.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => chunks.push(chunk));
  await session.send('HeapProfiler.enable');
  await session.send('HeapProfiler.collectGarbage');
  await session.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
  await session.detach();
  return chunks.join('');
}

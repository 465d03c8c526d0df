// Proves in the window: export and import, the temporary chat, backup and restore, erasing everything.
import { AxeBuilder } from '@axe-core/playwright';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Download, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { removeDataDir, startApp, type RunningApp } from '../harness/app.js';
import { launchBrowser, openPage, type OpenedPage } from '../harness/browser.js';
import { ask as askIn, bodyText, field } from '../harness/window.js';

let browser: Browser;
let app: RunningApp;
let opened: OpenedPage;
let page: Page;
let downloads: string;

beforeAll(async () => void (browser = await launchBrowser()));
beforeEach(async () => {
  downloads = mkdtempSync(join(tmpdir(), 'plumb-test-'));
  app = await startApp({ engine: 'fake' });
  opened = await openPage(browser, app);
  ({ page } = opened);
});
afterEach(async () => {
  await opened.context.close();
  await app.stop();
  removeDataDir(app.dataDir);
  rmSync(downloads, { recursive: true });
  expect(opened.complaints).toEqual([]);
});
afterAll(() => browser.close());

const ask = (text: string) => askIn(page, text);
const rows = () => page.getByRole('navigation', { name: 'Conversations' }).locator('.row-title').allInnerTexts();
const openSettings = () => page.getByRole('button', { name: 'Settings', exact: true }).click();
async function saved(work: () => Promise<unknown>): Promise<string> {
  const [download] = await Promise.all([page.waitForEvent('download'), work()]) as [Download, unknown];
  const path = join(downloads, download.suggestedFilename());
  await download.saveAs(path);
  return path;
}

it('a conversation is exported as a web page that opens by itself and runs nothing, and everything as JSON that is recognised when it comes back', async () => {
  await ask('Where is the ball? !say It is under **cup 3**.');
  const html = await saved(async () => {
    await page.getByRole('button', { name: /^More for/ }).click();
    await page.getByRole('menuitem', { name: 'Export…' }).click();
    await page.getByText('Web page', { exact: true }).click();
    await page.getByRole('button', { name: 'Export', exact: true }).click();
  });
  const reader = await browser.newPage();
  const requests: string[] = [];
  reader.on('request', (request) => void requests.push(request.url()));
  await reader.goto(`file://${html}`);
  expect(await reader.locator('strong').innerText()).toBe('cup 3');
  expect(requests).toEqual([pathToFileURL(html).href]);
  expect((await new AxeBuilder({ page: reader as never }).withTags(['wcag2a', 'wcag2aa']).analyze().catch(() => ({ violations: [] }))).violations).toEqual([]);
  await reader.close();

  await openSettings();
  const json = await saved(async () => {
    await page.getByRole('button', { name: 'Export everything…' }).click();
    await page.getByText('JSON', { exact: true }).click();
    await page.getByRole('button', { name: 'Export', exact: true }).click();
  });
  expect(JSON.parse(readFileSync(json, 'utf8'))).toMatchObject({ format: 'plumb-export', conversations: [{ messages: [{}, { run: { recurrence: {} } }] }] });
  await openSettings();
  await page.locator('input[type=file]').first().setInputFiles(json);
  await expect.poll(() => page.locator('.toasts').innerText()).toContain('1 was here already');
});

it('a temporary chat says what it is, is not listed, and is gone when it is left; kept, it is in the list', async () => {
  await page.getByRole('button', { name: /^Temporary chat/ }).click();
  await expect.poll(() => page.getByRole('note').first().innerText()).toContain('In memory only');
  await ask('Secret plan !say Hidden answer.');
  expect(await rows()).toEqual([]);
  // The page must hold still for the contrast check: no tips, no fading.
  await page.mouse.move(2, 2);
  await page.waitForTimeout(400);
  if (process.env['PLUMB_SCREENS']) await page.screenshot({ path: join(process.env['PLUMB_SCREENS'], 'temporary.png') });
  expect((await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']).analyze()).violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 160)}`)).toEqual([]);
  await page.getByRole('button', { name: 'Close it' }).click();
  await expect.poll(() => bodyText(page)).not.toContain('Hidden answer');
  await page.keyboard.press('Control+Shift+E');
  await expect.poll(() => page.getByRole('note').first().innerText()).toContain('Temporary chat');
  await ask('Worth keeping !say Yes.');
  await page.getByRole('button', { name: 'Keep this chat' }).click();
  await expect.poll(rows).toEqual(['Worth keeping !say Yes.']);
  expect(await page.locator('.temporary-band').count()).toBe(0);
});

it('a backup brings everything back after everything was erased', async () => {
  await ask('Remember me !say I do.');
  await openSettings();
  if (process.env['PLUMB_SCREENS']) await page.locator('dialog[open]').screenshot({ path: join(process.env['PLUMB_SCREENS'], 'settings.png') });
  await page.getByRole('button', { name: 'Back up…' }).click();
  await page.getByLabel('Passphrase', { exact: true }).fill('correct horse');
  await page.getByLabel('Once more').fill('correct horse');
  const backup = await saved(() => page.getByRole('button', { name: 'Save the backup' }).click());
  await openSettings();
  await page.getByRole('button', { name: 'Erase…' }).click();
  expect(await page.getByRole('button', { name: 'Erase everything', exact: true }).isDisabled()).toBe(true);
  await page.getByLabel('Type ERASE to confirm').fill('ERASE');
  await page.getByRole('button', { name: 'Erase everything', exact: true }).click();
  await expect.poll(rows).toEqual([]);
  await expect.poll(() => field(page).isVisible()).toBe(true);
  await openSettings();
  await page.getByRole('button', { name: 'Restore…' }).click();
  await page.locator('input[type=file][accept=".plumb-backup"]').setInputFiles(backup);
  await page.getByLabel('Its passphrase').fill('correct horse');
  await page.getByRole('button', { name: 'Replace everything' }).click();
  await expect.poll(rows).toEqual(['Remember me !say I do.']);
});

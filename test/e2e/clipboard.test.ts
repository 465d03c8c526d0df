// Proves that a copied answer does not stay on the clipboard where that was asked for, and that what another program put there does.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { removeDataDir, startApp, type RunningApp } from '../harness/app.js';
import { launchBrowser, openPage } from '../harness/browser.js';
import { ask, bodyText, lastAnswer } from '../harness/window.js';

let app: RunningApp;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  app = await startApp({ engine: 'fake' });
  browser = await launchBrowser();
  const opened = await openPage(browser, app);
  ({ page } = opened);
  await opened.context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: new URL(app.url).origin });
  // Time goes on as it does, and can be made to jump.
  await page.clock.install();
  await page.reload();
  await page.bringToFront();
});
afterAll(async () => {
  await browser.close();
  await app.stop();
  removeDataDir(app.dataDir);
});

const clipboard = (): Promise<string> => page.evaluate(() => navigator.clipboard.readText());
const put = (text: string): Promise<void> => page.evaluate((words) => navigator.clipboard.writeText(words), text);
const later = (seconds: number): Promise<void> => page.clock.fastForward(seconds * 1000);
async function copyAnswer(): Promise<string> {
  await put('something else');
  await lastAnswer(page).getByRole('button', { name: 'Copy answer', exact: true }).click();
  await expect.poll(clipboard).not.toBe('something else');
  const copied = await clipboard();
  expect(copied.trim()).toBe((await bodyText(page)).trim());
  return copied;
}

it('what was copied stays where nothing else was asked for', async () => {
  await ask(page, '!tokens 12 !rate 200');
  const copied = await copyAnswer();
  await later(3600);
  expect(await clipboard()).toBe(copied);
});

it('with the setting on, the clipboard is empty a minute after the last copy, and not before', async () => {
  await page.getByRole('button', { name: 'Settings', exact: true }).click();
  await page.getByRole('switch', { name: /Empty the clipboard/ }).click();
  await expect.poll(() => page.getByRole('switch', { name: /Empty the clipboard/ }).getAttribute('aria-checked')).toBe('true');
  await page.keyboard.press('Escape');
  await copyAnswer();
  await later(40);
  const copied = await copyAnswer();
  await later(40);
  expect(await clipboard()).toBe(copied);
  await later(21);
  await expect.poll(clipboard).toBe('');
});

it('what was copied elsewhere in the meantime is left alone', async () => {
  await copyAnswer();
  await put('of another program');
  await later(120);
  expect(await clipboard()).toBe('of another program');
});

// Proves the mark behind a sentence: with an engine that says what it is told, a borne-out sentence leads to its page, another is marked as such.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { removeDataDir, startApp, type RunningApp } from '../harness/app.js';
import { launchBrowser, openPage } from '../harness/browser.js';
import { connect, whenReady } from '../harness/client.js';
import { drop, makePdf } from '../harness/documents.js';
import { ask, lastAnswer } from '../harness/window.js';

let browser: Browser;
let app: RunningApp;
beforeAll(async () => {
  browser = await launchBrowser();
  app = await startApp({ engine: 'fake' });
});
afterAll(async () => {
  await browser.close();
  await app.stop();
  removeDataDir(app.dataDir);
});

it('a citation opens the right page with the passage marked; a sentence without support says so', async () => {
  const client = await connect(app);
  await whenReady(client);
  const { page, complaints } = await openPage(browser, app);
  const pages = [
    ['Lease', 'This agreement is made between Harbour Homes and Ada Meyer.'],
    ['Rent', 'The monthly rent of the flat is 940 euros.', 'The deposit is 2820 euros.'],
  ];
  // Onto the talk: a collection is made for it and asked from then on.
  await drop(page, 'main .drop-frame', 'lease.pdf', await makePdf(pages));
  await page.getByRole('button', { name: 'Ask: lease' }).waitFor({ timeout: 20_000 });
  await expect.poll(async () => (await client.call('collections.list', {})).collections[0]?.passages ?? 0, { timeout: 40_000 }).toBeGreaterThan(0);

  await ask(page, 'How high is the monthly rent of the flat? !say The monthly rent of the flat is 940 euros. Elephants like to swim in the evening.');
  const body = lastAnswer(page).locator('.reply-body');
  await expect.poll(() => body.locator('.cite').count(), { timeout: 20_000 }).toBe(1);
  expect(await body.locator('.cite-none').allInnerTexts()).toEqual(['not in the documents']);
  const mark = body.getByRole('button', { name: /^source \d+: lease\.pdf, page 2$/ });
  await mark.focus();
  await page.keyboard.press('Enter');
  const viewer = page.locator('dialog.viewer');
  await viewer.locator('[data-page="2"][data-drawn]').waitFor({ timeout: 30_000 });
  expect(await viewer.locator('.pdf-mark').count()).toBeGreaterThan(0);
  await page.keyboard.press('Escape');
  await expect.poll(() => viewer.isVisible()).toBe(false);
  expect(await mark.evaluate((element) => element === document.activeElement)).toBe(true);
  expect(complaints).toEqual([]);
  client.close();
});

// Proves the first screen's cards and the built-in model's card in the window: with scores, without, and for everyone.
import { AxeBuilder } from '@axe-core/playwright';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeDataDir, root, startApp, type RunningApp } from '../harness/app.js';
import { launchBrowser, openPage } from '../harness/browser.js';
import { makeModelFolder, type ModelFolder } from '../harness/models.js';
import { field, slider } from '../harness/window.js';

let models: ModelFolder;
let browser: Browser;
let app: RunningApp;
beforeAll(async () => {
  models = await makeModelFolder();
  browser = await launchBrowser();
  app = await startApp({ engine: 'fake', env: { PLUMB_RESOURCES: models.resources } });
});
afterAll(async () => {
  await browser.close();
  await app.stop();
  removeDataDir(app.dataDir);
  models.remove();
});

const scores = (): string => join(models.resources, 'evaluation.json');
const openCard = async (page: Page): Promise<void> => page.getByRole('button', { name: 'Its card and scores' }).click();
const findings = async (page: Page) => (await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze()).violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 160)}`);

describe('the cards of the first screen', () => {
  it('fill the message field, and one of them sets the depth too', async () => {
    const { page, context, complaints } = await openPage(browser, app);
    await page.getByRole('button', { name: /Read a passage/ }).click();
    expect(await field(page).inputValue()).toContain('What is the invoice number?');
    await page.getByRole('radio', { name: 'Auto' }).check();
    const depths = page.getByRole('group', { name: /Twelve swaps/ });
    for (const steps of ['2', '16']) {
      await depths.getByRole('button', { name: `${steps} steps` }).click();
      await expect.poll(() => slider(page).getAttribute('aria-valuenow')).toBe(steps);
      expect(await depths.getByRole('button', { name: `${steps} steps` }).getAttribute('aria-pressed')).toBe('true');
    }
    expect(await field(page).inputValue()).toContain('Where is the ball?');
    await context.close();
    expect(complaints).toEqual([]);
  });
});

describe('the card of the built-in model', () => {
  it.each([[1440, false], [390, true]])('draws its scores at %i px (dark: %s), with a table, and nobody is left out', async (width, dark) => {
    copyFileSync(join(root, 'resources', 'evaluation.json'), scores());
    const { page, context, complaints } = await openPage(browser, app, { width, height: 844, dark, reducedMotion: true });
    await openCard(page);
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('img', { name: /right at 1 step/ }).waitFor();
    await dialog.getByText('The numbers').click();
    expect(await dialog.getByRole('row').count()).toBeGreaterThan(3);
    expect(await findings(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
    await page.keyboard.press('Escape');
    expect(await dialog.count()).toBe(0);
    await context.close();
    expect(complaints).toEqual([]);
  });

  it('says in a sentence that there are no scores when their file is broken', async () => {
    writeFileSync(scores(), '{ broken');
    const { page, context, complaints } = await openPage(browser, app);
    await page.locator('#model-chooser').click();
    await page.getByRole('menuitem', { name: /^About/ }).click();
    await expect.poll(() => page.getByRole('dialog').innerText()).toContain('no measured scores');
    await context.close();
    expect(complaints).toEqual([]);
  });
});

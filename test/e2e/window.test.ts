// Proves the window on the fake engine: conversations, search, undo, models that cannot load, accessibility, narrow widths.
import { AxeBuilder } from '@axe-core/playwright';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { removeDataDir, startApp, type RunningApp } from '../harness/app.js';
import { launchBrowser, openPage, type OpenedPage } from '../harness/browser.js';
import { makeModelFolder, type ModelFolder } from '../harness/models.js';
import { ask as askIn, bodyText, field, lastAnswer, send } from '../harness/window.js';

let models: ModelFolder;
let browser: Browser;
let app: RunningApp;
let opened: OpenedPage;
let page: Page;

beforeAll(async () => {
  models = await makeModelFolder();
  browser = await launchBrowser();
});
beforeEach(async () => {
  app = await startApp({ engine: 'fake', env: { PLUMB_RESOURCES: models.resources } });
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

const ask = (text: string) => askIn(page, text);
const newChat = () => page.getByRole('button', { name: /^New chat/ }).first().click();
const rows = () => page.getByRole('navigation', { name: 'Conversations' }).locator('.row-title').allInnerTexts();

describe('conversations', () => {
  it('are there again after closing and opening the window', async () => {
    await ask('Where is the ball? !say It is under cup 3.');
    await page.reload();
    await expect.poll(() => bodyText(page)).toContain('under cup 3');
  });

  it('are deleted with an undo that brings them back', async () => {
    await ask('Keep me please !tokens 3');
    expect((await rows()).length).toBe(1);
    await page.getByRole('button', { name: /^More for/ }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await expect.poll(rows).toEqual([]);
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(async () => (await rows()).length).toBe(1);
  });

  it('are renamed in place', async () => {
    await ask('Something !tokens 3');
    await page.getByRole('button', { name: /^More for/ }).click();
    await page.getByRole('menuitem', { name: 'Rename' }).click();
    const name = page.getByRole('textbox', { name: 'Name of the conversation' });
    await name.fill('Till total');
    await name.press('Enter');
    await expect.poll(rows).toEqual(['Till total']);
  });

  it('are found by their titles and by their text', async () => {
    await ask('Clause seven !say The notice period is ninety days.');
    await newChat();
    await ask('Laboratory values !say Potassium is fine.');
    await page.keyboard.press('Control+k');
    const search = page.getByRole('combobox', { name: 'Search conversations' });
    await search.fill('notice per');
    await expect.poll(() => page.getByRole('option').allInnerTexts()).toHaveLength(1);
    await search.press('Enter');
    await expect.poll(() => bodyText(page)).toContain('ninety days');
  });
});

describe('the composer', () => {
  it('breaks the line on Shift+Enter, and does not send while an input method composes', async () => {
    await field(page).fill('one');
    await field(page).press('Shift+Enter');
    await field(page).pressSequentially('two');
    expect(await field(page).inputValue()).toBe('one\ntwo');
    await field(page).dispatchEvent('compositionstart');
    await field(page).evaluate((element) => element.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, isComposing: true })));
    expect(await field(page).inputValue()).toBe('one\ntwo');
    expect(await lastAnswer(page).count()).toBe(0);
  });
});

describe('markdown', () => {
  it('is drawn with code, a table and mathematics, and nothing is fetched from outside', async () => {
    await ask('!markdown');
    const answer = lastAnswer(page);
    await expect.poll(() => answer.locator('table').count()).toBe(1);
    await expect.poll(() => answer.locator('.katex').count(), { timeout: 20_000 }).toBeGreaterThan(0);
    await expect.poll(() => answer.locator('pre').count()).toBe(1);
    await newChat();
    await ask('!say Look: ![x](https://evil.example/a.png) <img src="https://evil.example/b.png" onerror="alert(1)"> <script>alert(2)</script>');
    expect(await lastAnswer(page).locator('img').count()).toBe(0);
  });
});

describe('a model file', () => {
  it('that is corrupt is refused with a sentence and the app stays usable', async () => {
    await page.locator('#model-chooser').click();
    await page.getByRole('menuitem', { name: /Add a model file/ }).click();
    await page.getByRole('textbox').last().fill(models.corrupt);
    await page.keyboard.press('Enter');
    await expect.poll(() => page.getByRole('dialog').innerText(), { timeout: 10_000 }).toMatch(/damaged|corrupt|not a|cannot|not in/i);
    await page.keyboard.press('Escape');
    await ask('Still there? !say Yes.');
    expect(await bodyText(page)).toContain('Yes');
  });

  it('that vanished is named, and nothing else breaks', async () => {
    await app.stop();
    await opened.context.close();
    const folder = await makeModelFolder();
    rmSync(join(folder.resources, 'huginn-tiny.gguf'));
    app = await startApp({ engine: 'fake', dataDir: app.dataDir, env: { PLUMB_RESOURCES: folder.resources } });
    opened = await openPage(browser, app);
    ({ page } = opened);
    await expect.poll(() => page.locator('main').innerText(), { timeout: 10_000 }).toMatch(/model/i);
    expect(await page.getByRole('button', { name: 'Send' }).isDisabled()).toBe(true);
    folder.remove();
  });
});

describe('an engine that cannot be kept alive', () => {
  it('stays down after its second crash, says so, and starts again on request', async () => {
    await send(page, '!crash 5');
    await expect.poll(() => lastAnswer(page).innerText(), { timeout: 20_000 }).toContain('Interrupted');
    await send(page, '!crash 5 again');
    await page.getByRole('button', { name: 'Start again' }).click({ timeout: 30_000 });
    await ask('Hello !say Back again.');
    expect(await bodyText(page)).toContain('Back again');
  });
});

describe('everyone', () => {
  it.each([
    [1440, false],
    [1440, true],
    [900, false],
    [390, true],
  ])('can use the window at %i px (dark: %s): no accessibility findings, nothing wider than the screen', async (width, dark) => {
    await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light' });
    await page.setViewportSize({ width, height: 844 });
    await ask('!markdown');
    // The page must hold still for the contrast check: no tips, no fading.
    await page.mouse.move(2, 2);
    await page.waitForTimeout(400);
    // The order of headings inside an answer is the model's, not ours: the best-practice rules stay out.
    const findings = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze();
    expect(findings.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 160)}`)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
  });
});

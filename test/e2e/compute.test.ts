// Proves computing in the window on the fake engine: effort, tokens that stop early, answer now, ways of making words, the cache.
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { removeDataDir, startApp, type RunningApp } from '../harness/app.js';
import { launchBrowser, openPage, type OpenedPage } from '../harness/browser.js';
import { connect } from '../harness/client.js';
import { makeModelFolder, type ModelFolder } from '../harness/models.js';
import { ask as askIn, lastAnswer, send, slider, untilDone, untilText } from '../harness/window.js';

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
const effort = () => page.getByRole('slider', { name: /Effort/ });
const mode = (name: 'Auto' | 'Fixed') => page.getByRole('radio', { name });
const popover = () => page.getByRole('dialog', { name: 'Speed and memory' });
const openSpeed = () => page.getByRole('button', { name: 'Speed and memory' }).click();
const figures = () => lastAnswer(page).locator('.figures').innerText();

/** The newest run as the services stored it. */
async function lastRun() {
  const client = await connect(app);
  const { conversations } = await client.call('conversations.list', {});
  const { messages } = await client.call('conversations.open', { id: conversations[0]!.id });
  client.close();
  return messages.findLast(({ run }) => run !== null)!.run!;
}

describe('auto', () => {
  it('lets tokens stop early, says how early, and draws the line they stopped at', async () => {
    await mode('Auto').check();
    await ask('!tokens 20');
    await expect.poll(figures).toMatch(/[\d.]+ of 64 steps on average/);
    const chart = page.getByRole('img', { name: /Change per step of the token/ });
    await expect.poll(() => chart.getAttribute('aria-label')).toMatch(/exit line is at 0.03.*of 64 steps were not needed/);
    expect(await page.locator('.instrument').innerText()).toMatch(/had settled, \d+ of 64[\s\S]*% not needed/);
    expect((await lastRun()).recurrence).toMatchObject({ steps: 64, exit: { kind: 'latent-diff', threshold: 0.03 } });
  });

  it('is one knob for the keyboard, is remembered, and gives the steps back when fixed', async () => {
    await mode('Auto').check();
    await effort().press('End');
    await expect.poll(() => effort().getAttribute('aria-valuetext')).toMatch(/^Deep\. A token stops when .* less than 1 %/);
    await page.keyboard.press('Alt+ArrowDown');
    await expect.poll(() => effort().getAttribute('aria-valuenow')).toBe('50');
    await effort().press('ArrowLeft');
    await expect.poll(() => effort().getAttribute('aria-valuetext')).toMatch(/^near Balanced/);
    // The settings reach the services a moment after the thumb.
    await page.waitForTimeout(400);
    await page.reload();
    await expect.poll(() => effort().getAttribute('aria-valuenow')).toBe('45');
    await mode('Fixed').check();
    expect(await slider(page).getAttribute('aria-valuenow')).toBe('32');
  });

  it('can answer the same question again with the same steps for every token', async () => {
    await mode('Auto').check();
    await ask('!tokens 10');
    await page.getByRole('button', { name: 'Answer again at another depth' }).click();
    await page.getByRole('menuitem', { name: /^4 steps/ }).click();
    await page.getByRole('group', { name: 'The same question, answered otherwise' }).waitFor();
    await untilDone(page);
    await expect.poll(figures).toContain('4 steps a token');
    expect(await page.locator('.depth-card-head').first().innerText()).toMatch(/Auto · [\d.]+ of 64 steps/);
  });
});

describe('answer now', () => {
  it('hurries the answer from its button, is lifted from the keyboard, and is gone with the answer', async () => {
    await send(page, '!tokens 200 !slow 30');
    const button = page.getByRole('button', { name: 'Answer now' });
    await button.click();
    await expect.poll(() => button.getAttribute('aria-pressed')).toBe('true');
    await expect.poll(() => page.locator('.depth-live').innerText()).toContain('answering now');
    await untilText(page, 4);
    // Whoever comes later sees it by the newest token.
    await page.reload();
    await expect.poll(() => button.getAttribute('aria-pressed')).toBe('true');
    await page.keyboard.press('Alt+Enter');
    await expect.poll(() => button.getAttribute('aria-pressed')).toBe('false');
    await page.keyboard.press('Escape');
    await untilDone(page);
    expect(await button.count()).toBe(0);
    await expect.poll(figures).toMatch(/of 32 steps on average/);
    expect((await lastRun()).stats!.meanSteps).toBeLessThan(32);
  });
});

describe('ways of making words', () => {
  it('are sent with the run, and show what they took once they were used', async () => {
    await openSpeed();
    const row = () => popover().locator('.option', { hasText: 'Guess ahead and check' });
    expect(await row().innerText()).toContain('not measured yet');
    await popover().getByRole('radio', { name: 'Guess ahead and check' }).check();
    await page.keyboard.press('Escape');
    await ask('!tokens 20');
    expect((await lastRun()).recurrence.sampler).toMatchObject({ kind: 'speculative' });
    await openSpeed();
    await expect.poll(() => row().innerText()).toMatch(/[\d.]+ tokens\/s at 32 steps/);
  });

  it('that a model cannot do end in a sentence with a way out', async () => {
    await ask('!tokens 9 !error sampler_unsupported');
    expect(await lastAnswer(page).innerText()).toContain('One word after the other');
  });
});

describe('the cache', () => {
  it('is loaded again only after the cost was told, and the choice stays', async () => {
    await ask('!tokens 20');
    await openSpeed();
    const budget = popover().getByRole('radio', { name: /^8 steps/ });
    await expect.poll(() => popover().locator('.budget', { hasText: '8 steps' }).innerText()).toMatch(/[kM]B/);
    await budget.check({ force: true });
    await expect.poll(() => popover().getByRole('status').innerText()).toMatch(/loaded again \(.*this conversation is read again: \d+ tokens/);
    await popover().getByRole('button', { name: 'Load again' }).click();
    const client = await connect(app);
    await expect.poll(async () => (await client.call('app.hello', {})).engine).toMatchObject({ kind: 'ready', loaded: { kvBudget: 8 } });
    client.close();
    await page.reload();
    await openSpeed();
    await expect.poll(() => budget.isChecked()).toBe(true);
    expect(await popover().getByRole('button', { name: 'Load again' }).count()).toBe(0);
  });

  it('cannot be changed under an answer being made', async () => {
    await send(page, '!tokens 400 !rate 40');
    await untilText(page, 10);
    await openSpeed();
    await popover().getByRole('combobox', { name: 'Precision' }).selectOption('q8_0');
    expect(await popover().getByRole('button', { name: 'Load again' }).isDisabled()).toBe(true);
    await expect.poll(() => popover().getByRole('status').innerText()).toContain('Wait for the answer');
  });
});

describe('everyone', () => {
  it.each([
    [1440, false],
    [1440, true],
    [900, true],
    [390, false],
  ])('can use the speed section at %i px (dark: %s): no accessibility findings, nothing wider than the screen', async (width, dark) => {
    await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light', reducedMotion: 'reduce' });
    await page.setViewportSize({ width, height: 844 });
    await mode('Auto').check();
    await openSpeed();
    await popover().getByText('A rule of your own').click();
    await popover().getByRole('combobox', { name: 'What is compared' }).selectOption('kl');
    await popover().getByRole('combobox', { name: 'Precision' }).selectOption('q4_0');
    await page.mouse.move(2, 2);
    await page.waitForTimeout(300);
    const findings = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze();
    expect(findings.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 160)}`)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
    await page.keyboard.press('Escape');
    expect(await popover().count()).toBe(0);
  });
});

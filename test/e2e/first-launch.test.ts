// Proves the first launch: the built-in model, the first suggestion, wrong at 2 steps, right at 16, the curve that shows why; and the speed section on the real engine.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultSampling } from '../../core/contract/conversation.js';
import { removeDataDir, startApp, type RunningApp } from '../harness/app.js';
import { launchBrowser, openPage } from '../harness/browser.js';
import { connect } from '../harness/client.js';
import { ask, bodyText, field, lastAnswer, slider, untilDone, untilText } from '../harness/window.js';

let browser: Browser;
let app: RunningApp;
beforeAll(async () => {
  browser = await launchBrowser();
  app = await startApp();
  // Greedy, so that the guess at 2 steps is the same guess every time.
  const client = await connect(app);
  await client.call('settings.set', { sampling: { ...defaultSampling, temperature: 0 } });
  client.close();
});
afterAll(async () => {
  await browser.close();
  await app.stop();
  removeDataDir(app.dataDir);
});

describe('the first launch', () => {
  it('shows a question that fails at 2 steps and succeeds at 16, and settles', async () => {
    const { page, complaints } = await openPage(browser, app);
    await page.getByRole('group', { name: /Twelve swaps/ }).getByRole('button', { name: '2 steps' }).click();
    expect(await slider(page).getAttribute('aria-valuenow')).toBe('2');
    await expect.poll(async () => (await field(page).press('Enter'), field(page).inputValue()), { timeout: 30_000 }).toBe('');
    await untilText(page, 10);
    await untilDone(page);
    const shallow = await bodyText(page);

    await page.getByRole('button', { name: 'Answer again at another depth' }).click();
    await page.getByRole('menuitem', { name: /^16 steps/ }).click();
    await page.getByRole('group', { name: 'The same question, answered otherwise' }).waitFor();
    await untilDone(page);
    const deep = await bodyText(page);

    expect([/cup \d/.test(shallow), shallow.includes('cup 5')]).toEqual([true, false]);
    expect(deep).toContain('cup 5');
    const words = await page.getByRole('img', { name: /Change per step of the token/ }).getAttribute('aria-label');
    const [from, to] = [...(words ?? '').matchAll(/(?:from|to) ([\d.e-]+)/g)].map((match) => Number(match[1]));
    expect([from! > 0.3, to! < 0.1]).toEqual([true, true]);
    expect(complaints).toEqual([]);
  });
});

describe('the speed section on the real engine', () => {
  it('lets tokens stop early, and answers with a smaller cache after it was loaded again', async () => {
    const { page, complaints } = await openPage(browser, app);
    await page.getByRole('radio', { name: 'Auto' }).check();
    await page.getByRole('button', { name: /What is this/ }).click();
    await expect.poll(async () => (await field(page).press('Enter'), field(page).inputValue()), { timeout: 30_000 }).toBe('');
    await untilText(page, 10);
    await untilDone(page);
    const figures = await lastAnswer(page).locator('.figures').innerText();
    const [, mean, limit] = /([\d.]+) of (\d+) steps on average/.exec(figures) ?? [];
    expect(Number(mean)).toBeLessThan(Number(limit));

    await page.getByRole('button', { name: 'Speed and memory' }).click();
    const popover = page.getByRole('dialog', { name: 'Speed and memory' });
    await popover.getByRole('radio', { name: /^4 steps/ }).check({ force: true });
    await popover.getByRole('button', { name: 'Load again' }).click();
    const client = await connect(app);
    await expect.poll(async () => (await client.call('app.hello', {})).engine, { timeout: 20_000 }).toMatchObject({ kind: 'ready', loaded: { kvBudget: 4 } });
    client.close();
    await page.keyboard.press('Escape');
    await ask(page, 'What are you?');
    expect((await bodyText(page)).length).toBeGreaterThan(10);
    expect(complaints).toEqual([]);
  });
});

// Proves the documents in the window on the real host and the built-in model: drop, ask, cite, look at the page, edit, remove.
import { AxeBuilder } from '@axe-core/playwright';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultSampling } from '../../core/contract/conversation.js';
import { removeDataDir, startApp, type RunningApp } from '../harness/app.js';
import { launchBrowser, openPage, type OpenedPage } from '../harness/browser.js';
import { connect, whenReady } from '../harness/client.js';
import { drop, filesWith, makePdf } from '../harness/documents.js';
import { ask, bodyText, lastAnswer } from '../harness/window.js';

/** A word that stands nowhere else on this machine. */
const canary = 'Zwirbelkraut7431';
const lease = [
  ['Lease of the flat in Mill Street', 'This agreement is made between Harbour Homes and Ada Meyer.', 'The flat is on the third floor of Mill Street 8. It has two rooms and a kitchen.', 'The lease begins on 1 March 2024 and runs for an indefinite time.'],
  ['Rent and deposit', 'The monthly rent is 940 euros and is due on the third working day.', 'The deposit is 2820 euros and is kept in a separate account.', `The file number of this lease is ${canary}.`],
  ['Notice', 'The tenant may end this lease with a notice period of three months.', 'Notice must be given in writing; an e-mail is not enough.', 'Pets need the consent of the landlord.'],
];
const section = (name: string, sentence: string): string => `## ${name}\n\n${sentence} ${Array.from({ length: 12 }, (_, at) => `The rule about ${name.toLowerCase()} number ${at + 1} is read out once a year to everybody in the house.`).join(' ')}\n\n`;
const rules = (bicycles: string): string => `# House rules\n\n${section('Waste', 'Paper is collected every second Thursday.')}${section('Bicycles', bicycles)}${section('Laundry', 'The laundry room is open until nine in the evening.')}`;

let browser: Browser;
let app: RunningApp;
let client: Awaited<ReturnType<typeof connect>>;
let opened: OpenedPage;
let page: Page;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'plumb-folder-'));
  browser = await launchBrowser();
  app = await startApp();
  client = await connect(app);
  opened = await openPage(browser, app);
  ({ page } = opened);
  await whenReady(client);
  // Greedy and short, so that every run of this test says the same.
  await client.call('settings.set', { sampling: { ...defaultSampling, temperature: 0, maxTokens: 48 } });
});
afterAll(async () => {
  client.close();
  await browser.close();
  await app.stop();
  removeDataDir(app.dataDir);
  rmSync(folder, { recursive: true, force: true });
});

const row = (name: string) => page.locator('.document').filter({ hasText: name });
const documents = () => page.getByRole('button', { name: /^Documents/ }).first().click();
const collections = async () => (await client.call('collections.list', {})).collections;
const collection = async (name: string) => (await collections()).find((each) => each.name === name)!;
const viewer = () => page.locator('dialog.viewer');

/** No findings of the accessibility rules, with everything at rest. */
async function accessible(): Promise<void> {
  await page.mouse.move(2, 2);
  await page.waitForTimeout(400);
  const findings = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze();
  expect(findings.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 160)}`)).toEqual([]);
}

/** In light and in dark, and nothing wider than the screen when narrow. */
async function accessibleEverywhere(): Promise<void> {
  await accessible();
  await page.emulateMedia({ colorScheme: 'dark' });
  await accessible();
  await page.setViewportSize({ width: 420, height: 860 });
  await page.waitForTimeout(300);
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.emulateMedia({ colorScheme: 'light' });
}

describe('documents in the window', () => {
  it('are read when dropped into a new collection, and the room says so', async () => {
    await documents();
    await page.getByRole('textbox', { name: 'Name of the collection' }).fill('Flat');
    await page.getByRole('button', { name: 'Create a collection' }).click();
    await drop(page, '.collection', 'lease.pdf', await makePdf(lease));
    await expect.poll(() => row('lease.pdf').getAttribute('data-state'), { timeout: 40_000 }).toBe('ready');
    expect(await row('lease.pdf').innerText()).toMatch(/PDF.*3 pages.*passage/s);
    await accessibleEverywhere();
  });

  it('that cannot be read say why and what to do, and the rest goes on', async () => {
    await drop(page, '.collection', 'broken.docx', Buffer.from('PK\u0003\u0004 this is no document'));
    await expect.poll(() => row('broken.docx').getAttribute('data-state'), { timeout: 40_000 }).toBe('failed');
    expect(await row('broken.docx').innerText()).toMatch(/damaged|cannot read/i);
    await page.getByRole('button', { name: 'More for broken.docx' }).click();
    await page.getByRole('menuitem', { name: 'Remove' }).click();
    await expect.poll(() => row('broken.docx').count()).toBe(0);
  });

  it('are found by looking up, and the passage opens at its page, marked', async () => {
    await page.getByRole('searchbox', { name: 'Find in these documents' }).fill('monthly rent');
    await page.getByRole('button', { name: /^Open lease\.pdf, page 2/ }).first().click();
    await viewer().locator('[data-page="2"][data-drawn]').waitFor({ timeout: 30_000 });
    expect(await viewer().locator('.pdf-mark').count()).toBeGreaterThan(0);
    await page.keyboard.press('Escape');
    await expect.poll(() => viewer().isVisible()).toBe(false);
  });
});

describe('an answer from documents', () => {
  it('shows their words first, says how much was read, and its source opens at the right page with the sentence marked', async () => {
    await page.getByRole('searchbox', { name: 'Find in these documents' }).fill('');
    await page.getByRole('button', { name: 'Ask these documents' }).click();
    await ask(page, 'What is the notice period for the tenant to end this lease?');
    const answer = lastAnswer(page);
    expect(await answer.locator('.read-line').innerText()).toMatch(/Read \d+ of \d+ passages? in Flat/);
    expect(await answer.locator('blockquote').first().innerText()).toContain('three months');
    expect((await bodyText(page)).length).toBeGreaterThan(0);
    await accessibleEverywhere();

    await answer.locator('.quote-place').first().click();
    await viewer().locator('[data-page="3"][data-drawn]').waitFor({ timeout: 30_000 });
    const marked = await viewer().locator('.pdf-page').evaluate((element) => {
      const sheet = element.getBoundingClientRect();
      const marks = [...element.querySelectorAll('.pdf-mark')].map((mark) => mark.getBoundingClientRect());
      return marks.map(({ top, height, left, width }) => ({ line: (top + height / 2 - sheet.top) / sheet.height, left: (left - sheet.left) / sheet.width, width: width / sheet.width }));
    });
    // The sentence is the second line of the page: drawn 122 points below the top of 842.
    expect(marked.length).toBeGreaterThan(0);
    for (const { line, left, width } of marked) {
      expect(Math.abs(line - 122 / 842)).toBeLessThan(0.02);
      expect(left).toBeGreaterThan(0.1);
      expect(width).toBeLessThan(0.8);
    }
    await accessible();
    await page.keyboard.press('Escape');
    // The focus is back where it came from.
    expect(await page.evaluate(() => document.activeElement?.className)).toContain('quote-place');
  });

  it('marks every sentence with its source, or says that there is none', async () => {
    const marks = lastAnswer(page).locator('.reply-body .cite, .reply-body .cite-none');
    await expect.poll(() => marks.count()).toBeGreaterThan(0);
    const cited = lastAnswer(page).locator('.reply-body .cite');
    if ((await cited.count()) > 0) {
      expect(await cited.first().getAttribute('aria-label')).toMatch(/^source \d+: lease\.pdf, page \d/);
      await cited.first().focus();
      await page.keyboard.press('Enter');
      await viewer().locator('.pdf-mark').first().waitFor({ timeout: 30_000 });
      await page.keyboard.press('Escape');
    }
  });

  it('comes with the doubt that it may not be there where what was found is weak', async () => {
    expect(await lastAnswer(page).getByRole('note').count()).toBe(0);
    await ask(page, 'Is there a garage with the flat?');
    expect(await lastAnswer(page).getByRole('note').innerText()).toContain('Perhaps not in your documents');
    await accessibleEverywhere();
  });

  it('is not made up when nothing fits: the closest passages and a way to answer anyway', async () => {
    await ask(page, 'Who won the football championship in Brazil?');
    const card = lastAnswer(page).getByRole('region', { name: 'Not in your documents' });
    await expect.poll(() => card.count()).toBe(1);
    await accessibleEverywhere();
    await card.getByRole('button', { name: 'Answer anyway' }).click();
    await expect.poll(() => lastAnswer(page).getByRole('region', { name: 'Not in your documents' }).count(), { timeout: 20_000 }).toBe(0);
    await expect.poll(() => lastAnswer(page).getAttribute('aria-busy'), { timeout: 60_000 }).toBe('false');
  });
});

describe('a watched folder', () => {
  const find = async (query: string) => (await client.call('documents.search', { collectionId: (await collection('Flat')).id, query })).passages.filter(({ documentName }) => documentName === 'rules.md');

  it('is read again where it changed, and only there', async () => {
    writeFileSync(join(folder, 'rules.md'), rules('Bicycles stand in the yard.'));
    await documents();
    await page.getByRole('button', { name: 'By path…' }).click();
    await page.getByRole('textbox', { name: /Path of a file or folder/ }).fill(folder);
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await expect.poll(() => row('rules.md').getAttribute('data-state'), { timeout: 40_000 }).toBe('ready');
    const idOf = async (query: string, words: string) => (await find(query)).find(({ text }) => text.includes(words))?.passageId;
    const before = [await idOf('paper collected Thursday', 'Paper is collected'), await idOf('laundry room open', 'laundry room is open'), await idOf('bicycles yard', 'stand in the yard')];
    expect(before.every((id) => id !== undefined)).toBe(true);

    writeFileSync(join(folder, 'rules.md'), rules('Bicycles belong into the cellar.'));
    await expect.poll(() => idOf('bicycles cellar', 'belong into the cellar'), { timeout: 40_000, interval: 300 }).toBeDefined();
    const after = [await idOf('paper collected Thursday', 'Paper is collected'), await idOf('laundry room open', 'laundry room is open'), await idOf('bicycles yard', 'stand in the yard')];
    expect(after).toEqual([before[0], before[1], undefined]);
  });
});

describe('a removed document', () => {
  it('leaves nothing behind: not in the list, not in the files on the disk, not even behind their encryption', async () => {
    // The search must be able to find it, else its silence would prove nothing.
    expect(filesWith(app.dataDir, canary).length).toBeGreaterThan(0);
    await page.getByRole('button', { name: 'More for lease.pdf' }).click();
    await page.getByRole('menuitem', { name: 'Remove' }).click();
    await expect.poll(() => row('lease.pdf').count()).toBe(0);
    await expect.poll(() => filesWith(app.dataDir, canary), { timeout: 30_000, interval: 500 }).toEqual([]);
    expect(opened.complaints).toEqual([]);
  });
});

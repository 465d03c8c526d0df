// Proves the whole path on the real fork in Chromium: tokens and convergence, the slider, stop, reload, a dead engine.
import { execFileSync } from 'node:child_process';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Client } from '../../core/contract/rpc.js';
import type { PlumbApi } from '../../core/contract/api.js';
import { removeDataDir, startApp, type RunningApp } from '../harness/app.js';
import { launchBrowser, openPage, type OpenedPage } from '../harness/browser.js';
import { connect, whenReady } from '../harness/client.js';
import { makeModelFolder, type ModelFolder } from '../harness/models.js';
import { answers, bodyText, lastAnswer, send, slider, untilDone, untilText } from '../harness/window.js';

let models: ModelFolder;
let browser: Browser;
let app: RunningApp;
let client: Client<PlumbApi>;
let opened: OpenedPage;
let page: Page;

beforeAll(async () => {
  models = await makeModelFolder();
  browser = await launchBrowser();
});
beforeEach(async () => {
  app = await startApp({ env: { PLUMB_RESOURCES: models.resources } });
  client = await connect(app);
  await whenReady(client);
  opened = await openPage(browser, app);
  ({ page } = opened);
});
afterEach(async () => {
  await opened.context.close();
  client.close();
  await app.stop();
  removeDataDir(app.dataDir);
  expect(opened.complaints).toEqual([]);
});
afterAll(async () => {
  await browser.close();
  models.remove();
});

/** The newest conversation's newest run, from the services' side. */
async function newestRun() {
  const { conversations } = await client.call('conversations.list', {});
  const { messages } = await client.call('conversations.open', { id: conversations[0]!.id });
  const reply = messages.findLast((message) => message.role === 'assistant')!;
  return { reply, run: reply.run!, tokens: (await client.call('runs.tokens', { runId: reply.run!.id })).tokens };
}

async function steps(value: number): Promise<void> {
  // Home, then notches: 1 2 4 8 16 32 64.
  await slider(page).press('Home');
  for (let at = 1; at < value; at *= 2) await slider(page).press('PageUp');
}

/** The engine is the host's only child. */
function enginePid(): number {
  return Number(execFileSync('ps', ['-o', 'pid=', '--ppid', String(app.process.pid)], { encoding: 'utf8' }).trim().split('\n')[0]);
}

describe('a message on the fork', () => {
  it('shows tokens and their convergence while they are made, and figures at the end', async () => {
    await steps(8);
    await send(page, 'Say something');
    await untilText(page, 10);
    await expect.poll(() => page.getByRole('img', { name: /Change per step of the token/ }).count()).toBeGreaterThan(0);
    await page.keyboard.press('Escape');
    await untilDone(page);
    const { tokens, run } = await newestRun();
    expect(tokens.every((token) => token.steps === 8 && token.trace.length === 8)).toBe(true);
    expect(tokens[0]!.trace.at(-1)!).toBeLessThan(tokens[0]!.trace[1]!);
    expect(await lastAnswer(page).innerText()).toContain(`${run.stats!.tokens}`);
  });

  it('follows the slider from the next token on', async () => {
    await steps(64);
    await send(page, 'Say something long');
    await untilText(page, 5);
    await slider(page).press('Home');
    await expect.poll(async () => (await newestRun()).tokens.filter((token) => token.steps === 1).length, { timeout: 20_000 }).toBeGreaterThan(2);
    await page.keyboard.press('Escape');
    const { tokens } = await newestRun();
    expect(tokens[0]!.steps).toBe(64);
  });

  it('stops on Escape and keeps what was there', async () => {
    await steps(32);
    await send(page, 'Say something long');
    await untilText(page, 10);
    await page.keyboard.press('Escape');
    await untilDone(page);
    const text = await bodyText(page);
    const { reply, run } = await newestRun();
    expect([run.state, run.endReason, reply.text.length > 5, text.length > 5]).toEqual(['stopped', 'stopped', true, true]);
  });

  it('survives a reload in the middle: nothing is lost and the answer goes on', async () => {
    await steps(32);
    await send(page, 'Say something long');
    await untilText(page, 20);
    const before = (await newestRun()).reply.text;
    await page.reload();
    await untilText(page, 20);
    await expect.poll(async () => (await newestRun()).reply.text.length, { timeout: 20_000 }).toBeGreaterThan(before.length + 20);
    await page.keyboard.press('Escape');
    await untilDone(page);
    const { reply, tokens } = await newestRun();
    expect(reply.text.startsWith(before)).toBe(true);
    expect(tokens.map((token) => token.index)).toEqual(tokens.map((_, index) => index));
  });

  it('survives the death of the engine: the part is kept and marked, the next message works', async () => {
    await steps(32);
    await send(page, 'Say something long');
    await untilText(page, 20);
    process.kill(enginePid(), 'SIGKILL');
    await expect.poll(() => lastAnswer(page).innerText(), { timeout: 20_000 }).toContain('Interrupted');
    const { reply, run } = await newestRun();
    expect([run.state, reply.text.length > 10]).toEqual(['interrupted', true]);
    await steps(1);
    await send(page, 'And again');
    await expect.poll(() => answers(page).count(), { timeout: 20_000 }).toBe(2);
    await untilText(page, 10);
    await page.keyboard.press('Escape');
    await untilDone(page);
  });

  it('does not read the first turn again in the second', async () => {
    await steps(1);
    await send(page, 'First');
    await untilText(page, 5);
    await page.keyboard.press('Escape');
    await untilDone(page);
    await send(page, 'Second');
    await expect.poll(() => answers(page).count()).toBe(2);
    await untilText(page, 5);
    await page.keyboard.press('Escape');
    await untilDone(page);
    const { run } = await newestRun();
    expect(run.stats!.reusedTokens).toBeGreaterThan(0);
  });
});

// Measures streaming into a long conversation: long tasks, dropped frames, typing. Prints figures; asserts only that all tokens arrived.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultSampling } from '../../core/contract/conversation.js';
import { removeDataDir, startApp, type RunningApp } from '../harness/app.js';
import { launchBrowser, openPage } from '../harness/browser.js';
import { connect, whenReady } from '../harness/client.js';
import { makeModelFolder, type ModelFolder } from '../harness/models.js';
import { field, send, untilDone } from '../harness/window.js';

const turns = 150;
const tokensPerSecond = 200;
const seconds = Number(process.env['PLUMB_MEASURE_SECONDS'] ?? 60);
const frameMs = 1000 / 60;

let models: ModelFolder;
let browser: Browser;
let app: RunningApp;
beforeAll(async () => {
  models = await makeModelFolder();
  browser = await launchBrowser();
  app = await startApp({ engine: 'fake', env: { PLUMB_RESOURCES: models.resources, PLUMB_FAKE_CONTEXT: '1000000' } });
});
afterAll(async () => {
  await browser.close();
  await app.stop();
  removeDataDir(app.dataDir);
  models.remove();
});

/** 150 questions and answers, made through the front door. */
async function fillConversation(): Promise<void> {
  const client = await connect(app);
  await whenReady(client);
  await client.call('settings.set', { sampling: { ...defaultSampling, maxTokens: 100_000 } });
  const { conversation } = await client.call('conversations.create', {});
  for (let turn = 0; turn < turns; turn += 1) {
    const ended = new Promise<void>((done) => {
      const undo = client.on('run.ended', () => {
        undo();
        done();
      });
    });
    await client.call('messages.send', { conversationId: conversation.id, text: `Question ${turn}. !tokens 40 !rate 20000`, recurrence: { steps: 8 } });
    await ended;
  }
  client.close();
}

/** Installs the observers that count in the page. */
async function observe(page: Page): Promise<void> {
  await page.evaluate(() => {
    const seen = { longTasksMs: [] as number[], framesMs: [] as number[], keysMs: [] as number[] };
    Object.assign(window, { seen });
    new PerformanceObserver((list) => seen.longTasksMs.push(...list.getEntries().map((entry) => entry.duration))).observe({ type: 'longtask' });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (entry.name === 'keydown') seen.keysMs.push(entry.duration);
    }).observe({ type: 'event', durationThreshold: 16 } as PerformanceObserverInit);
    let before = performance.now();
    const frame = (now: number): void => {
      seen.framesMs.push(now - before);
      before = now;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
}

describe('streaming 200 tokens a second into 300 messages', () => {
  it('is measured', async () => {
    await fillConversation();
    const { page, context } = await openPage(browser, app);
    await page.locator('.row-open').first().click();
    await send(page, `!tokens ${tokensPerSecond * seconds} !rate ${tokensPerSecond}`);
    await page.waitForTimeout(500);
    await observe(page);
    const typedFrom = Date.now();
    let keys = 0;
    // Focused once: looking the field up by its role for every key would be measured too.
    await field(page).focus();
    while (Date.now() - typedFrom < (seconds - 3) * 1000) {
      await page.keyboard.press('a');
      keys += 1;
      await page.waitForTimeout(250);
    }
    const seen = await page.evaluate(() => (window as unknown as { seen: { longTasksMs: number[]; framesMs: number[]; keysMs: number[] } }).seen);
    await untilDone(page);
    const shown = seen.framesMs.length;
    const dropped = seen.framesMs.reduce((sum, ms) => sum + Math.max(0, Math.round(ms / frameMs) - 1), 0);
    console.log(
      JSON.stringify({
        seconds,
        tokensPerSecond,
        messages: turns * 2 + 2,
        longTasksOver50Ms: seen.longTasksMs.length,
        longestTaskMs: Math.round(Math.max(0, ...seen.longTasksMs)),
        framesShown: shown,
        droppedPercent: Math.round((1000 * dropped) / (shown + dropped)) / 10,
        keys,
        // Event Timing reports only what took 16 ms or more; 0 means none did.
        slowestKeyMs: Math.max(0, ...seen.keysMs),
      }),
    );
    const client = await connect(app);
    const { conversations } = await client.call('conversations.list', {});
    const { messages } = await client.call('conversations.open', { id: conversations[0]!.id });
    expect(messages.at(-1)!.run!.stats!.tokens).toBe(tokensPerSecond * seconds);
    client.close();
    await context.close();
  });
});

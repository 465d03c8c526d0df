// Measures the start: from the process to a page that can be written in, with the browser already open (a new profile each time). Prints figures only.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeDataDir, startApp } from '../harness/app.js';
import { launchBrowser } from '../harness/browser.js';
import { field } from '../harness/window.js';

const runs = 5;
let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

const median = (values: number[]): number => Math.round(values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!);

describe('the start', () => {
  it('is measured', async () => {
    const readyMs: number[] = [];
    const firstScreenMs: number[] = [];
    const composerMs: number[] = [];
    const modelMs: number[] = [];
    for (let run = 0; run < runs; run += 1) {
      const startedMs = performance.now();
      const app = await startApp();
      readyMs.push(performance.now() - startedMs);
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
      const page = await context.newPage();
      await page.goto(app.url, { waitUntil: 'commit' });
      await field(page).waitFor();
      composerMs.push(performance.now() - startedMs);
      await page.locator('.pill .dot.good').waitFor();
      modelMs.push(performance.now() - startedMs);
      firstScreenMs.push(Number(/First screen (\d+) ms/.exec(app.output())?.[1]));
      await context.close();
      await app.stop();
      removeDataDir(app.dataDir);
    }
    console.log(JSON.stringify({ runs, medianMs: { serverReady: median(readyMs), firstScreen: median(firstScreenMs), composerShown: median(composerMs), modelLoaded: median(modelMs) } }));
    expect(composerMs).toHaveLength(runs);
  });
});

// Makes the pictures of README and docs from the running app: the first screen, the model's card, 2 steps and 16, auto and the speed section.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { removeDataDir, root, startApp } from '../harness/app.js';
import { launchBrowser, openPage } from '../harness/browser.js';
import { connect, whenReady } from '../harness/client.js';
import { answers, ask, slider, untilDone } from '../harness/window.js';

const folder = process.env['PLUMB_SCREENS'] ?? join(root, 'docs', 'images');
const question =
  'A ball is under cup 4. Swap 4 and 1. Swap 3 and 5. Swap 5 and 4. Swap 4 and 2. Swap 3 and 2. Swap 5 and 3. Swap 3 and 2. Swap 3 and 2. Swap 2 and 4. Swap 1 and 5. Swap 3 and 2. Swap 1 and 2. Where is the ball?';

async function play(page: Page): Promise<void> {
  await slider(page).press('Home');
  await slider(page).press('PageUp');
  await ask(page, question);
  await page.getByRole('button', { name: 'Answer again at another depth' }).click();
  await page.getByRole('menuitem', { name: /^16 steps/ }).click();
  await expect.poll(() => page.getByRole('group', { name: 'The same question, answered otherwise' }).count(), { timeout: 20_000 }).toBe(1);
  await untilDone(page);
  expect(await answers(page).count()).toBe(1);
  await page.mouse.move(600, 400);
  await page.waitForTimeout(600);
}

/** The card of the built-in model, from its name in the first screen. */
async function showCard(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Its card and scores' }).click();
  await page.getByRole('dialog').getByRole('heading', { name: 'What more steps bring' }).waitFor();
  await page.waitForTimeout(500);
}

/** The same question with tokens that stop by themselves, and the section that says how. */
async function playAuto(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'New chat' }).first().click();
  await page.getByRole('radio', { name: 'Auto' }).check();
  await ask(page, question);
  await page.mouse.move(600, 400);
  await page.waitForTimeout(600);
}

it('takes the pictures', async () => {
  mkdirSync(folder, { recursive: true });
  const app = await startApp();
  const browser = await launchBrowser();
  const client = await connect(app);
  await whenReady(client);
  for (const dark of [false, true]) {
    const shade = dark ? 'dark' : 'light';
    const { page, context } = await openPage(browser, app, { dark });
    await page.getByRole('heading', { name: /Ask, then choose/ }).waitFor();
    await page.waitForTimeout(800);
    await page.screenshot({ path: join(folder, `first-${shade}.png`) });
    await showCard(page);
    await page.screenshot({ path: join(folder, `card-${shade}.png`) });
    await page.keyboard.press('Escape');
    await play(page);
    await page.screenshot({ path: join(folder, `window-${shade}.png`) });
    await playAuto(page);
    await page.screenshot({ path: join(folder, `auto-${shade}.png`) });
    await page.getByRole('button', { name: 'Speed and memory' }).click();
    await page.waitForTimeout(500);
    await page.screenshot({ path: join(folder, `speed-${shade}.png`) });
    await page.keyboard.press('Escape');
    await page.getByRole('radio', { name: 'Fixed' }).check();
    for (const [width, height, name] of [[1000, 800, 'medium'], [390, 844, 'narrow']] as const) {
      await page.setViewportSize({ width, height });
      await page.waitForTimeout(500);
      await page.screenshot({ path: join(folder, `${name}-${shade}.png`) });
    }
    await context.close();
  }
  client.close();
  await browser.close();
  await app.stop();
  removeDataDir(app.dataDir);
});

// Makes the pictures of docs/documents.md from the running app: the documents room, the viewer, an answer with its sources.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'vitest';
import { defaultSampling } from '../../core/contract/conversation.js';
import { removeDataDir, root, startApp } from '../harness/app.js';
import { launchBrowser, openPage } from '../harness/browser.js';
import { connect, whenReady } from '../harness/client.js';
import { drop, makePdf } from '../harness/documents.js';
import { ask } from '../harness/window.js';

const folder = process.env['PLUMB_SCREENS'] ?? join(root, 'docs', 'images');

const lease = [
  ['Lease of Flat 12, 8 Mill Street', 'This agreement is made between Harbour Homes Ltd (the landlord)', 'and Ada Meyer (the tenant).', '', 'The flat is on the third floor. It has two rooms, a kitchen and a cellar.', 'The lease begins on 1 March 2024 and runs for an indefinite time.'],
  ['1. Rent and deposit', 'The monthly rent is 940 euros. It is due on the third working day.', 'The deposit is 2,820 euros and is kept in a separate account.', 'The rent may be raised once in fifteen months, by at most four percent.'],
  ['2. Notice', 'The tenant may end this lease with a notice period of three months.', 'The landlord may end it with a notice period of six months,', 'and only for a reason named in section 5.', 'Notice must be given in writing; an e-mail is not enough.', '', 'The keys are handed over on the last working day of the lease.', 'A missing key costs 38 euros.'],
];
const files: [string, Uint8Array | string][] = [
  ['house-rules.md', '# House rules\n\n## Quiet\n\nQuiet hours are from 22:00 to 7:00, and all day on Sundays.\n\n## Bicycles\n\nBicycles stand in the yard. The stairs stay free.\n\n## Waste\n\nPaper is collected every second Thursday.'],
  ['heating-2024.csv', 'month,heating,water\nJanuary,118.40,22.10\nFebruary,121.00,21.80\nMarch,96.20,22.00'],
  ['landlord.eml', 'From: Harbour Homes <office@harbour.example>\r\nTo: Ada Meyer <ada@example.org>\r\nSubject: Boiler\r\nDate: Mon, 3 Jun 2024 09:12:00 +0000\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nDear Ms Meyer,\r\n\r\nthe boiler will be serviced on 14 June between nine and twelve.\r\n'],
  ['minutes.docx', 'PK\u0003\u0004 not a document any more'],
];

it('takes the pictures of documents', async () => {
  mkdirSync(folder, { recursive: true });
  const app = await startApp();
  const browser = await launchBrowser();
  const client = await connect(app);
  await whenReady(client);
  await client.call('settings.set', { sampling: { ...defaultSampling, temperature: 0, maxTokens: 40 } });
  const { collection } = await client.call('collections.create', { name: 'Flat 12' });
  for (const dark of [false, true]) {
    const shade = dark ? 'dark' : 'light';
    const { page, context } = await openPage(browser, app, { dark });
    await page.getByRole('button', { name: /^Documents/ }).first().click();
    if (!dark) {
      await drop(page, '.collection', 'lease-2024.pdf', await makePdf(lease));
      for (const [name, content] of files) await drop(page, '.collection', name, Buffer.from(content));
      await page.locator('.document[data-state="failed"]').waitFor({ timeout: 60_000 });
      await page.waitForFunction(() => document.querySelectorAll('.document[data-state="ready"]').length === 4, undefined, { timeout: 60_000 });
    }
    await page.locator('.document').first().waitFor();
    await page.mouse.move(2, 2);
    await page.waitForTimeout(600);
    await page.screenshot({ path: join(folder, `documents-${shade}.png`) });
    await page.getByRole('button', { name: 'Ask these documents' }).click();
    await ask(page, 'What is the notice period for the tenant?');
    await page.mouse.move(2, 2);
    await page.waitForTimeout(800);
    await page.screenshot({ path: join(folder, `sources-${shade}.png`) });
    await page.locator('.quote-place').first().click();
    await page.locator('[data-drawn]').waitFor({ timeout: 30_000 });
    await page.mouse.move(2, 2);
    await page.waitForTimeout(600);
    await page.screenshot({ path: join(folder, `viewer-${shade}.png`) });
    await context.close();
  }
  await client.call('collections.remove', { id: collection.id });
  client.close();
  await browser.close();
  await app.stop();
  removeDataDir(app.dataDir);
});

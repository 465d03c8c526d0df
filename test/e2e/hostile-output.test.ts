// Proves that nothing a model writes runs, loads, navigates or breaks the window: a corpus of hostile answers, streamed through the real transcript.
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../core/contract/rpc.js';
import type { PlumbApi } from '../../core/contract/api.js';
import { removeDataDir, startApp, type RunningApp } from '../harness/app.js';
import { launchBrowser, openPage } from '../harness/browser.js';
import { connect, whenReady } from '../harness/client.js';
import { hostileOutput, type HostileCase } from '../harness/hostile-output.js';

/** Begins something that only its own end closes: it would swallow the cases behind it. */
const swallows = /<!|<\?|<(?:script|style|pre|textarea)|^[`~]{3}|\$\$|\\\[/im;

/** Short cases travel together in one answer, six at a time; a heavy one or one that swallows what follows comes alone. */
function packed(cases: readonly HostileCase[]): HostileCase[] {
  const alone = cases.filter(({ text }) => text.length > 2000 || swallows.test(text));
  const short = cases.filter((each) => !alone.includes(each));
  const packs = Array.from({ length: Math.ceil(short.length / 6) }, (_, at) => short.slice(at * 6, at * 6 + 6));
  return [...packs.map((pack) => ({ name: pack.map(({ name }) => name).join(' + '), text: pack.map(({ text }) => text).join('\n\n***\n\n') })), ...alone];
}

/** Cases that share a conversation: each is the answer to a message of its own, the window shows them all. */
const together = 8;
/** A wedged page answers no question: this is how long a case may keep it from answering. */
const patienceMs = 120_000;

let app: RunningApp;
let browser: Browser;
let client: Client<PlumbApi>;
let page: Page;
let context: BrowserContext;
let complaints: string[];
const surprises: string[] = [];

beforeAll(async () => {
  app = await startApp({ engine: 'fake', env: { PLUMB_FAKE_CONTEXT: '10000000' } });
  client = await connect(app);
  await whenReady(client);
  await client.call('settings.set', { sampling: { maxTokens: 100_000 } });
  browser = await launchBrowser();
  await openWindow();
});
afterAll(async () => {
  await browser.close();
  client.close();
  await app.stop();
  removeDataDir(app.dataDir);
});

/** Opens a window and notes everything that a model's text must not cause. Again after one that no longer answers. */
async function openWindow(): Promise<void> {
  const opened = await openPage(browser, app, { width: 1100, height: 800 });
  ({ page, context, complaints } = opened);
  page.on('dialog', (dialog) => (surprises.push(`dialog: ${dialog.message()}`), void dialog.dismiss()));
  // The window's own place in its history is not a navigation.
  const own = new RegExp(`^http://127\\.0\\.0\\.1:${app.port}/(#(?:c\\d+)?)?$`);
  page.on('framenavigated', (frame) => void (own.test(frame.url()) || surprises.push(`navigation to ${frame.url()}`)));
  page.on('frameattached', () => surprises.push('a frame'));
  page.on('crash', () => surprises.push('the page crashed'));
  page.on('download', () => surprises.push('a download'));
  context.on('page', (other) => surprises.push(`a window with ${other.url()}`));
}

/** What is wrong with the page as it is now. Runs inside the page. */
function look(): string[] {
  const wrong: string[] = [];
  if ('__pwned' in window) wrong.push('a script ran');
  const answers = document.querySelector('.transcript');
  if (!answers) return ['the transcript is gone'];
  if (answers.querySelector('script, iframe, object, embed, form, link, meta, base, style, video, audio, input:not([type=checkbox]), img, template, dialog')) wrong.push('an element that a model may not make');
  for (const element of answers.querySelectorAll('*')) {
    for (const { name, value } of element.attributes) {
      if (name.startsWith('on')) wrong.push(`the attribute ${name}`);
      if ((name === 'href' || name === 'src' || name === 'xlink:href' || name === 'action') && !/^(https?:|mailto:)/.test(value)) wrong.push(`${name}=${value.slice(0, 60)}`);
      if (name === 'id' && value === 'root') wrong.push('a stolen id');
    }
  }
  // Contextual forms make the layout of a line without blanks a hundred times as dear.
  for (const element of document.querySelectorAll('.bubble, .block p, textarea')) if (getComputedStyle(element).fontVariantLigatures !== 'no-contextual') { wrong.push('contextual forms of letters'); break; }
  const depth = (element: Element): number => {
    let deepest = 0;
    for (let at: Element | null = element; at; at = at.parentElement) deepest += 1;
    return deepest;
  };
  for (const element of answers.querySelectorAll(':not(:has(*))')) if (depth(element) > 400) { wrong.push('elements nested beyond reason'); break; }
  if (document.documentElement.scrollWidth > innerWidth) wrong.push(`wider than the screen: ${document.documentElement.scrollWidth}`);
  if (answers.scrollWidth > answers.clientWidth) wrong.push(`the transcript scrolls sideways: ${answers.scrollWidth} > ${answers.clientWidth}`);
  const field = document.querySelector('textarea');
  const box = field?.getBoundingClientRect();
  if (!field || !box || box.width < 100 || box.bottom > innerHeight || box.top < 0) wrong.push('the composer is out of reach');
  else if (document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2) !== field) wrong.push('something lies over the composer');
  const sidebar = document.querySelector('nav, aside');
  const side = sidebar?.getBoundingClientRect();
  if (side && sidebar && !sidebar.contains(document.elementFromPoint(side.left + 20, side.top + side.height / 2))) wrong.push('something lies over the sidebar');
  return wrong;
}

/** Shows one group of answers and returns what went wrong, by case. */
async function show(cases: readonly HostileCase[], group: number): Promise<string[]> {
  const { conversation } = await client.call('conversations.create', {});
  await client.call('conversations.rename', { id: conversation.id, title: `group ${group}` });
  await page.getByRole('navigation', { name: 'Conversations' }).getByText(`group ${group}`, { exact: true }).first().click();
  const wrong: string[] = [];
  for (const { name, text } of cases) {
    const ended = new Promise<void>((done) => {
      const undo = client.on('run.ended', (body) => {
        if (body.conversationId !== conversation.id) return;
        undo();
        done();
      });
    });
    await client.call('messages.send', { conversationId: conversation.id, text: `!rate 10000000 !say ${text}`, recurrence: { steps: 1 } });
    await ended;
    const answered = await Promise.race([
      page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 60)))).then(() => page.evaluate(look)),
      new Promise<null>((done) => setTimeout(done, patienceMs, null)),
    ]);
    if (answered === null) {
      await browser.close();
      browser = await launchBrowser();
      await openWindow();
      return [...wrong, `${name}: the page does not answer`];
    }
    wrong.push(...[...answered, ...surprises.splice(0), ...complaints.splice(0)].map((what) => `${name}: ${what}`));
  }
  // Sent once more as a whole: settled text takes another way than growing text.
  await page.reload();
  surprises.splice(0);
  const again = await page.evaluate(() => new Promise((done) => setTimeout(done, 400))).then(() => page.evaluate(look));
  wrong.push(...[...again, ...complaints.splice(0)].map((what) => `group ${group} after a reload: ${what}`));
  await client.call('conversations.remove', { id: conversation.id });
  return wrong;
}

const only = process.env['PLUMB_HOSTILE'];
const chosen = only ? hostileOutput.filter(({ name }) => name.includes(only)) : packed(hostileOutput);
/** A heavy answer is shown in a conversation of its own: what is bounded is what one answer costs. */
const isHeavy = ({ text }: HostileCase): boolean => text.length > 2000;
const light = chosen.filter((each) => !isHeavy(each));
const groups = [...Array.from({ length: Math.ceil(light.length / together) }, (_, at) => light.slice(at * together, (at + 1) * together)), ...chosen.filter(isHeavy).map((each) => [each])];

describe(`hostile answers (${hostileOutput.length})`, () => {
  it('are more than two hundred, each another', () => {
    expect(hostileOutput.length).toBeGreaterThan(200);
    expect(new Set(hostileOutput.map(({ text }) => text)).size).toBe(hostileOutput.length);
  });

  it.each(groups.map((cases, at): [string, readonly HostileCase[], number] => [`${at + 1}, from “${cases[0]!.name.slice(0, 40)}”`, cases, at + 1]))('group %s: nothing runs, nothing is fetched, the window stays whole', async (_title, cases, group) => {
    expect(await show(cases, group)).toEqual([]);
  }, 600_000);
});

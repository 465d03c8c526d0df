// Proves with a real browser that a page from elsewhere, open beside Plumb's and with its cookie in the same profile, gets nothing through.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeDataDir, startApp, type RunningApp } from '../harness/app.js';
import { launchBrowser, openPage } from '../harness/browser.js';
import { field } from '../harness/window.js';

/** Tries everything a page can do to an address and reports what came through. */
const attack = `async (target) => {
  const got = [];
  const soon = (ms, value) => new Promise((done) => setTimeout(done, ms, value));
  for (const mode of ['cors', 'no-cors', 'same-origin', 'navigate']) {
    for (const credentials of ['include', 'omit']) {
      for (const method of ['GET', 'POST', 'HEAD']) {
        try {
          const response = await Promise.race([fetch(target + '/', { mode, credentials, method }), soon(2000, null)]);
          if (response && response.type !== 'opaque') got.push('fetch ' + mode + ' ' + method + ' ' + response.status);
          const text = response ? await response.text() : '';
          if (text !== '') got.push('fetch text');
        } catch { /* as it should be */ }
      }
    }
  }
  const element = (tag, attribute, path) => Promise.race([soon(1500, null), new Promise((done) => {
    const made = document.createElement(tag);
    made[attribute] = target + path;
    if (tag === 'link') made.rel = 'stylesheet';
    made.onload = () => done(tag);
    made.onerror = () => done(null);
    document.body.append(made);
    if (tag === 'iframe' || tag === 'embed' || tag === 'object') made.onload = () => {
      // A refused frame shows an error page, which also loads: what counts is whether it can be read or has frames of ours.
      try { done(made.contentDocument && made.contentDocument.body.innerText !== '' ? tag : null); } catch { done(null); }
    };
  })]);
  for (const [tag, attribute, path] of [['img', 'src', '/icon.svg'], ['script', 'src', ASSET], ['link', 'href', STYLE], ['iframe', 'src', '/'], ['embed', 'src', '/'], ['object', 'data', '/'], ['video', 'src', '/icon.svg'], ['audio', 'src', '/icon.svg']]) {
    const loaded = await element(tag, attribute, path);
    if (loaded !== null) got.push(loaded);
  }
  try { await import(target + ASSET); got.push('module'); } catch { /* as it should be */ }
  for (const address of [target.replace('http', 'ws') + '/pipe', target.replace('http', 'ws') + '/pipe?x']) {
    got.push(...await Promise.race([soon(2000, []), new Promise((done) => {
      const socket = new WebSocket(address);
      socket.onopen = () => done(['websocket']);
      socket.onerror = () => done([]);
    })]));
  }
  try { const source = new EventSource(target + '/', { withCredentials: true }); source.onopen = () => got.push('event source'); } catch { /* as it should be */ }
  navigator.sendBeacon(target + '/', 'x');
  const form = document.createElement('form');
  form.action = target + '/'; form.method = 'POST'; form.target = 'hidden';
  document.body.append(form);
  const opened = window.open(target + '/', 'victim');
  await soon(800);
  try { if (opened && opened.document.title) got.push('window'); } catch { /* as it should be */ }
  try { if (opened && opened.length > 0) got.push('frames of the window'); } catch { /* as it should be */ }
  opened?.postMessage({ kind: 'call', id: 1, op: 'conversations.list', params: {} }, '*');
  form.submit();
  await soon(800);
  return got;
}`;

let app: RunningApp;
let browser: Browser;
let context: BrowserContext;
let elsewhere: Server;
let assets: { script: string; style: string };
let port: number;

beforeAll(async () => {
  app = await startApp({ engine: 'fake' });
  elsewhere = createServer((_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>elsewhere</title><body>'));
  port = await new Promise<number>((done) => void elsewhere.listen(0, '127.0.0.1', () => done((elsewhere.address() as AddressInfo).port)));
  browser = await launchBrowser(['--host-resolver-rules=MAP evil.example 127.0.0.1']);
  // The owner's window: its cookie is in this profile from here on.
  const opened = await openPage(browser, app);
  ({ context } = opened);
  await field(opened.page).waitFor();
  assets = await opened.page.evaluate(() => ({ script: document.querySelector('script')!.getAttribute('src')!.replace(/^\.?\/?/, '/'), style: document.querySelector('link[rel=stylesheet]')!.getAttribute('href')!.replace(/^\.?\/?/, '/') }));
});
afterAll(async () => {
  await browser.close();
  elsewhere.close();
  await app.stop();
  removeDataDir(app.dataDir);
});

describe('a page from elsewhere', () => {
  it.each([
    ['on another port of the same address, to which the browser sends the cookie', () => `http://127.0.0.1:${port}`, () => `http://127.0.0.1:${app.port}`],
    ['on localhost', () => `http://localhost:${port}`, () => `http://127.0.0.1:${app.port}`],
    ['on localhost, asking localhost', () => `http://localhost:${port}`, () => `http://localhost:${app.port}`],
    ['on a web address', () => `http://evil.example:${port}`, () => `http://127.0.0.1:${app.port}`],
    ['on a web address that now resolves to this machine', () => `http://evil.example:${port}`, () => `http://evil.example:${app.port}`],
  ])('%s gets nothing', async (_what, from, target) => {
    const page = await context.newPage();
    await page.goto(from());
    const got = await page.evaluate<string[]>(`(${attack.replaceAll('ASSET', JSON.stringify(assets.script)).replaceAll('STYLE', JSON.stringify(assets.style))})(${JSON.stringify(target())})`);
    expect(got).toEqual([]);
    // No frame of ours inside the hostile page.
    expect(page.frames().filter((frame) => frame !== page.mainFrame() && frame.url().includes(`:${app.port}`) && !frame.url().startsWith('chrome-error'))).toEqual([]);
    for (const other of context.pages()) if (other !== context.pages()[0]) await other.close();
  });

  it('would get through to a server that lets it (or the tests above would prove nothing)', async () => {
    const page = await context.newPage();
    const own = `http://127.0.0.1:${port}`;
    await page.goto(own);
    const got = await page.evaluate<string[]>(`(${attack.replaceAll('ASSET', '"/x.js"').replaceAll('STYLE', '"/x.css"')})(${JSON.stringify(own)})`);
    expect(got).toEqual(expect.arrayContaining(['fetch cors GET 200', 'fetch text', 'script', 'link', 'window']));
    for (const other of context.pages()) if (other !== context.pages()[0]) await other.close();
  });

  it('that was rebound to this machine is told to go away, with and without the token', async () => {
    const page = await context.newPage();
    for (const path of ['/', `/${new URL(app.url).search}`]) {
      const answer = await page.goto(`http://evil.example:${app.port}${path}`);
      expect([answer?.status(), await page.title(), answer?.headers()['set-cookie']]).toEqual([421, 'Plumb', undefined]);
    }
    await page.close();
  });

  it('leaves the owner’s window as it was', async () => {
    const owner = context.pages()[0]!;
    await owner.reload();
    await field(owner).fill('still here');
    expect(await field(owner).inputValue()).toBe('still here');
  });
});

// Owns the Chromium that drives the page in end-to-end tests.
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import type { RunningApp } from './app.js';

/** Chromium without its own traffic: no updates, no field trials, no name look-ups. */
const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** @param more flags of one test, for example a name that resolves to this machine */
export function launchBrowser(more: readonly string[] = []): Promise<Browser> {
  const executablePath = process.env['PLUMB_CHROMIUM'] || '/usr/bin/chromium';
  return chromium.launch({ executablePath, args: [...flags, ...more] });
}

export interface OpenedPage {
  page: Page;
  context: BrowserContext;
  /** Messages of the browser console that a healthy page does not write, and requests that left this machine. */
  complaints: string[];
}

/** Opens the app in a fresh profile and collects what should never happen: console errors, page errors, outside requests. */
export async function openPage(browser: Browser, app: RunningApp, options: { width?: number; height?: number; dark?: boolean; reducedMotion?: boolean } = {}): Promise<OpenedPage> {
  const context = await browser.newContext({
    viewport: { width: options.width ?? 1440, height: options.height ?? 900 },
    colorScheme: options.dark ? 'dark' : 'light',
    reducedMotion: options.reducedMotion ? 'reduce' : 'no-preference',
  });
  const complaints: string[] = [];
  const page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error' || message.text().includes('Content Security Policy')) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (!['data:', 'blob:'].includes(url.protocol) && url.host !== `127.0.0.1:${app.port}`) complaints.push(`request to ${url.host}`);
  });
  await page.goto(app.url);
  return { page, context, complaints };
}

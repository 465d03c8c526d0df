// Proves what the Electron host trusts. Electron itself does not run here; these are its decisions as plain functions.
import { describe, expect, it } from 'vitest';
import { isOurSender, mayLoad, mayNavigate, mayUse, pagePath, webPreferences } from '../../../electron/trust.js';

describe('the sender of a message', () => {
  const ours = { sender: { id: 3 }, senderFrame: { url: 'plumb://app/', parent: null } };
  it.each([
    ['our page in our window', ours, 3, true],
    ['our page after a link inside it', { ...ours, senderFrame: { url: 'plumb://app/#c5', parent: null } }, 3, true],
    ['another window', { ...ours, sender: { id: 4 } }, 3, false],
    ['a frame inside our page', { ...ours, senderFrame: { url: 'plumb://app/', parent: {} } }, 3, false],
    ['a web page', { ...ours, senderFrame: { url: 'https://app/', parent: null } }, 3, false],
    ['another host of our scheme', { ...ours, senderFrame: { url: 'plumb://evil/', parent: null } }, 3, false],
    ['an empty page', { ...ours, senderFrame: { url: 'about:blank', parent: null } }, 3, false],
    ['a frame that is gone', { ...ours, senderFrame: null }, 3, false],
    ['our page when there is no window', ours, null, false],
  ])('%s', (_what, event, windowId, trusted) => {
    expect(isOurSender(event, windowId)).toBe(trusted);
  });
});

describe('addresses', () => {
  it.each([
    ['plumb://app/', '/'],
    ['plumb://app/assets/a.js?x#y', '/assets/a.js'],
    ['plumb://app/../../etc/passwd', '/etc/passwd'],
    ['plumb://app:80/', null],
    ['plumb://app.evil/', null],
    ['https://app/', null],
    ['not an address', null],
  ])('%s is the page file %s', (address, path) => {
    expect(pagePath(address)).toBe(path);
  });

  it('lead nowhere but to our own page', () => {
    expect(['plumb://app/', 'https://example.org/', 'file:///etc/passwd', 'javascript:alert(1)', 'data:text/html,x'].map(mayNavigate)).toEqual([true, false, false, false, false]);
  });

  it('are loaded only from ourselves', () => {
    expect(['plumb://app/a.js', 'blob:plumb://app/1', 'data:image/png;base64,x', 'https://x.y/a.png', 'http://127.0.0.1:1/', 'ws://x.y', 'file:///a'].map(mayLoad)).toEqual([true, true, true, false, false, false, false]);
  });
});

describe('permissions', () => {
  it('are denied, but for writing to the clipboard from our own page', () => {
    const asked = ['clipboard-sanitized-write', 'clipboard-read', 'media', 'geolocation', 'notifications', 'openExternal', 'fileSystem'];
    expect(asked.map((permission) => mayUse(permission, 'plumb://app/'))).toEqual([true, false, false, false, false, false, false]);
    expect(mayUse('clipboard-sanitized-write', 'https://example.org/')).toBe(false);
  });
});

describe('the window', () => {
  it('is sandboxed, without Node, forgets everything, and has developer tools only in development', () => {
    expect(webPreferences('/preload.cjs', false)).toMatchObject({
      sandbox: true, contextIsolation: true, nodeIntegration: false, nodeIntegrationInWorker: false, nodeIntegrationInSubFrames: false, webSecurity: true, webviewTag: false, spellcheck: false, devTools: false,
    });
    expect(webPreferences('/preload.cjs', true).devTools).toBe(true);
    expect(webPreferences('/preload.cjs', false).partition).not.toMatch(/^persist:/);
  });
});

// Proves the Electron host against Electron's own security checklist, item by item, with Electron replaced by a record of what it was told.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { FuseV1Options } from '@electron/fuses';
import { beforeEach, describe, expect, it, vi } from 'vitest';

const root = resolve(import.meta.dirname, '..', '..', '..');
type Listener = (...given: never[]) => unknown;

/** What a session and a window were told. */
const told = vi.hoisted(() => ({ session: new Map<string, Listener>(), window: new Map<string, Listener>(), created: [] as { webPreferences: Record<string, unknown> }[], loaded: [] as string[], partition: '', spelling: true as boolean }));
vi.mock('electron', () => {
  const session = {
    setPermissionRequestHandler: (handler: Listener) => told.session.set('request', handler),
    setPermissionCheckHandler: (handler: Listener) => told.session.set('check', handler),
    setDevicePermissionHandler: (handler: Listener) => told.session.set('device', handler),
    setSpellCheckerEnabled: (on: boolean) => void (told.spelling = on),
    webRequest: { onBeforeRequest: (handler: Listener) => told.session.set('before', handler) },
    on: (name: string, handler: Listener) => told.session.set(name, handler),
    protocol: { handle: (scheme: string, handler: Listener) => told.session.set(`scheme ${scheme}`, handler) },
  };
  class BrowserWindow {
    webContents = { on: (name: string, handler: Listener) => told.window.set(name, handler), setWindowOpenHandler: (handler: Listener) => told.window.set('open', handler), reload: () => undefined };
    constructor(options: { webPreferences: Record<string, unknown> }) {
      told.created.push(options);
    }
    on(): void {}
    once(): void {}
    show(): void {}
    loadURL(url: string): Promise<void> {
      told.loaded.push(url);
      return Promise.resolve();
    }
  }
  return { BrowserWindow, Menu: { setApplicationMenu: () => undefined, buildFromTemplate: (template: unknown) => template }, session: { fromPartition: (name: string) => ((told.partition = name), session) } };
});

const { openWindow, prepareSession } = await import('../../../electron/window.js');
const { isOurSender } = await import('../../../electron/trust.js');
const { contentSecurityPolicy, securityHeaders } = await import('../../../core/services/host/page-files.js');
const { fuses } = await import('../../../forge.config.js');

const sourceOf = (path: string): string => readFileSync(join(root, path), 'utf8');
const sources = ['electron/main.ts', 'electron/window.ts', 'electron/trust.ts', 'electron/pipe.ts', 'electron/preload.cts', 'electron/child.ts'].map(sourceOf).join('\n');
const call = <T>(from: Map<string, Listener>, name: string, ...given: unknown[]): T => (from.get(name) as unknown as (...given: unknown[]) => T)(...given);
const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

let refused: string[];
let preferences: Record<string, unknown>;
beforeEach(() => {
  refused = [];
  told.loaded.length = 0;
  prepareSession(new Map(), (host) => refused.push(host));
  openWindow('/preload.cjs', false, log as never, () => undefined);
  preferences = told.created.at(-1)!.webPreferences;
});
const isLoaded = (url: string): boolean => {
  let cancelled = true;
  call(told.session, 'before', { url }, ({ cancel }: { cancel: boolean }) => void (cancelled = cancel));
  return !cancelled;
};
const isPrevented = (name: string, url: string): boolean => {
  let prevented = false;
  call(told.window, name, { url, preventDefault: () => void (prevented = true) });
  return prevented;
};

describe('Electron’s security checklist', () => {
  it('1. only load secure content: nothing is loaded but our own scheme, and what was asked for is reported by host alone', () => {
    expect(told.loaded).toEqual(['plumb://app/']);
    expect(['http://a.example/', 'https://evil.example/secret?q=content', 'ws://a.example', 'wss://a.example', 'file:///etc/passwd', 'ftp://a.example', 'plumb://evil/', 'http://127.0.0.1:1/'].filter(isLoaded)).toEqual([]);
    expect(refused).toContain('evil.example');
    expect(refused.join()).not.toMatch(/secret|content|\//);
    expect(isLoaded('plumb://app/assets/x.js')).toBe(true);
  });
  it('2. no Node.js integration: not in the page, its workers or its frames', () => {
    expect([preferences['nodeIntegration'], preferences['nodeIntegrationInWorker'], preferences['nodeIntegrationInSubFrames']]).toEqual([false, false, false]);
  });
  it('3. context isolation', () => expect(preferences['contextIsolation']).toBe(true));
  it('4. process sandboxing: for this window and for every other', () => {
    expect(preferences['sandbox']).toBe(true);
    expect(sourceOf('electron/main.ts')).toContain('app.enableSandbox()');
    expect(sources).not.toMatch(/no-sandbox|disable-gpu-sandbox/);
  });
  it('5. handle permission requests: all refused but writing to the clipboard, from our page', () => {
    const answers = (permission: string, requestingUrl: string): boolean => {
      let answer = true;
      call(told.session, 'request', null, permission, (given: boolean) => void (answer = given), { requestingUrl });
      return answer && call<boolean>(told.session, 'check', null, permission, requestingUrl);
    };
    const all = ['clipboard-read', 'display-capture', 'mediaKeySystem', 'geolocation', 'notifications', 'midi', 'midiSysex', 'pointerLock', 'fullscreen', 'openExternal', 'window-management', 'media', 'hid', 'serial', 'usb', 'bluetooth', 'idle-detection', 'storage-access', 'top-level-storage-access', 'fileSystem', 'keyboardLock', 'speaker-selection', 'unknown'];
    expect(all.filter((permission) => answers(permission, 'plumb://app/'))).toEqual([]);
    expect([answers('clipboard-sanitized-write', 'plumb://app/'), answers('clipboard-sanitized-write', 'https://evil.example/')]).toEqual([true, false]);
    expect(call(told.session, 'device')).toBe(false);
  });
  it('6. webSecurity stays on', () => expect(preferences['webSecurity']).toBe(true));
  it('7. a Content-Security-Policy on every file, which allows nothing but our own files', () => {
    expect(securityHeaders("'none'")['content-security-policy']).toBe(contentSecurityPolicy("'none'"));
    expect(contentSecurityPolicy("'none'")).toBe("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; worker-src 'self'; connect-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'");
  });
  it('8. allowRunningInsecureContent stays off', () => expect(preferences['allowRunningInsecureContent']).toBe(false));
  it('9. no experimental features', () => expect([preferences['experimentalFeatures'], /experimentalFeatures/.test(sources)]).toEqual([undefined, false]));
  it('10. no enableBlinkFeatures, and no switches that change Chromium', () => expect([preferences['enableBlinkFeatures'], /BlinkFeatures|appendSwitch|appendArgument/.test(sources)]).toEqual([undefined, false]));
  it('11. no allowpopups: there are no WebViews', () => expect([preferences['webviewTag'], /allowpopups|<webview/.test(sources)]).toEqual([false, false]));
  it('12. WebView options: none is ever attached', () => expect(isPrevented('will-attach-webview', '')).toBe(true));
  it('13. limited navigation: the page may reload itself, redirects go nowhere', () => {
    expect(['https://evil.example/', 'file:///etc/passwd', 'javascript:alert(1)', 'data:text/html,x', 'plumb://app/'].map((url) => isPrevented('will-navigate', url))).toEqual([true, true, true, true, false]);
    expect(isPrevented('will-redirect', 'plumb://app/')).toBe(true);
    expect(preferences['navigateOnDragDrop']).toBe(false);
  });
  it('14. no new windows', () => expect(call(told.window, 'open', { url: 'plumb://app/' })).toEqual({ action: 'deny' }));
  it('15. no shell.openExternal: addresses are shown to be copied', () => expect(sources).not.toMatch(/openExternal\(|openPath\(|\bshell\b/));
  it('16. a current version of Electron: one exact version, so that raising it is a decision', () => {
    const { devDependencies } = JSON.parse(sourceOf('package.json')) as { devDependencies: Record<string, string> };
    expect(devDependencies['electron']).toMatch(/^\d+\.\d+\.\d+$/);
    expect(Number(devDependencies['electron']!.split('.')[0])).toBeGreaterThanOrEqual(45);
  });
  it('17. the sender of every message is checked: our window, its main frame, our page', () => {
    expect(isOurSender({ sender: { id: 1 }, senderFrame: { url: 'plumb://app/', parent: null } }, 1)).toBe(true);
    expect(isOurSender({ sender: { id: 1 }, senderFrame: { url: 'plumb://app/', parent: {} } }, 1)).toBe(false);
    // One door, and it asks: no other channel exists.
    expect(sources.match(/ipc(?:Main)?\.(?:on|once|handle|handleOnce)\(/g)).toEqual(['ipc.on(', 'ipc.on(']);
    expect(sourceOf('electron/pipe.ts').match(/if \(!isOurs\(event\)\) return/g)).toHaveLength(2);
  });
  it('18. no file: protocol: our own scheme, standard and secure', () => {
    expect(told.session.has('scheme plumb')).toBe(true);
    expect(sources).not.toMatch(/loadFile\(|file:\/\//);
  });
  it('19. fuses: each one is named', () => {
    const { EnableCookieEncryption, EnableEmbeddedAsarIntegrityValidation, EnableNodeCliInspectArguments, EnableNodeOptionsEnvironmentVariable, GrantFileProtocolExtraPrivileges, LoadBrowserProcessSpecificV8Snapshot, OnlyLoadAppFromAsar, RunAsNode } = FuseV1Options;
    expect(fuses.strictlyRequireAllFuses).toBe(true);
    expect([EnableCookieEncryption, EnableEmbeddedAsarIntegrityValidation, OnlyLoadAppFromAsar].map((fuse) => fuses[fuse])).toEqual([true, true, true]);
    expect([RunAsNode, EnableNodeOptionsEnvironmentVariable, EnableNodeCliInspectArguments, LoadBrowserProcessSpecificV8Snapshot, GrantFileProtocolExtraPrivileges].map((fuse) => fuses[fuse])).toEqual([false, false, false, false, false]);
    const all = Object.values(FuseV1Options).filter((fuse): fuse is FuseV1Options => typeof fuse === 'number');
    expect(all.filter((fuse) => !(fuse in fuses))).toEqual([]);
  });
  it('20. no Electron API for the page: two functions that carry messages', () => {
    const preload = sourceOf('electron/preload.cts');
    expect(preload.match(/exposeInMainWorld\(/g)).toHaveLength(1);
    expect(preload).not.toMatch(/expose\w+\([^)]*ipcRenderer\s*[,)]/);
    expect(preload.match(/ipcRenderer\.(\w+)\('([^']+)'/g)).toEqual(["ipcRenderer.send('plumb:message'", "ipcRenderer.on('plumb:message'", "ipcRenderer.off('plumb:message'", "ipcRenderer.send('plumb:open'"]);
  });
});

describe('beyond the checklist', () => {
  it('the session is in memory, checks no spelling, downloads nothing, and developer tools are shut', () => {
    expect([told.partition, told.spelling, preferences['devTools'], preferences['partition'], preferences['spellcheck']]).toEqual(['plumb', false, false, 'plumb', false]);
    let prevented = false;
    call(told.session, 'will-download', { preventDefault: () => void (prevented = true) });
    expect(prevented).toBe(true);
    expect(sources).not.toMatch(/crashReporter|autoUpdater/);
  });
});

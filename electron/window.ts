// Owns the one window: its session without a network or a memory, its locked doors, its return after a crash.
import { BrowserWindow, Menu, session, type MenuItemConstructorOptions, type Session } from 'electron';
import { readFile } from 'node:fs/promises';
import type { PageFile } from '../core/services/host/page-files.js';
import type { Log } from '../core/services/log.js';
import { hostForReport, mayLoad, mayNavigate, mayUse, pagePath, pageUrl, scheme, webPreferences } from './trust.js';

/** A page that dies more often than this within a minute is left dead: reloading would not help. */
const reloadsPerMinute = 3;

/**
 * Closes every way out of the page's session and serves the page's files on our own scheme.
 * @param refused hears the host of every address that was not loaded
 */
export function prepareSession(files: Map<string, PageFile>, refused: (host: string) => void): Session {
  const own = session.fromPartition('plumb');
  own.setPermissionRequestHandler((_contents, permission, answer, details) => answer(mayUse(permission, details.requestingUrl)));
  own.setPermissionCheckHandler((_contents, permission, origin) => mayUse(permission, origin));
  own.setDevicePermissionHandler(() => false);
  own.setSpellCheckerEnabled(false);
  own.webRequest.onBeforeRequest(({ url }, answer) => {
    const cancel = !mayLoad(url);
    if (cancel) refused(hostForReport(url));
    answer({ cancel });
  });
  own.on('will-download', (event) => event.preventDefault());
  own.protocol.handle(scheme, async ({ url }) => {
    const file = files.get(pagePath(url) ?? '');
    if (!file) return new Response('There is nothing at this address.', { status: 404 });
    return new Response(new Uint8Array(await readFile(file.path)), { headers: file.headers });
  });
  return own;
}

/** Opens the window. `gone` is called whenever its page ends: reload, crash, close. */
export function openWindow(preload: string, developing: boolean, log: Log, gone: (reason: string) => void): BrowserWindow {
  const window = new BrowserWindow({ width: 1280, height: 840, minWidth: 480, minHeight: 400, show: false, autoHideMenuBar: true, title: 'Plumb', webPreferences: webPreferences(preload, developing) });
  const { webContents } = window;
  webContents.setWindowOpenHandler(() => ({ action: 'deny' }));
  webContents.on('will-navigate', (event) => void (mayNavigate(event.url) || event.preventDefault()));
  webContents.on('will-redirect', (event) => event.preventDefault());
  webContents.on('will-attach-webview', (event) => event.preventDefault());

  let crashes: number[] = [];
  webContents.on('render-process-gone', (_event, { reason }) => {
    log.warn('window lost its page', { reason });
    gone(reason);
    crashes = [...crashes.filter((at) => Date.now() - at < 60_000), Date.now()];
    if (reason !== 'clean-exit' && crashes.length <= reloadsPerMinute) webContents.reload();
  });
  window.on('closed', () => gone('the window was closed'));
  window.once('ready-to-show', () => window.show());
  void window.loadURL(pageUrl);
  return window;
}

/** Only what the platform expects: without an Edit menu, macOS has no copy and paste. */
export function setMenu(): void {
  const app: MenuItemConstructorOptions[] = process.platform === 'darwin' ? [{ role: 'appMenu' }] : [{ role: 'fileMenu' }];
  const view: MenuItemConstructorOptions = { label: 'View', submenu: [{ role: 'resetZoom' }, { role: 'zoomIn' }, { role: 'zoomOut' }, { type: 'separator' }, { role: 'togglefullscreen' }] };
  Menu.setApplicationMenu(Menu.buildFromTemplate([...app, { role: 'editMenu' }, view, { role: 'windowMenu' }]));
}

// Owns what the Electron host trusts, as plain functions: the page's address, the sender of a message, where a window may go.
import type { WebPreferences } from 'electron';

export const scheme = 'plumb';
export const pageOrigin = `${scheme}://app`;
export const pageUrl = `${pageOrigin}/`;

/** Key of the table of page files for an address, or null when the address is not ours. Decoding happens once, in URL. */
export function pagePath(address: string): string | null {
  const url = URL.parse(address);
  return url?.protocol === `${scheme}:` && url.host === 'app' ? url.pathname : null;
}

interface SenderFrame {
  url: string;
  parent: unknown;
}
export interface Sender {
  sender: { id: number };
  senderFrame: SenderFrame | null;
}

/** A message counts only if it comes from the main frame of our own window, showing our own page. */
export function isOurSender({ sender, senderFrame }: Sender, windowId: number | null): boolean {
  return windowId !== null && sender.id === windowId && senderFrame !== null && senderFrame.parent === null && pagePath(senderFrame.url) !== null;
}

/** The page may reload itself and go nowhere else. */
export function mayNavigate(address: string): boolean {
  return pagePath(address) !== null;
}

/** Everything the page loads is ours; `devtools:` exists only where developer tools do. */
export function mayLoad(address: string): boolean {
  return pagePath(address) !== null || /^(blob:plumb:\/\/app\/|data:|devtools:)/.test(address);
}

/** Who would have been reached: the host alone, never a path or a query, which could hold content. */
export function hostForReport(address: string): string {
  const url = URL.parse(address);
  return (url === null ? 'unreadable address' : url.hostname || url.protocol).slice(0, 255);
}

/** Copy buttons write to the clipboard. Nothing else is ever granted: no camera, no notifications, no reading of the clipboard. */
export function mayUse(permission: string, address: string): boolean {
  return permission === 'clipboard-sanitized-write' && pagePath(address) !== null;
}

export function webPreferences(preload: string, developing: boolean): WebPreferences {
  return {
    preload,
    // No "persist:": cache, storage and cookies live in memory and are gone with the window.
    partition: 'plumb',
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    webviewTag: false,
    navigateOnDragDrop: false,
    // Would fetch dictionaries and remember words.
    spellcheck: false,
    devTools: developing,
  };
}

// Owns what Plumb puts on the clipboard: copying, and emptying it a minute later where that was asked for and the browser allows it.
import { useApp } from './store.js';

const keptMs = 60_000;
let timer: ReturnType<typeof setTimeout> | undefined;
let mine: string | null = null;

/** Copies a text. Rejects where there is no clipboard. */
export async function copyText(text: string): Promise<void> {
  await navigator.clipboard.writeText(text);
  clearTimeout(timer);
  mine = text;
  if (useApp.getState().settings.clearClipboard) timer = setTimeout(() => void clear(), keptMs);
}

/**
 * Empties the clipboard if it still holds what was copied here. Whether it does can be seen only where reading was allowed (the setting asks for
 * it) and while the window has the focus; a window without it tries again when it has. Where reading is refused nothing is emptied: it could be
 * something else by now, of another program.
 */
async function clear(): Promise<void> {
  if (mine === null) return;
  if (!document.hasFocus()) return window.addEventListener('focus', () => void clear(), { once: true });
  try {
    if ((await navigator.clipboard.readText()) === mine) await navigator.clipboard.writeText('');
  } catch {
    // Not allowed: see above.
  }
  mine = null;
}

/** Asks for the right to look at the clipboard. False: the browser does not give it. */
export async function mayClearClipboard(): Promise<boolean> {
  try {
    await navigator.clipboard.readText();
    return true;
  } catch {
    return false;
  }
}

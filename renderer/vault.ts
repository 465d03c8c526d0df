// Owns what the window asks of the vault, and the words for how it protects.
import { useEffect } from 'react';
import { toErrorBody, type ErrorCode } from '../core/contract/errors.js';
import { shortestPassphrase, type VaultState } from '../core/contract/vault.js';
import { attempt, call } from './actions.js';
import { sentenceFor } from './error-sentences.js';
import { toast, useApp, useView } from './store.js';

/** Runs a call of the vault; null when it went well, else its code and the words for it. */
export async function tryVault(promise: Promise<unknown>): Promise<{ code: ErrorCode; words: string } | null> {
  try {
    await promise;
    return null;
  } catch (thrown) {
    const body = toErrorBody(thrown);
    const { sentence, nextStep } = sentenceFor(body);
    return { code: body.code, words: `${sentence} ${nextStep}` };
  }
}

export function lockNow(): void {
  if (useApp.getState().vault?.protection === 'passphrase') return void attempt(call('vault.lock', {}));
  useView.getState().show('settings');
  toast('Set a passphrase first: without one, Plumb opens by itself.');
}

/** One line for the corner. */
export function promiseOf({ protection, autoLockMinutes }: VaultState): string {
  if (protection === 'key_store') return 'Encrypted; opens with your account';
  if (protection === 'key_file') return 'Encrypted; no passphrase';
  return autoLockMinutes ? `Encrypted; locks after ${autoLockMinutes} min` : 'Encrypted; locks when you say so';
}

/** What it helps against, and what not. */
export function protectionWords({ protection }: VaultState, host: 'electron' | 'browser'): string {
  if (protection === 'passphrase') {
    return `The key is locked with your passphrase. Whoever copies all of Plumb’s files cannot read them without it. While Plumb is open, the key is in its memory.${host === 'browser' ? ' Your browser may offer to save the passphrase; then the browser guards it.' : ''}`;
  }
  if (protection === 'key_store') return 'The key is kept by this system’s key store. Files copied to another machine cannot be read; whoever is signed in here as you can open Plumb.';
  return 'The key lies in a file beside the database. A copy of the database alone cannot be read; whoever copies the whole data folder can. A passphrase closes that gap.';
}

/** Words for a new passphrase, by its length alone: that is what counts most. */
export function strengthOf(passphrase: string): string {
  const { length } = [...passphrase];
  if (length === 0) return `At least ${shortestPassphrase} characters. Four or five random words are good and easy to type.`;
  if (length < shortestPassphrase) return `Too short: ${shortestPassphrase - length} more.`;
  if (length < 12) return 'Short: whoever has your files could find it in time.';
  return length < 20 ? 'Good.' : 'Strong.';
}

/** Often enough for the shortest auto-lock. */
const touchEveryMs = 20_000;

/** Tells the vault that somebody is here. */
export function useTouch(): void {
  useEffect(() => {
    let lastMs = 0;
    const touch = (): void => {
      if (Date.now() - lastMs < touchEveryMs) return;
      lastMs = Date.now();
      // Nobody waits for it; the next one follows.
      call('vault.touch', {}).catch(() => undefined);
    };
    const signs = ['keydown', 'pointerdown', 'pointermove', 'wheel'] as const;
    for (const sign of signs) window.addEventListener(sign, touch, { passive: true, capture: true });
    return () => {
      for (const sign of signs) window.removeEventListener(sign, touch, { capture: true });
    };
  }, []);
}

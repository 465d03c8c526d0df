// Owns agreeing with the services about settings: a change shows at once, and no older echo undoes it on the way.
import type { Settings } from '../core/contract/settings.js';
import { dispatch } from './store.js';

let changes = 0;

/** Marks a change made here as under way. The caller runs what it gets back once the services have answered. */
export function beginSettingsChange(): () => void {
  changes += 1;
  let under = true;
  return () => {
    if (under) changes -= 1;
    under = false;
  };
}

/** Takes settings as the services tell them, unless a newer change made here has not reached them yet: their answer to that one follows. */
export function acceptSettings(settings: Settings): void {
  if (changes === 0) dispatch({ type: 'settings', settings });
}

/** Often enough to feel immediate, seldom enough not to flood the pipe while a thumb moves. */
const passOnEveryMs = 120;

/**
 * For a setting that moves with a thumb: what it returns is called at every move, after the state was changed here, and runs `passOn` a
 * few times a second. Until the services know, their echo of an earlier place must not pull the thumb back.
 */
export function createPassOn(passOn: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | null = null;
  let settle: (() => void) | null = null;
  return () => {
    settle ??= beginSettingsChange();
    timer ??= setTimeout(() => {
      timer = null;
      passOn();
      settle?.();
      settle = null;
    }, passOnEveryMs);
  };
}

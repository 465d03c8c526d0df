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

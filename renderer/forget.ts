// Owns forgetting: after it, nothing in this window knows a word of what it showed.
import type { VaultState } from '../core/contract/vault.js';
import { setClient } from './actions.js';
import { useAsking } from './documents/asking.js';
import { forgetUploads } from './documents/uploads.js';
import { useDrafts } from './drafts.js';
import { runLogs } from './runs/run-logs.js';
import { useLiveStep, useTokenFocus } from './runs/use-run-log.js';
import { dispatch, initialView, useToasts, useView } from './store.js';

/** The page's address while locked: a page that is loaded with it paints the lock screen first. */
export const lockedAddress = '#locked';

/**
 * Empties every store at once, so that the content is gone with the next frame, then loads the page anew: whatever a module, a component
 * or a pending answer still held goes with it.
 */
export function forgetEverything(vault: VaultState, reload: () => void): void {
  setClient(null);
  runLogs.clear();
  forgetUploads();
  useAsking.setState({ chosen: new Map() });
  useDrafts.setState({ texts: new Map() });
  useTokenFocus.setState({ hover: null, pinned: null });
  useLiveStep.setState({ step: null });
  useToasts.setState({ toasts: [] });
  useView.setState(initialView);
  dispatch({ type: 'locked', vault });
  document.title = 'Plumb';
  history.replaceState(null, '', lockedAddress);
  reload();
}

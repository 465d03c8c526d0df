// Owns the hooks that read a run's tokens: the growing log of a live answer, and the token or step in focus.
import { useCallback, useSyncExternalStore } from 'react';
import { create } from 'zustand';
import { runLogs } from './run-logs.js';
import type { TokenLog } from './token-log.js';

/** Rerenders at most once per frame while the run grows. */
export function useRunLog(runId: number | null): { log: TokenLog | undefined; version: number } {
  const subscribe = useCallback((listener: () => void) => (runId === null ? () => undefined : runLogs.subscribe(runId, listener)), [runId]);
  const version = useSyncExternalStore(subscribe, () => (runId === null ? 0 : runLogs.version(runId)));
  return { log: runId === null ? undefined : runLogs.find(runId), version };
}

export interface TokenRef {
  runId: number;
  index: number;
}

interface Focus {
  hover: TokenRef | null;
  pinned: TokenRef | null;
  setHover(token: TokenRef | null): void;
  setPinned(token: TokenRef | null): void;
}

const same = (a: TokenRef | null, b: TokenRef | null): boolean => a === b || (a !== null && b !== null && a.runId === b.runId && a.index === b.index);

/** Which token the instrument shows; a pinned one wins over a hovered one. */
export const useTokenFocus = create<Focus>((set, get) => ({
  hover: null,
  pinned: null,
  setHover(hover) {
    if (!same(get().hover, hover)) set({ hover });
  },
  setPinned(pinned) {
    set({ pinned: same(get().pinned, pinned) ? null : pinned });
  },
}));

export interface LiveStep {
  runId: number;
  phase: 'prefill' | 'token';
  index: number;
  trace: readonly number[];
}

/** The token a slow model is thinking about right now; null when tokens come faster than one would watch. */
export const useLiveStep = create<{ step: LiveStep | null }>(() => ({ step: null }));

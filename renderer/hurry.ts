// Owns “answer now”: asked for once for a running answer, lifted by asking again, over when the answer is.
import { useCallback, useSyncExternalStore } from 'react';
import { create } from 'zustand';
import { call, tell } from './actions.js';
import { runLogs } from './runs/run-logs.js';
import { liveRunOf, modelRecurrence } from './selectors.js';
import { useApp } from './store.js';

/** What was last asked for here, and for which run. */
const useAsked = create<{ runId: number; on: boolean } | { runId: null; on: false }>(() => ({ runId: null, on: false }));

/** Another window may have asked: the newest token tells. */
function lastWasHurried(runId: number | null): boolean {
  const log = runId === null ? undefined : runLogs.find(runId);
  return log !== undefined && log.count > 0 && log.exitOf(log.count - 1) === 'hurried';
}

export function useHurried(runId: number | null): boolean {
  const asked = useAsked((state) => (state.runId === runId ? state.on : null));
  const subscribe = useCallback((listener: () => void) => (runId === null ? () => undefined : runLogs.subscribe(runId, listener)), [runId]);
  const seen = useSyncExternalStore(subscribe, () => lastWasHurried(runId));
  return runId !== null && (asked ?? seen);
}

/** Shown at once; taken back if the services refuse. */
export function toggleHurry(): void {
  const state = useApp.getState();
  const run = liveRunOf(state);
  if (!run || modelRecurrence(state) === null) return;
  const { runId } = run;
  const before = useAsked.getState();
  const on = !(before.runId === runId ? before.on : lastWasHurried(runId));
  useAsked.setState({ runId, on });
  call('runs.answerNow', { runId, on }).catch((thrown: unknown) => {
    useAsked.setState({ runId, on: !on });
    tell(thrown);
  });
}

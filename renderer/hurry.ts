// Owns “answer now”: asked for once for a running answer, lifted by asking again, over when the answer is.
import { create } from 'zustand';
import { call, tell } from './actions.js';
import { liveRunOf, modelRecurrence } from './selectors.js';
import { useApp } from './store.js';

/** The run that is hurried; null: none. */
export const useHurry = create<{ runId: number | null }>(() => ({ runId: null }));

/** Shown at once; taken back if the services refuse. */
export function toggleHurry(): void {
  const state = useApp.getState();
  const run = liveRunOf(state);
  if (!run || modelRecurrence(state) === null) return;
  const before = useHurry.getState().runId;
  const on = before !== run.runId;
  useHurry.setState({ runId: on ? run.runId : null });
  call('runs.answerNow', { runId: run.runId, on }).catch((thrown: unknown) => {
    useHurry.setState({ runId: before });
    tell(thrown);
  });
}

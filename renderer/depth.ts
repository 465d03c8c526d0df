// Owns moving the compute slider: remembered per model, and passed on to a running answer a few times a second.
import { attempt, call, changeSettings } from './actions.js';
import { clampSteps, depthScale, nextNotch } from './depth-scale.js';
import { currentModel, currentSteps, liveRunOf, modelRecurrence } from './selectors.js';
import { beginSettingsChange } from './settings-sync.js';
import { dispatch, useApp } from './store.js';

/** Often enough to feel immediate, seldom enough not to flood the pipe while the thumb moves. */
const passOnEveryMs = 120;
let timer: ReturnType<typeof setTimeout> | null = null;
/** Held from the thumb's first move until the services know: their echo of an earlier place must not pull it back. */
let settle: (() => void) | null = null;

function passOn(): void {
  timer = null;
  const state = useApp.getState();
  const run = liveRunOf(state);
  const steps = currentSteps(state);
  if (run) void attempt(call('runs.setSteps', { runId: run.runId, steps }));
  changeSettings({ stepsByModel: state.settings.stepsByModel });
  settle?.();
  settle = null;
}

export function setSteps(steps: number): void {
  const state = useApp.getState();
  const info = modelRecurrence(state);
  const model = currentModel(state);
  if (!info || !model) return;
  const clamped = clampSteps(depthScale(info), steps);
  if (clamped === currentSteps(state)) return;
  dispatch({ type: 'settings', settings: { ...state.settings, stepsByModel: { ...state.settings.stepsByModel, [model.id]: clamped } } });
  settle ??= beginSettingsChange();
  timer ??= setTimeout(passOn, passOnEveryMs);
}

export function stepNotch(direction: 1 | -1): void {
  const state = useApp.getState();
  const info = modelRecurrence(state);
  if (info) setSteps(nextNotch(depthScale(info), currentSteps(state), direction));
}

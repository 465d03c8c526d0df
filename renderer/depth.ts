// Owns moving the compute slider: remembered per model, and passed on to a running answer a few times a second.
import { attempt, call, changeSettings } from './actions.js';
import { effortNotch } from './compute.js';
import { clampSteps, depthScale, nextNotch } from './depth-scale.js';
import { currentChoice, currentModel, currentSteps, liveRunOf, modelRecurrence } from './selectors.js';
import { createPassOn } from './settings-sync.js';
import { dispatch, useApp } from './store.js';

const passOn = createPassOn(() => {
  const state = useApp.getState();
  const run = liveRunOf(state);
  if (run) void attempt(call('runs.setSteps', { runId: run.runId, steps: currentSteps(state) }));
  changeSettings({ stepsByModel: state.settings.stepsByModel });
});

export function setSteps(steps: number): void {
  const state = useApp.getState();
  const info = modelRecurrence(state);
  const model = currentModel(state);
  if (!info || !model) return;
  const clamped = clampSteps(depthScale(info), steps);
  if (clamped === currentSteps(state)) return;
  dispatch({ type: 'settings', settings: { ...state.settings, stepsByModel: { ...state.settings.stepsByModel, [model.id]: clamped } } });
  passOn();
}

/** One notch of whatever slider is shown: steps, or effort. */
export function stepNotch(direction: 1 | -1): void {
  const state = useApp.getState();
  const info = modelRecurrence(state);
  if (!info) return;
  if (currentChoice(state).mode === 'auto') effortNotch(direction);
  else setSteps(nextNotch(depthScale(info), currentSteps(state), direction));
}

// Owns changing how the current model spends its steps: mode, effort, sampler, and what its cache keeps.
import { defaultCompute, efforts, type CacheSettings, type ComputeChoice } from '../core/contract/compute.js';
import { effortAt } from '../core/contract/effort.js';
import { attempt, call, changeSettings } from './actions.js';
import { currentChoice, currentModel } from './selectors.js';
import { createPassOn } from './settings-sync.js';
import { dispatch, useApp } from './store.js';

const passOn = createPassOn(() => changeSettings({ computeByModel: useApp.getState().settings.computeByModel }));

/** Everything but the cache, which takes a reload: see {@link applyCache}. */
export function changeChoice(patch: Partial<Omit<ComputeChoice, keyof CacheSettings>>): void {
  const state = useApp.getState();
  const id = currentModel(state)?.id;
  if (id === undefined) return;
  const { computeByModel } = state.settings;
  dispatch({ type: 'settings', settings: { ...state.settings, computeByModel: { ...computeByModel, [id]: { ...(computeByModel[id] ?? defaultCompute), ...patch } } } });
  passOn();
}

/** A named effort closer than this catches the thumb. */
const effortReach = 0.04;

export function setEffort(effort: number): void {
  const clamped = Math.min(1, Math.max(0, effort));
  const near = efforts.map((name) => effortAt[name]).find((at) => Math.abs(at - clamped) <= effortReach);
  // Effort wins over a criterion of one's own: whoever moves it means it.
  changeChoice({ effort: near ?? Math.round(clamped * 100) / 100, exit: null });
}

export function effortNotch(direction: 1 | -1): void {
  const { effort } = currentChoice(useApp.getState());
  const places = efforts.map((name) => effortAt[name]);
  const next = direction === 1 ? places.find((at) => at > effort) : places.findLast((at) => at < effort);
  if (next !== undefined) changeChoice({ effort: next, exit: null });
}

/** Loads the model again with another cache; progress and outcome arrive as the engine's state. */
export async function applyCache(modelId: string, cache: CacheSettings): Promise<void> {
  await attempt(call('models.setCache', { modelId, ...cache }));
}

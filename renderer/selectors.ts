// Owns questions to the state that several views ask.
import type { Run } from '../core/contract/conversation.js';
import type { Model } from '../core/contract/models.js';
import { defaultCompute, type ComputeChoice } from '../core/contract/compute.js';
import { runSettingsOf } from '../core/contract/effort.js';
import { recurrenceSettingsSchema, type RecurrenceInfo, type RecurrenceSettings } from '../core/contract/recurrence.js';
import { clampSteps, depthScale } from './depth-scale.js';
import { pathTo } from './message-tree.js';
import type { RunPlace, State } from './state.js';

/** The model that is loaded, or being loaded. */
export function currentModel({ engine, models, settings }: State): Model | null {
  const id = 'modelId' in engine && engine.modelId !== null ? engine.modelId : settings.modelId;
  return models.find((model) => model.id === id) ?? (id === null ? (models.find(({ builtIn }) => builtIn) ?? null) : null);
}

export function modelRecurrence(state: State): RecurrenceInfo | null {
  return state.engine.kind === 'ready' ? state.engine.loaded.recurrence : (currentModel(state)?.recurrence ?? null);
}

export function currentSteps(state: State): number {
  const info = modelRecurrence(state);
  if (!info) return 1;
  const id = currentModel(state)?.id ?? ('modelId' in state.engine ? state.engine.modelId : null);
  return clampSteps(depthScale(info), (id === null ? undefined : state.settings.stepsByModel[id]) ?? info.stepsDefault);
}

/** How the current model is to spend its steps. */
export function currentChoice(state: State): ComputeChoice {
  const id = currentModel(state)?.id;
  return (id === undefined ? undefined : state.settings.computeByModel[id]) ?? defaultCompute;
}

/** Settings of the next run. `other` replaces parts of the choice for once: another mode, or fixed steps. */
export function currentRecurrence(state: State, other: { mode?: ComputeChoice['mode']; steps?: number } = {}): RecurrenceSettings {
  const { mode, steps = currentSteps(state) } = other;
  const choice = currentChoice(state);
  return recurrenceSettingsSchema.parse(runSettingsOf(mode === undefined ? choice : { ...choice, mode }, steps, modelRecurrence(state)));
}

/** The running answer of the shown conversation. */
export function liveRunOf({ running, open }: State): RunPlace | null {
  if (!open) return null;
  return Object.values(running).find(({ conversationId }) => conversationId === open.conversation.id) ?? null;
}

/** Token counts of the answers of the shown conversation, oldest first. */
export function answerLengths({ open }: State): number[] {
  const runs: Run[] = [];
  for (const { run } of open?.messages.values() ?? []) if (run?.stats) runs.push(run);
  return runs.map(({ stats }) => stats!.tokens);
}

/** Mean steps of recent answers of the shown conversation whose tokens could stop early; null when there are none. */
export function expectedSteps({ open }: State): number | null {
  const means: number[] = [];
  for (const { run } of open?.messages.values() ?? []) if (run?.stats && run.recurrence.exit !== null && run.stats.tokens > 0) means.push(run.stats.meanSteps);
  const recent = means.slice(-8);
  return recent.length === 0 ? null : recent.reduce((sum, mean) => sum + mean, 0) / recent.length;
}

/** Tokens the shown conversation holds by its last answer: what would have to be read again. */
export function tokensInContext({ open }: State): number {
  const reply = open && pathTo(open.messages, open.leafId).findLast(({ run }) => run?.stats);
  return reply?.run?.stats ? reply.run.stats.promptTokens + reply.run.stats.tokens : 0;
}

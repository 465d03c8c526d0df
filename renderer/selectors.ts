// Owns questions to the state that several views ask.
import type { Run } from '../core/contract/conversation.js';
import type { Model } from '../core/contract/models.js';
import { defaultCompute, runSettingsOf } from '../core/contract/compute.js';
import { recurrenceSettingsSchema, type RecurrenceInfo, type RecurrenceSettings } from '../core/contract/recurrence.js';
import { clampSteps, depthScale } from './depth-scale.js';
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

export function currentRecurrence(state: State): RecurrenceSettings {
  const id = currentModel(state)?.id;
  const choice = (id === undefined ? undefined : state.settings.computeByModel[id]) ?? defaultCompute;
  return recurrenceSettingsSchema.parse({ steps: currentSteps(state), ...runSettingsOf(choice) });
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

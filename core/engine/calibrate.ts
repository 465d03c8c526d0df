// Measures how early a model's tokens could stop: how many stay what they are at full depth, by threshold, with all of them stopping early.
import type { EngineApi } from '../contract/engine.js';
import type { Params, Result } from '../contract/rpc.js';
import { exitCriterionSchema } from '../contract/compute.js';
import { samplingSchema } from '../contract/conversation.js';
import { AppError } from '../contract/errors.js';
import { recurrenceSettingsSchema, type RecurrenceSettings } from '../contract/recurrence.js';
import type { Loaded } from './session.js';

/** Changes of the latent state that are tried as thresholds, from shallow to deep. */
export const calibrationThresholds = [0.5, 0.3, 0.2, 0.14, 0.1, 0.07, 0.05, 0.03, 0.02, 0.014, 0.01, 0.007, 0.005, 0.003, 0.002, 0.001] as const;

/** What became of the tokens of one answer. */
export interface Tried {
  ids: readonly number[];
  steps: number;
}

/**
 * Lets each prompt be answered at full depth, then reads prompt and answer with every threshold: all that a token attends to stopped early too.
 * That is more than a run does, which reads its prompt at full depth, and on purpose: where a model works while it reads, tokens behind a deep
 * prompt need hardly any steps and stay what they are at every threshold, which tells none from another. Ends after the prompt during which `budgetMs` ran out. Errors: model_without_recurrence, context_full, decode_failed.
 */
export async function calibrateExit(loaded: Loaded, { prompts, steps, tokens, budgetMs }: Params<EngineApi, 'calibrate'>): Promise<Result<EngineApi, 'calibrate'>> {
  if (!loaded.info.recurrence) throw new AppError('model_without_recurrence', 'This model has no steps to save.');
  loaded.reserveSteps(steps);
  const startedMs = performance.now();
  const found = calibrationThresholds.map((threshold) => ({ threshold, same: 0, steps: 0 }));
  let count = 0;
  let done = 0;
  try {
    for (const messages of prompts) {
      const { whole, tried } = await answer(loaded, loaded.chat.toIds(messages), steps, tokens);
      count += whole.ids.length;
      for (const [i, point] of found.entries()) {
        point.same += agreeing(whole.ids, tried[i]!.ids);
        point.steps += tried[i]!.steps;
      }
      done += 1;
      if (performance.now() - startedMs > budgetMs) break;
    }
  } finally {
    loaded.sequence.clear();
  }
  return { points: found.map(({ threshold, ...sum }) => ({ threshold, agreement: sum.same / count, meanSteps: sum.steps / count })), tokens: count, prompts: done };
}

/** Every token is compared for itself, behind the tokens of full depth: one that differs does not make the rest differ. */
export function agreeing(whole: readonly number[], tried: readonly number[]): number {
  return whole.filter((id, i) => id === tried[i]).length;
}

async function answer(loaded: Loaded, ids: Uint32Array, steps: number, tokens: number): Promise<{ whole: Tried; tried: Tried[] }> {
  const { sequence, context, model, info, batchSize } = loaded;
  if (ids.length + tokens > info.contextSize) throw new AppError('context_full', `These tokens need a context of ${ids.length + tokens}; it holds ${info.contextSize}.`);
  const full = recurrenceSettingsSchema.parse({ steps });
  const greedy = samplingSchema.parse({ temperature: 0 });
  const last = ids.length - 1;

  /** The prompt, and the tokens that follow it; given ones are read whatever comes out. */
  const follow = async (settings: RecurrenceSettings, given: readonly number[] | null): Promise<Tried> => {
    sequence.clear();
    for (let from = 0; from < last; from += batchSize) await sequence.read(ids.subarray(from, Math.min(last, from + batchSize)), settings);
    const out: number[] = [];
    let taken = 0;
    for (let next = ids[last]!; out.length < (given?.length ?? tokens); next = given?.[out.length - 1] ?? out.at(-1)!) {
      await sequence.read(Uint32Array.of(next), settings, { role: out.length === 0 ? 'last' : 'answer' });
      taken += context.trace().nSteps;
      out.push(context.distribution(-1, greedy, new Uint32Array(0)).ids[0]!);
      if (given === null && model.isEnd(out.at(-1)!)) break;
    }
    return { ids: out, steps: taken };
  };
  const whole = await follow(full, null);
  const tried: Tried[] = [];
  for (const threshold of calibrationThresholds) tried.push(await follow({ ...full, exit: exitCriterionSchema.parse({ kind: 'latent-diff', threshold, inPrefill: true }) }, whole.ids));
  return { whole, tried };
}

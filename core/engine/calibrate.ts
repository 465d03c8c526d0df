// Measures how early a model's tokens could stop: what each step changed, and from which step on the next token was decided.
import type { EngineApi } from '../contract/engine.js';
import type { Params, Result } from '../contract/rpc.js';
import { exitCriterionSchema } from '../contract/compute.js';
import { AppError } from '../contract/errors.js';
import { recurrenceSettingsSchema } from '../contract/recurrence.js';
import { probe } from './probe.js';
import type { Loaded } from './session.js';

/** Changes of the latent state that are tried as thresholds, from shallow to deep. */
export const calibrationThresholds = [0.5, 0.3, 0.2, 0.14, 0.1, 0.07, 0.05, 0.03, 0.02, 0.014, 0.01, 0.007, 0.005, 0.003, 0.002, 0.001] as const;

/** One token as it ran at full depth. */
interface Settling {
  /** Relative change of the latent state at each step. */
  changes: readonly number[];
  /** The first step (from 1) after which the likeliest next token stayed what it was at the end. */
  decidedAt: number;
}

/**
 * Reads each prompt twice at `steps`: once for the change of every step, once for the likeliest token after every step. What a threshold would have
 * done follows from the two; that earlier tokens would then have stopped early too is left out. Ends after the prompt during which `budgetMs` ran out.
 * Errors: model_without_recurrence, context_full, decode_failed.
 */
export async function calibrateExit(loaded: Loaded, { prompts, steps, tokens, budgetMs }: Params<EngineApi, 'calibrate'>): Promise<Result<EngineApi, 'calibrate'>> {
  if (!loaded.info.recurrence) throw new AppError('model_without_recurrence', 'This model has no steps to save.');
  loaded.reserveSteps(steps);
  const startedMs = performance.now();
  const settled: Settling[] = [];
  let done = 0;
  for (const messages of prompts) {
    settled.push(...(await settle(loaded, [...loaded.chat.toIds(messages)], steps, tokens)));
    done += 1;
    if (performance.now() - startedMs > budgetMs) break;
  }
  return { points: calibrationThresholds.map((threshold) => ({ threshold, ...effect(settled, threshold) })), tokens: settled.length, prompts: done };
}

async function settle(loaded: Loaded, ids: number[], steps: number, tokens: number): Promise<Settling[]> {
  // A threshold that is never met: the criterion is only watched.
  const watch = (kind: 'latent-diff' | 'argmax-stability') =>
    recurrenceSettingsSchema.parse({ steps, exit: exitCriterionSchema.parse({ kind, threshold: kind === 'latent-diff' ? 1e-30 : 1e6, minSteps: 0, inPrefill: true }) });
  const ask = { ids, initialState: null, tap: false, tapInside: false, carry: 'raw', allLogits: false, keepLogits: false } as const;
  const changes = await probe(loaded, { ...ask, recurrence: watch('latent-diff'), greedy: tokens, feed: [] });
  const stable = await probe(loaded, { ...ask, recurrence: watch('argmax-stability'), greedy: 0, feed: changes.ids.slice(0, -1) });
  // The first decode is the whole prompt, whose change is a mean over its positions: only single tokens say what a token does.
  return changes.exitValues.slice(1).flatMap((values, i) => {
    const counts = stable.exitValues[i + 1];
    if (!counts || counts.length === 0) return [];
    return [{ changes: values.map((value) => value ?? Infinity), decidedAt: counts.length - (counts.at(-1) ?? 0) }];
  });
}

/** Share of tokens that would have been the same, and the mean step they would have stopped at. */
export function effect(settled: readonly Settling[], threshold: number): { agreement: number; meanSteps: number } {
  if (settled.length === 0) return { agreement: 0, meanSteps: 0 };
  let same = 0;
  let steps = 0;
  for (const { changes, decidedAt } of settled) {
    const at = changes.findIndex((change) => change < threshold);
    const stop = at < 0 ? changes.length : at + 1;
    steps += stop;
    if (stop >= decidedAt) same += 1;
  }
  return { agreement: same / settled.length, meanSteps: steps / settled.length };
}

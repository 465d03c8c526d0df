// Runs the cases about spending steps: shared cache slots, adaptive exit, warm start. Tokens, steps and values of the criterion.
import { z } from 'zod';
import { exitKinds, type ExitCriterion } from '../../contract/compute.js';
import { failed, firstDifference, skipped, within, type CaseResult } from './compare.js';
import type { DepthTools } from './depth-cases.js';
import type { ExpectedCase } from './expected.js';

const criterion = z.object({ criterion: z.enum(exitKinds), exit_threshold: z.number(), exit_values: z.array(z.array(z.number().nullable())) });
const runSchema = z.looseObject({
  id: z.string(),
  prompt_ids: z.array(z.number()),
  tokens: z.array(z.number()),
  steps: z.array(z.number()),
  num_steps: z.number().optional(),
  max_steps: z.number().optional(),
  cache_lookup_strategy: z.string(),
  continuous_compute: z.boolean().optional(),
  carried_state: z.string().optional(),
});
const fileSchema = z.looseObject({ max_steps: z.number().optional(), min_steps: z.number().default(0), check_every: z.number().default(1), cases: z.array(runSchema) });

/** What a cache strategy of the reference is here, or null for one the engine does not have. Lookup of missing slots: always the latest. */
export function cacheOf(strategy: string, coreBlocks: number): { kvBudget: number; kvLayout: 'ring' | 'anchor' } | null {
  const match = /^(?:full|latest-m\d+|available-m\d+)(?:-compress-(?:s(\d+)|(anchor)))?$/.exec(strategy);
  if (!match) return null;
  // The reference's anchor: eight steps with slots of their own, one more for all that follow.
  if (match[2] !== undefined) return { kvBudget: 9, kvLayout: 'anchor' };
  const slots = Number(match[1] ?? 0);
  return slots % coreBlocks === 0 ? { kvBudget: slots / coreBlocks, kvLayout: 'ring' } : null;
}

/** Groups adaptive and continuous: tokens and steps exactly, every value of the criterion within the tolerance of the manifest. */
export async function runExitCase(one: ExpectedCase, { expected, engine, useCache, coreBlocks }: DepthTools): Promise<CaseResult> {
  const { group, id } = one;
  const file = fileSchema.parse(await expected.json(one.file));
  const want = file.cases.find((candidate) => candidate.id === id);
  if (!want) return failed(group, id, `not in expected/${one.file}`);
  const cache = cacheOf(want.cache_lookup_strategy, coreBlocks);
  if (!cache) return skipped(group, id, `the cache ${want.cache_lookup_strategy} is none of the engine's`);
  await useCache(cache);

  const adaptive = 'criterion' in want ? criterion.parse(want) : null;
  const exit: ExitCriterion | null = adaptive && { kind: adaptive.criterion, threshold: adaptive.exit_threshold, minSteps: file.min_steps, checkEvery: file.check_every, inPrefill: true };
  const warmStart = want.carried_state !== undefined;
  const steps = want.num_steps ?? want.max_steps ?? file.max_steps ?? 0;
  const result = await engine.call('probe', {
    ids: want.prompt_ids, greedy: want.tokens.length, keepLogits: false,
    recurrence: { steps, stateScale: 0, exit, warmStart },
    carry: want.carried_state?.startsWith('ln_f') === true ? 'normed' : 'raw',
  });
  const token = firstDifference(result.ids, want.tokens);
  if (token !== null) return failed(group, id, `token ${token} is ${result.ids[token]}, expected ${want.tokens[token]}`);
  const step = firstDifference(result.steps, want.steps);
  if (step !== null) return failed(group, id, `token ${step} ran ${result.steps[step]} steps, expected ${want.steps[step]}`);
  const note = `${want.tokens.length} of ${want.tokens.length} tokens and their steps equal`;
  if (!adaptive) return { group, id, outcome: 'passed', error: null, limit: null, note };
  return within(group, id, worstValue(result.exitValues, adaptive.exit_values, adaptive.criterion), 1, `${note}; error of the criterion in parts of its tolerance`);
}

/** Largest error in parts of what is allowed, 2e-3 of the value and a little; infinite when a value is missing or not a number in one list alone. */
function worstValue(actual: readonly (readonly (number | null)[])[], expected: readonly (readonly (number | null)[])[], kind: string): number {
  const little = kind === 'entropy-diff' ? 1e-4 : 1e-5;
  let worst = actual.length === expected.length ? 0 : Infinity;
  for (const [at, values] of expected.entries()) {
    const ours = actual[at] ?? [];
    if (ours.length !== values.length) return Infinity;
    for (const [check, value] of values.entries()) {
      const our = ours[check]!;
      if (value === null || our === null) worst = value === our ? worst : Infinity;
      else worst = Math.max(worst, Math.abs(our - value) / (2e-3 * Math.abs(value) + little));
    }
  }
  return worst;
}

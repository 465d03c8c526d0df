// Runs the cases about samplers: rounds of drafting and verifying, passes of a wavefront, each exactly as the reference did them.
import { z } from 'zod';
import { failed, firstDifference, skipped, within, type CaseResult } from './compare.js';
import type { DepthTools } from './depth-cases.js';
import { cacheOf } from './exit-cases.js';
import type { ExpectedCase } from './expected.js';

const ids = z.array(z.number());
const speculativeSchema = z.object({
  cases: z.array(
    z.object({
      id: z.string(),
      draft_steps: z.number(),
      verify_steps: z.number(),
      lookahead: z.number(),
      prompt_ids: ids,
      tokens: ids,
      max_new_tokens: z.number(),
      rounds: z.array(z.object({ drafted: ids, emitted: ids, accepted_drafts: z.number() })),
    }),
  ),
});
const diffusionSchema = z.object({
  state_noise_mixing: z.number(),
  headway: z.number(),
  cases: z.array(
    z.object({
      id: z.string(),
      freeze_strategy: z.enum(['latent-diff', 'fixed']),
      ema_embeds: z.number(),
      inner_recurrence: z.number(),
      num_steps: z.number(),
      continuous_compute: z.boolean(),
      max_wavefront: z.number(),
      exit_t: z.number().nullable(),
      cache_lookup_strategy: z.string(),
      prompt_ids: ids,
      tokens: ids,
      max_new_tokens: z.number(),
      exit_values_per_diffusion_step: z.array(z.array(z.number())).nullable(),
      summary_scores: z.object({ num_core_forward_passes: z.number(), num_tokens_forward: z.number(), num_standing_waves: z.number(), diffusion_steps: z.number() }),
    }),
  ),
});

const greedy = (maxTokens: number) => ({ temperature: 0, repeatPenalty: 1, seed: 0, maxTokens });

/** Tokens, and what was drafted and accepted in every round. */
export async function runSpeculativeCase({ group, id, file }: ExpectedCase, tools: DepthTools): Promise<CaseResult> {
  const { expected, engine } = tools;
  const want = speculativeSchema.parse(await expected.json(file)).cases.find((candidate) => candidate.id === id);
  if (!want) return failed(group, id, `not in expected/${file}`);
  await tools.useCache({ kvBudget: 0, kvLayout: 'ring' });
  const { ids: tokens, rounds } = await engine.call('probeSampler', {
    ids: want.prompt_ids,
    recurrence: { steps: want.verify_steps, stateScale: 0, sampler: { kind: 'speculative', draftSteps: want.draft_steps, lookahead: want.lookahead, adapt: false } },
    sampling: greedy(want.max_new_tokens),
    reference: { freeze: 'latent-diff' },
  });
  const at = firstDifference(tokens, want.tokens);
  if (at !== null) return failed(group, id, `token ${at} is ${tokens[at]}, expected ${want.tokens[at]}`);
  if (rounds.length !== want.rounds.length) return failed(group, id, `${rounds.length} rounds, expected ${want.rounds.length}`);
  for (const [i, round] of want.rounds.entries()) {
    const { drafts, accepted } = rounds[i]!;
    if (firstDifference(drafts, round.drafted) !== null) return failed(group, id, `round ${i} drafted ${drafts.join(' ')}, expected ${round.drafted.join(' ')}`);
    if (accepted !== round.accepted_drafts) return failed(group, id, `round ${i} accepted ${accepted}, expected ${round.accepted_drafts}`);
  }
  return { group, id, outcome: 'passed', error: null, limit: null, note: `${tokens.length} tokens and ${rounds.length} rounds equal` };
}

/** Tokens, passes, windows and, where the reference looked at them, the change of every state in every pass. */
export async function runDiffusionCase({ group, id, file }: ExpectedCase, tools: DepthTools): Promise<CaseResult> {
  const { expected, engine } = tools;
  const { cases, headway, state_noise_mixing: stateNoise } = diffusionSchema.parse(await expected.json(file));
  const want = cases.find((candidate) => candidate.id === id);
  if (!want) return failed(group, id, `not in expected/${file}`);
  const { summary_scores: score, exit_values_per_diffusion_step: changes } = want;
  const cache = cacheOf(want.cache_lookup_strategy, tools.coreBlocks);
  if (!cache) return skipped(group, id, `the cache ${want.cache_lookup_strategy} is none of the engine's`);
  await tools.useCache(cache);
  const { ids: tokens, passes, reads } = await engine.call('probeSampler', {
    ids: want.prompt_ids,
    recurrence: {
      steps: want.num_steps,
      stateScale: 0,
      warmStart: want.continuous_compute,
      sampler: { kind: 'wavefront', innerSteps: want.inner_recurrence, headway, limit: want.max_wavefront, freezeThreshold: want.exit_t ?? 1, stateNoise, embeddingAverage: want.ema_embeds },
    },
    sampling: greedy(want.max_new_tokens),
    reference: { freeze: want.freeze_strategy },
  });
  const at = firstDifference(tokens, want.tokens);
  if (at !== null) return failed(group, id, `token ${at} is ${tokens[at]}, expected ${want.tokens[at]}`);
  const counted = { passes: passes.length, corePasses: 1 + reads.coreSteps, standing: passes.filter(({ standing }) => standing).length };
  const wanted = { passes: score.diffusion_steps, corePasses: score.num_core_forward_passes, standing: score.num_standing_waves };
  for (const name of ['passes', 'corePasses', 'standing'] as const) {
    if (counted[name] !== wanted[name]) return failed(group, id, `${counted[name]} ${name}, expected ${wanted[name]}`);
  }
  // |a - b| <= 2e-3 b + 1e-5, as a share of what is allowed.
  let error = 0;
  for (const [i, values] of (changes ?? []).entries()) {
    const found = passes[i]!.changes;
    if (found.length !== values.length) return failed(group, id, `pass ${i} compared ${found.length} states, expected ${values.length}`);
    for (const [k, value] of values.entries()) error = Math.max(error, Math.abs(found[k]! - value) / (2e-3 * value + 1e-5));
  }
  const note = `${tokens.length} tokens and ${passes.length} passes equal`;
  return changes === null ? { group, id, outcome: 'passed', error: null, limit: null, note } : within(group, id, error, 1, `${note}; changes in shares of what is allowed`);
}

// Runs the cases about numbers: logits at fixed depths, latent states after each step, given initial states, greedy continuations.
import { z } from 'zod';
import type { EngineApi } from '../../contract/engine.js';
import { AppError } from '../../contract/errors.js';
import type { Client, Result } from '../../contract/rpc.js';
import { failed, firstDifference, largestError, skipped, within, type CaseResult } from './compare.js';
import { cacheOf } from './exit-cases.js';
import { limitOf, type Expected, type ExpectedCase } from './expected.js';
import type { ReferenceModel } from './reference-model.js';

export interface CacheUse {
  kvBudget: number;
  kvLayout: 'ring' | 'anchor';
}

export interface DepthTools {
  expected: Expected;
  engine: Client<EngineApi>;
  model: ReferenceModel;
  /** Loads the model again when its cache must be another one. */
  useCache(wanted: CacheUse): Promise<void>;
  preludeBlocks: number;
  coreBlocks: number;
  rmsEpsilon: number;
}

const greedySchema = z.object({
  cases: z.array(z.object({ id: z.string(), num_steps: z.number(), cache_lookup_strategy: z.string(), prompt_ids: z.array(z.number()), tokens: z.array(z.number()), logits_tensor: z.string(), logits_at_generated_index: z.array(z.number()) })),
});

type Probe = Result<EngineApi, 'probe'>;

/** The whole prompt in one decode, from the zero state or from the case's own. */
async function probe(one: ExpectedCase, { expected, engine }: DepthTools, what: { tap?: boolean; tapInside?: boolean; allLogits?: boolean }): Promise<Probe & { tokens: number }> {
  if (one.input_ids === undefined || one.num_steps === undefined) throw new AppError('convert_bad_json', 'The manifest names no input or no number of steps for this case.', one.id);
  const ids = await expected.list(one.input_ids);
  const initialState = one.state_tensor === undefined ? null : Array.from(await expected.tensor(one.file, one.state_tensor));
  const result = await engine.call('probe', { ids, recurrence: { steps: one.num_steps, stateScale: 0 }, initialState, ...what });
  return { ...result, tokens: ids.length };
}

/** Groups fixed-depth, latent, tap and state-injection: what the tensor's name says it holds. */
export async function runTensorCase(one: ExpectedCase, tools: DepthTools): Promise<CaseResult> {
  const { group, id, tensor: name = '' } = one;
  const want = await tools.expected.tensor(one.file, name);
  if (name.includes('logits_')) {
    const { logits } = await probe(one, tools, { allLogits: name.includes('logits_all') });
    return within(group, id, largestError(logits.flat(), want), limitOf(one.tolerance, tools.expected.limits.logits));
  }
  const limit = limitOf(one.tolerance, tools.expected.limits.latents);
  const place = placeInside(name, tools);
  if (place) {
    const { inside } = await probe(one, tools, { tapInside: true, allLogits: true });
    const found = inside.findLast((tensor) => tensor.name === place.name && tensor.step === place.step);
    return within(group, id, largestError(found?.values ?? [], want), limit, `${place.name}, step ${place.step}`);
  }
  if (name.includes('wte_unscaled')) return within(group, id, await embeddingError(one, tools, want), limit, 'converted weights');
  if (!name.includes('latent_')) return skipped(group, id, 'a tensor the engine does not show');
  const { latentStates } = await probe(one, tools, { tap: true });
  const states = name.includes('post_lnf') ? await Promise.all(latentStates.map((state) => finalNorm(state, tools))) : latentStates;
  // A tensor with one state holds the last one.
  const compared = states.slice(-Math.max(1, Math.round(want.length / (states[0]?.length || 1))));
  return within(group, id, largestError(compared.flat(), want), limit, `${compared.length} of ${latentStates.length} steps`);
}

/** Where the engine has a tensor from inside the blocks; it counts layers through prelude, core and coda. */
function placeInside(name: string, { preludeBlocks, coreBlocks }: DepthTools): { name: string; step: number } | null {
  const [, part, block = '0', what = '', step = '0'] = /tap\.(prelude|core_block|coda)\.(\d+)\.(out|attn_out|mlp_out)(?:\.step(\d+))?/.exec(name) ?? [];
  if (part !== undefined) {
    const layer = Number(block) + { prelude: 0, core_block: preludeBlocks, coda: preludeBlocks + coreBlocks }[part]!;
    return { name: `${{ out: 'l_out', attn_out: 'attn_out', mlp_out: 'ffn_out' }[what]!}-${layer}`, step: Number(step) };
  }
  const adapter = /tap\.adapter_out\.step(\d+)/.exec(name);
  if (adapter) return { name: 'adapter', step: Number(adapter[1]) };
  return name.includes('tap.final_hidden') ? { name: 'result_norm', step: 0 } : null;
}

/** Tokens exactly, logits at the stored places within the limit. */
export async function runGreedyCase(one: ExpectedCase, { expected, engine, useCache, coreBlocks }: DepthTools): Promise<CaseResult> {
  const { group, id } = one;
  const want = greedySchema.parse(await expected.json(one.file)).cases.find((candidate) => candidate.id === id);
  if (!want) return failed(group, id, `not in expected/${one.file}`);
  const cache = cacheOf(want.cache_lookup_strategy, coreBlocks);
  if (!cache) return skipped(group, id, `the cache ${want.cache_lookup_strategy} is none of the engine's`);
  await useCache(cache);
  const result = await engine.call('probe', { ids: want.prompt_ids, recurrence: { steps: want.num_steps, stateScale: 0 }, greedy: want.tokens.length });
  const limit = limitOf(one.tolerance, expected.limits.logits);
  const rows = want.logits_at_generated_index.flatMap((index) => result.logits[index] ?? []);
  const error = largestError(rows, await expected.tensor(one.logits_file ?? 'greedy.safetensors', want.logits_tensor));
  const at = firstDifference(result.ids, want.tokens);
  if (at !== null) return failed(group, id, `token ${at} is ${result.ids[at]}, expected ${want.tokens[at]}`, error, limit);
  return within(group, id, error, limit, `${want.tokens.length} of ${want.tokens.length} tokens equal`);
}

/** The norm between core and coda, as the model applies it: x / sqrt(mean(x^2) + eps) * w, row by row. */
async function finalNorm(state: readonly number[], { model, rmsEpsilon }: DepthTools): Promise<number[]> {
  const weight = await model.tensor('output_norm.weight');
  const normed: number[] = [];
  for (let from = 0; from < state.length; from += weight.length) {
    const row = state.slice(from, from + weight.length);
    const scale = 1 / Math.sqrt(row.reduce((sum, x) => sum + x * x, 0) / row.length + rmsEpsilon);
    for (const [i, x] of row.entries()) normed.push(x * scale * weight[i]!);
  }
  return normed;
}

/** Rows of the embedding as they stand in the converted file. */
async function embeddingError(one: ExpectedCase, { expected, model }: DepthTools, want: Float32Array): Promise<number> {
  const ids = await expected.list(one.input_ids ?? '');
  const embedding = await model.tensor('token_embd.weight');
  const size = want.length / ids.length;
  return largestError(ids.flatMap((id) => Array.from(embedding.subarray(id * size, (id + 1) * size))), want);
}

// Runs the cases about numbers: logits at fixed depths, latent states after each step, given initial states, greedy continuations.
import { z } from 'zod';
import type { EngineApi } from '../../contract/engine.js';
import { AppError } from '../../contract/errors.js';
import type { Client, Result } from '../../contract/rpc.js';
import { failed, firstDifference, largestError, skipped, within, type CaseResult } from './compare.js';
import { limitOf, type Expected, type ExpectedCase } from './expected.js';
import type { ReferenceModel } from './reference-model.js';

export interface DepthTools {
  expected: Expected;
  engine: Client<EngineApi>;
  model: ReferenceModel;
  /** Of the model as it is loaded. */
  readonly coreBlocks: number;
  /** Loads the model with an F32 cache of this budget, unless it is already. */
  load(cache: { kvBudget: number; positions: number }): Promise<void>;
  rmsEpsilon: number;
}

const greedySchema = z.object({
  cases: z.array(z.object({ id: z.string(), num_steps: z.number(), prompt_ids: z.array(z.number()), tokens: z.array(z.number()), logits_tensor: z.string(), logits_at_generated_index: z.array(z.number()) })),
});

type Probe = Result<EngineApi, 'probe'>;

/** The whole prompt in one decode, from the zero state or from the case's own. */
async function probe(one: ExpectedCase, { expected, engine }: DepthTools, what: { tap?: boolean; allLogits?: boolean }): Promise<Probe & { tokens: number }> {
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
  const block = /core_block\.(\d+)\.out\.step(\d+)/.exec(name);
  if (block && Number(block[1]) === tools.coreBlocks - 1) {
    const { latentStates } = await probe({ ...one, num_steps: Number(block[2]) }, tools, { tap: true });
    return within(group, id, largestError(latentStates.at(-1) ?? [], want), limit);
  }
  if (name.includes('wte_unscaled')) return within(group, id, await embeddingError(one, tools, want), limit, 'converted weights');
  if (!name.includes('latent_')) return skipped(group, id, 'inside a block; the engine shows the state after each step');
  const { latentStates } = await probe(one, tools, { tap: true });
  const states = name.includes('post_lnf') ? await Promise.all(latentStates.map((state) => finalNorm(state, tools))) : latentStates;
  // A tensor with one state holds the last one.
  const compared = states.slice(-Math.max(1, Math.round(want.length / (states[0]?.length || 1))));
  return within(group, id, largestError(compared.flat(), want), limit, `${compared.length} of ${latentStates.length} steps`);
}

/** Tokens exactly, logits at the stored places within the limit. */
export async function runGreedyCase(one: ExpectedCase, { expected, engine }: DepthTools): Promise<CaseResult> {
  const { group, id } = one;
  const want = greedySchema.parse(await expected.json(one.file)).cases.find((candidate) => candidate.id === id);
  if (!want) return failed(group, id, `not in expected/${one.file}`);
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

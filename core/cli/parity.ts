// plumb parity: proves that converter and engine compute what the reference implementation computed, case by case.
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { AppError } from '../contract/errors.js';
import type { LoadedModel } from '../contract/models.js';
import { readGgufHeader } from '../convert/gguf-reader.js';
import { root, withEngine } from './engine.js';
import { caseLine, countLine, failed, skipped, type CaseResult } from './parity/compare.js';
import { runGreedyCase, runTensorCase, type CacheUse, type DepthTools } from './parity/depth-cases.js';
import { runExitCase } from './parity/exit-cases.js';
import { openExpected, type Expected, type ExpectedCase } from './parity/expected.js';
import { makeReferenceModel, type ReferenceModel } from './parity/reference-model.js';
import { runDiffusionCase, runSpeculativeCase } from './parity/sampler-cases.js';
import { runChatCase, runTokenizerCase } from './parity/text-cases.js';
import { progressLine } from './terminal.js';

const numeric = ['fixed-depth', 'latent', 'tap', 'state-injection', 'greedy', 'kv-sharing', 'adaptive', 'continuous', 'speculative', 'diffusion'];
/** Groups whose cases name a prompt and its continuation in their own file. */
const continued = ['greedy', 'kv-sharing', 'adaptive', 'continuous', 'speculative', 'diffusion'];
/** Positions that a sampler may look at beyond the last token. */
const ahead = 128;

export function addParity(program: Command): void {
  program
    .command('parity')
    .description('Compare converter and engine with the results of the reference implementation. Exit code 1 if a case failed.')
    .argument('[dir]', 'reference folder: a checkpoint, or a tokenizer, with expected/', join(root, 'test', 'fixtures', 'huginn-tiny'))
    .action(async (dir: string) => {
      const results = await runParity(resolve(dir), (result) => process.stdout.write(`${caseLine(result)}\n`));
      process.stdout.write(`${countLine(results)}\n`);
      if (results.some(({ outcome }) => outcome === 'failed')) process.exitCode = 1;
    });
}

/** Converts the folder to F32, loads it with an F32 cache and runs every case. `onResult` hears of each at once. */
export async function runParity(dir: string, onResult: (result: CaseResult) => void): Promise<CaseResult[]> {
  const expected = await openExpected(dir);
  const progress = progressLine();
  const model = await makeReferenceModel(dir, (fraction) => progress.show('converting to f32', fraction));
  progress.clear();
  const results: CaseResult[] = [];
  try {
    await withEngine(async ({ client }) => {
      const tools = await load(expected, model, client);
      for (const one of expected.cases) {
        const result = await runCase(one, tools);
        results.push(result);
        onResult(result);
      }
    });
    return results;
  } finally {
    await model.remove();
    await expected.close();
  }
}

async function load(expected: Expected, model: ReferenceModel, engine: DepthTools['engine']): Promise<DepthTools> {
  const needed = model.hasWeights ? await longestCase(expected) : 256;
  // Whole pieces of 256, as llama.cpp allocates. The deepest case decides what memory is taken.
  const contextSize = Math.ceil(needed / 256) * 256;
  let cache: CacheUse = { kvBudget: 0, kvLayout: 'ring' };
  const reload = (): Promise<LoadedModel> => engine.call('load', { path: model.path, contextSize, kvType: 'f32', ...cache, calibrate: false });
  const loaded = await reload();
  const useCache = async (wanted: CacheUse): Promise<void> => {
    if (wanted.kvBudget === cache.kvBudget && wanted.kvLayout === cache.kvLayout) return;
    cache = wanted;
    await reload();
  };
  const epsilon = (await readGgufHeader(model.path)).metadata.get('huginn.attention.layer_norm_rms_epsilon');
  return { expected, engine, model, useCache, preludeBlocks: loaded.recurrence?.preludeBlocks ?? 0, coreBlocks: loaded.recurrence?.coreBlocks ?? 0, rmsEpsilon: typeof epsilon === 'number' ? epsilon : 1e-6 };
}

/** Positions that the longest covered case takes. */
async function longestCase(expected: Expected): Promise<number> {
  let longest = 1;
  for (const { group, input_ids: ids, file } of expected.cases) {
    if (continued.includes(group)) {
      const { cases } = (await expected.json(file)) as { cases: { prompt_ids: number[]; tokens: number[] }[] };
      longest = Math.max(longest, ...cases.map(({ prompt_ids: prompt, tokens }) => prompt.length + tokens.length + (group === 'speculative' || group === 'diffusion' ? ahead : 0)));
    } else if (ids !== undefined && numeric.includes(group)) {
      longest = Math.max(longest, (await expected.list(ids)).length);
    }
  }
  return longest;
}

async function runCase(one: ExpectedCase, tools: DepthTools): Promise<CaseResult> {
  const { group, id } = one;
  if (numeric.includes(group) && !tools.model.hasWeights) return skipped(group, id, 'this folder has no weights');
  try {
    if (group === 'tokenizer') return await runTokenizerCase(one, tools.expected, tools.engine);
    if (group === 'chat-template') return await runChatCase(one, tools.expected, tools.engine);
    if (group === 'speculative') return await runSpeculativeCase(one, tools);
    if (group === 'diffusion') return await runDiffusionCase(one, tools);
    if (group === 'greedy' || group === 'kv-sharing') return await runGreedyCase(one, tools);
    if (group === 'adaptive' || group === 'continuous') return await runExitCase(one, tools);
    await tools.useCache({ kvBudget: 0, kvLayout: 'ring' });
    if (numeric.includes(group)) return await runTensorCase(one, tools);
  } catch (error) {
    // An engine that died fails everything; a case that could not be run fails alone.
    if (error instanceof AppError && error.code !== 'disconnected') return failed(group, id, `${error.message}${error.detail === undefined ? '' : ` (${error.detail})`}`);
    throw error;
  }
  return skipped(group, id, 'a group this version does not know');
}

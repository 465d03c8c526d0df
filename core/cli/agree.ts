// plumb agree: holds the engine to what the Python model of training/ answers, token by token.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { z } from 'zod';
import { AppError } from '../contract/errors.js';
import type { EngineLink } from '../services/engine-link.js';
import { root, withEngine } from './engine.js';
import { caseLine, countLine, failed, firstDifference, type CaseResult } from './parity/compare.js';
import { makeReferenceModel } from './parity/reference-model.js';
import { progressLine } from './terminal.js';

const ids = z.array(z.number().int().nonnegative()).min(1);
/** What training/agree.py writes. */
const agreementSchema = z.object({
  weightsSha256: z.string(),
  /** Python starts every position from this multiple of the random state. */
  stateScale: z.number(),
  cases: z.array(z.object({
    id: z.string(),
    messages: z.array(z.object({ role: z.enum(['system', 'user', 'assistant']), text: z.string() })).min(1),
    promptIds: ids,
    /** `smallestLead`: how far the chosen logits were ahead of the second best, at the least. */
    replies: z.array(z.object({ steps: z.number().int().positive(), ids, smallestLead: z.number() })).min(1),
  })).min(1),
});
type Agreement = z.infer<typeof agreementSchema>;
type Case = Agreement['cases'][number];

export function addAgree(program: Command): void {
  program
    .command('agree')
    .description('Compare greedy replies of the engine, in F32, with those of the Python model. Exit code 1 if a token differs.')
    .argument('[file]', 'what training/agree.py wrote, beside the checkpoint', join(root, 'training', 'built-in', 'agree.json'))
    .action(async (file: string) => {
      const results = await runAgreement(resolve(file), (result) => process.stdout.write(`${caseLine(result)}\n`));
      process.stdout.write(`${countLine(results)}\n`);
      if (results.some(({ outcome }) => outcome === 'failed')) process.exitCode = 1;
    });
}

/** Errors: convert_missing_file, convert_bad_json (not such a file, or of other weights), those of the converter and the engine. */
async function runAgreement(file: string, onResult: (result: CaseResult) => void): Promise<CaseResult[]> {
  const agreement = await readAgreement(file);
  const checkpoint = dirname(file);
  await requireWeights(join(checkpoint, 'model.safetensors'), agreement.weightsSha256);
  const progress = progressLine();
  const model = await makeReferenceModel(checkpoint, (fraction) => progress.show('converting to f32', fraction));
  progress.clear();
  const longest = Math.max(...agreement.cases.flatMap(({ promptIds, replies }) => replies.map((reply) => promptIds.length + reply.ids.length)));
  const results: CaseResult[] = [];
  const add = (result: CaseResult): void => {
    results.push(result);
    onResult(result);
  };
  try {
    await withEngine(async ({ client }) => {
      await client.call('load', { path: model.path, contextSize: Math.ceil(longest / 256) * 256, kvType: 'f32', kvBudget: 0, calibrate: false });
      for (const one of agreement.cases) {
        add(await comparePrompt(one, client));
        for (const reply of one.replies) add(await compareReply(one, reply, agreement.stateScale, client));
      }
    });
    return results;
  } finally {
    await model.remove();
  }
}

async function comparePrompt({ id, messages, promptIds }: Case, client: EngineLink['client']): Promise<CaseResult> {
  const { text } = await client.call('renderChat', { messages, addGenerationPrompt: true });
  const actual = (await client.call('tokenize', { text, parseSpecial: true })).ids;
  return compareIds('prompt', id, actual, promptIds, '');
}

async function compareReply({ id, promptIds }: Case, { steps, ids: wanted, smallestLead }: Case['replies'][number], stateScale: number, client: EngineLink['client']): Promise<CaseResult> {
  const { ids: actual } = await client.call('probe', { ids: promptIds, recurrence: { steps, stateScale }, greedy: wanted.length, keepLogits: false });
  return compareIds('greedy', `${id} at ${steps} steps`, actual, wanted, `smallest lead ${smallestLead}`);
}

function compareIds(group: string, id: string, actual: readonly number[], wanted: readonly number[], more: string): CaseResult {
  const at = firstDifference(actual, wanted);
  const tail = more === '' ? '' : `; ${more}`;
  if (at !== null) return failed(group, id, `token ${at} is ${actual[at]}, expected ${wanted[at]}${tail}`);
  return { group, id, outcome: 'passed', error: null, limit: null, note: `${wanted.length} of ${wanted.length} tokens equal${tail}` };
}

async function readAgreement(file: string): Promise<Agreement> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new AppError('convert_missing_file', `There is no file ${file}. Make it with: python3 training/agree.py`, (error as Error).message, { cause: error });
  }
  try {
    return agreementSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new AppError('convert_bad_json', 'This is not a file that training/agree.py wrote.', error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message, { cause: error });
  }
}

/** Numbers of other weights would only seem to disagree. */
async function requireWeights(path: string, wanted: string): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash).catch((error: Error) => {
    throw new AppError('convert_missing_file', 'The weights are not beside the file: model.safetensors is missing.', error.message);
  });
  const actual = hash.digest('hex');
  if (actual !== wanted) throw new AppError('convert_bad_json', 'The file was made from other weights than those beside it. Make it again: python3 training/agree.py', `expected ${wanted}, found ${actual}`);
}

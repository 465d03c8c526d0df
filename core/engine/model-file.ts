// Reads from a GGUF's header what must be known before llama.cpp opens the file, and turns unusable files into coded errors.
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { readGgufFileInfo, type GgufFileInfo } from 'node-llama-cpp';
import { AppError } from '../contract/errors.js';
import { recurrenceInfoSchema, type RecurrenceInfo } from '../contract/recurrence.js';
import type { KvShape } from './memory.js';

export interface ModelFile {
  path: string;
  sizeBytes: number;
  name: string;
  architecture: string;
  /** 0 when the file does not say. */
  contextLength: number;
  /** Tokens in the vocabulary; 0: none, such a file cannot chat. */
  vocabularySize: number;
  /** False: only a vocabulary, no weights. */
  hasWeights: boolean;
  chatTemplate: string | null;
  recurrence: RecurrenceInfo | null;
  kvShape: KvShape;
}

/** Errors: model_missing, model_corrupt, file_unreadable. */
export async function readModelFile(path: string, signal: AbortSignal): Promise<ModelFile> {
  let info: GgufFileInfo;
  let sizeBytes: number;
  try {
    sizeBytes = (await stat(path)).size;
    // The merges are most of a vocabulary's bytes and nothing here needs them.
    info = await readGgufFileInfo(path, { sourceType: 'filesystem', readTensorInfo: false, logWarnings: false, ignoreKeys: ['tokenizer.ggml.merges', 'tokenizer.ggml.scores'], signal });
  } catch (error) {
    throw fileError(path, error);
  }
  const architecture = text(info, 'general.architecture');
  const own = (key: string): unknown => lookUp(info, `${architecture}.${key}`);
  const embedding = count(own('embedding_length'));
  const heads = count(own('attention.head_count'));
  const kvHeads = count(own('attention.head_count_kv')) || heads;
  const headLength = heads > 0 ? embedding / heads : 0;
  const tokens = lookUp(info, 'tokenizer.ggml.tokens');
  const vocabulary = text(info, 'tokenizer.ggml.model');
  return {
    path,
    sizeBytes: Math.max(sizeBytes, info.sourceData.reduce((sum, part) => sum + (part.type === 'path' ? part.length : 0), 0)),
    name: text(info, 'general.name') || basename(path, '.gguf'),
    architecture,
    contextLength: count(own('context_length')),
    vocabularySize: Array.isArray(tokens) && vocabulary !== '' && vocabulary !== 'no_vocab' ? tokens.length : 0,
    hasWeights: Number(info.totalTensorCount) > 0,
    chatTemplate: text(info, 'tokenizer.chat_template') || null,
    recurrence: readRecurrence(own, path),
    kvShape: {
      blocks: count(own('block_count')),
      keyLength: kvHeads * (count(own('attention.key_length')) || headLength),
      valueLength: kvHeads * (count(own('attention.value_length')) || headLength),
    },
  };
}

function readRecurrence(own: (key: string) => unknown, path: string): RecurrenceInfo | null {
  if (own('recurrence.core_block_count') === undefined) return null;
  const stepsDefault = own('recurrence.step_count');
  const notches = own('recurrence.step_notches');
  const parsed = recurrenceInfoSchema.safeParse({
    preludeBlocks: own('recurrence.prelude_block_count'),
    coreBlocks: own('recurrence.core_block_count'),
    codaBlocks: own('recurrence.coda_block_count'),
    stepsDefault,
    stepsMin: own('recurrence.step_count_min'),
    stepsMax: own('recurrence.step_count_max'),
    notches: Array.isArray(notches) ? notches : [stepsDefault],
  });
  if (parsed.success) return parsed.data;
  throw new AppError('model_corrupt', `What ${basename(path)} says about its recurrence makes no sense.`, parsed.error.issues[0]?.path.join('.'));
}

/** Reasons llama.cpp gives in its log when a load fails, by code; the first that matches counts. */
const loadFailures = [
  ['model_unsupported', /unknown model architecture|unknown pre-tokenizer|unknown (?:tokenizer|type)|unsupported/i],
  ['out_of_memory', /(?:failed|unable) to allocate|out of memory|cannot allocate/i],
  ['model_without_vocabulary', /key not found in model: tokenizer\.|no vocab/i],
] as const;

/** What a failed load means, from llama.cpp's last lines. Anything not recognised is a file that is not as it should be. */
export function loadError(path: string, log: readonly string[]): AppError {
  const said = log.filter((line) => /error|fail|unknown|unable/i.test(line)).slice(-3).join(' | ').slice(0, 600);
  const code = loadFailures.find(([, pattern]) => pattern.test(said))?.[0] ?? 'model_corrupt';
  const sentences = {
    model_unsupported: `The engine does not know the kind of model in ${basename(path)}.`,
    out_of_memory: `There is not enough memory for ${basename(path)}.`,
    model_without_vocabulary: `The file ${basename(path)} has no vocabulary, so it cannot read or write text.`,
    model_corrupt: `The file ${basename(path)} is damaged or incomplete.`,
  };
  return new AppError(code, sentences[code], said === '' ? undefined : said);
}

function fileError(path: string, error: unknown): AppError {
  const reason = error instanceof Error ? error.message : String(error);
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT' || code === 'ENOTDIR') return new AppError('model_missing', `There is no file ${basename(path)} any more.`, path);
  if (code === 'EACCES' || code === 'EPERM' || code === 'EISDIR') return new AppError('file_unreadable', `The file ${basename(path)} cannot be read.`, reason);
  return new AppError('model_corrupt', `The file ${basename(path)} is damaged or is not a GGUF model.`, reason.slice(0, 300));
}

/** Walks the nested metadata by a dotted key. */
function lookUp(info: GgufFileInfo, key: string): unknown {
  let value: unknown = info.metadata;
  for (const part of key.split('.')) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}

function text(info: GgufFileInfo, key: string): string {
  const value = lookUp(info, key);
  return typeof value === 'string' ? value : '';
}

/** Models that differ between layers give a list: the largest counts, memory is then estimated too high, never too low. */
function count(value: unknown): number {
  const numbers = (Array.isArray(value) ? value : [value]).map(Number).filter((n) => Number.isFinite(n) && n > 0);
  return numbers.length === 0 ? 0 : Math.max(...numbers);
}

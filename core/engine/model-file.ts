// Reads from a GGUF's header what must be known before llama.cpp opens the file, and turns unusable files into coded errors.
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { AppError } from '../contract/errors.js';
import { recurrenceInfoSchema, type RecurrenceInfo } from '../contract/recurrence.js';
import { readGgufHeader, type GgufHeader, type GgufValue } from '../convert/gguf-reader.js';
import { purposeOf, type Purpose } from '../convert/purpose.js';
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
  purpose: Purpose;
  /** How question and passage are put together, with `{query}` and `{document}`; null: as encoders do, between separators. */
  rerankTemplate: string | null;
  embeddingLength: number;
  feedForwardLength: number;
  heads: number;
  recurrence: RecurrenceInfo | null;
  kvShape: KvShape;
}

/** Reads in bounded memory and time, whatever the file claims. Errors: model_missing, model_corrupt, file_unreadable. */
export async function readModelFile(path: string): Promise<ModelFile> {
  const { metadata, tensors, fileBytes } = await readGgufHeader(path).catch((error: unknown) => {
    if (!(error instanceof AppError) || (error.code !== 'gguf_invalid' && error.code !== 'gguf_truncated')) throw error;
    throw new AppError('model_corrupt', error.message, error.detail, { cause: error });
  });
  const architecture = text(metadata.get('general.architecture'));
  const own = (key: string): GgufValue | undefined => metadata.get(`${architecture}.${key}`);
  const embedding = count(own('embedding_length'));
  const heads = count(own('attention.head_count'));
  const kvHeads = count(own('attention.head_count_kv')) || heads;
  const headLength = heads > 0 ? embedding / heads : 0;
  const vocabulary = text(metadata.get('tokenizer.ggml.model'));
  return {
    path,
    sizeBytes: fileBytes + (await otherParts(path, metadata)),
    name: text(metadata.get('general.name')) || basename(path, '.gguf'),
    architecture,
    contextLength: count(own('context_length')),
    vocabularySize: vocabulary === '' || vocabulary === 'no_vocab' ? 0 : lengthOf(metadata.get('tokenizer.ggml.tokens')),
    hasWeights: tensors.length > 0 || count(metadata.get('split.count')) > 1,
    chatTemplate: text(metadata.get('tokenizer.chat_template')) || null,
    purpose: purposeOf(architecture, { metadata, tensors }),
    rerankTemplate: text(metadata.get('tokenizer.chat_template.rerank')) || null,
    embeddingLength: embedding,
    feedForwardLength: count(own('feed_forward_length')),
    heads,
    recurrence: readRecurrence(own, path),
    kvShape: {
      blocks: count(own('block_count')),
      keyLength: kvHeads * (count(own('attention.key_length')) || headLength),
      valueLength: kvHeads * (count(own('attention.value_length')) || headLength),
    },
  };
}

/** Bytes of the files that a split model has beside its first ("name-00001-of-00003.gguf"). Missing ones are found by llama.cpp. */
async function otherParts(path: string, metadata: GgufHeader['metadata']): Promise<number> {
  const parts = count(metadata.get('split.count'));
  let sizeBytes = 0;
  for (let part = 2; part <= Math.min(parts, 999); part++) {
    const name = path.replace('-00001-of-', `-${String(part).padStart(5, '0')}-of-`);
    sizeBytes += name === path ? 0 : await stat(name).then(({ size }) => size, () => 0);
  }
  return sizeBytes;
}

function readRecurrence(own: (key: string) => GgufValue | undefined, path: string): RecurrenceInfo | null {
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

/** Why llama.cpp made no context: quantised caches come in blocks that must divide a head, and need flash attention. */
export function contextError(kvType: string, contextSize: number, log: readonly string[]): AppError {
  const said = log.filter((line) => /block size|flash.?att/i.test(line)).join(' | ').slice(0, 600);
  if (said !== '' && kvType.startsWith('q')) return new AppError('kv_type_unsupported', `This model cannot keep its cache as ${kvType}.`, said);
  return new AppError('out_of_memory', 'There is not enough memory for the context of this model.', `${contextSize} tokens`);
}

function text(value: GgufValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

function lengthOf(value: GgufValue | undefined): number {
  return typeof value === 'object' ? value.length : 0;
}

/** Models that differ between layers give a list: the largest counts, memory is then estimated too high, never too low. */
function count(value: GgufValue | undefined): number {
  const numbers = (Array.isArray(value) ? value : [value]).map(Number).filter((n) => Number.isFinite(n) && n > 0);
  return Math.max(0, ...numbers);
}

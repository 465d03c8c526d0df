// Describes a GGUF model file from its header alone, for the list of models. The file is untrusted.
import path from 'node:path';
import { AppError } from '../contract/errors.js';
import { recurrenceInfoSchema, type RecurrenceInfo } from '../contract/recurrence.js';
import { readGgufHeader, type GgufHeader, type GgufValue } from './gguf-reader.js';
import { fileTypeName } from './output-types.js';
import { purposeOf, type Purpose } from './purpose.js';

export interface GgufSummary {
  architecture: string;
  name: string;
  /** Numbers in all tensors of this file. */
  parameterCount: number;
  /** llama.cpp's name, for example "Q8_0"; "unknown" when the file does not say. */
  fileType: string;
  /** 0 when the file does not say. */
  contextLength: number;
  embeddingLength: number;
  blockCount: number;
  headCount: number;
  /** 0 when it differs between layers. */
  headCountKv: number;
  /** null: an ordinary model. */
  recurrence: (RecurrenceInfo & { stateStd: number }) | null;
  purpose: Purpose;
  hasChatTemplate: boolean;
  /** Tokens in the file; 0 means that the engine cannot use it. */
  vocabularySize: number;
  /** Number of files the model is split into, 1 if it is not. */
  splitCount: number;
  tensorCount: number;
  /** Sum over all tensors, without padding. */
  tensorBytes: number;
  fileBytes: number;
}

/**
 * Reads a summary; memory stays below a few MB whatever the file claims. A file too short for its tensors is gguf_truncated.
 * Errors: model_missing, gguf_invalid, gguf_truncated, file_unreadable.
 */
export async function readGgufSummary(file: string): Promise<GgufSummary> {
  const header = await readGgufHeader(file);
  const { metadata, tensors } = header;
  const architecture = text(metadata.get('general.architecture')).slice(0, 64);
  if (architecture === '') throw invalid(file, 'it does not name its architecture');
  const count = (key: string): number => wholeNumber(metadata.get(key)) ?? 0;
  return {
    architecture,
    name: text(metadata.get('general.name')).slice(0, 200) || path.basename(file, '.gguf'),
    parameterCount: tensors.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0),
    fileType: fileTypeName(wholeNumber(metadata.get('general.file_type')) ?? -1),
    contextLength: count(`${architecture}.context_length`),
    embeddingLength: count(`${architecture}.embedding_length`),
    blockCount: count(`${architecture}.block_count`),
    headCount: count(`${architecture}.attention.head_count`),
    headCountKv: count(`${architecture}.attention.head_count_kv`),
    recurrence: readRecurrence(file, architecture, header),
    purpose: purposeOf(architecture, header),
    hasChatTemplate: lengthOf(metadata.get('tokenizer.chat_template')) > 0,
    vocabularySize: lengthOf(metadata.get('tokenizer.ggml.tokens')),
    splitCount: Math.max(1, count('split.count')),
    tensorCount: tensors.length,
    tensorBytes: tensors.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    fileBytes: header.fileBytes,
  };
}

/** Present when the core has blocks; then all of it must make sense, because the slider is built from it. */
function readRecurrence(file: string, architecture: string, { metadata }: GgufHeader): GgufSummary['recurrence'] {
  const get = (key: string): GgufValue | undefined => metadata.get(`${architecture}.recurrence.${key}`);
  if (get('core_block_count') === undefined) return null;
  const notches = get('step_notches');
  const parsed = recurrenceInfoSchema.safeParse({
    preludeBlocks: get('prelude_block_count'),
    coreBlocks: get('core_block_count'),
    codaBlocks: get('coda_block_count'),
    stepsDefault: get('step_count'),
    stepsMin: get('step_count_min'),
    stepsMax: get('step_count_max'),
    notches: Array.isArray(notches) ? notches : [get('step_count')],
  });
  if (!parsed.success) throw invalid(file, `its recurrence metadata is not usable (${parsed.error.issues[0]?.path.join('.')})`);
  const info = parsed.data;
  const rising = info.notches.every((step, i) => i === 0 || step > (info.notches[i - 1] as number));
  if (info.stepsMin > info.stepsDefault || info.stepsDefault > info.stepsMax || !rising) throw invalid(file, 'its numbers of steps contradict each other');
  const stateStd = get('state_std');
  if (typeof stateStd !== 'number' || !(stateStd >= 0 && stateStd < 1e6)) throw invalid(file, 'its initial state has no usable size');
  return { ...info, stateStd };
}

function text(value: GgufValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

function wholeNumber(value: GgufValue | undefined): number | undefined {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;
}

function lengthOf(value: GgufValue | undefined): number {
  return typeof value === 'string' || Array.isArray(value) ? value.length : typeof value === 'object' && 'length' in value ? value.length : 0;
}

function invalid(file: string, why: string): AppError {
  return new AppError('gguf_invalid', `The file ${path.basename(file)} is not a usable GGUF file: ${why}. Download or convert it again.`, file);
}

// Counts what one decode of a recurrent model touches: weights and their bytes, once per token and once per step.
import { AppError } from '../../contract/errors.js';
import { readGgufHeader } from '../../convert/gguf-reader.js';

export interface WeightCount {
  /** Numbers that are multiplied with a vector: two operations each per position. */
  weights: number;
  /** Of all tensors, norms included. */
  sizeBytes: number;
}

export interface ModelWeights {
  width: number;
  heads: number;
  inner: number;
  vocabulary: number;
  prelude: number;
  core: number;
  coda: number;
  perToken: WeightCount;
  perStep: WeightCount;
}

/** Errors: model_without_recurrence, and those of the reader. */
export async function countWeights(file: string): Promise<ModelWeights> {
  const { metadata, tensors } = await readGgufHeader(file);
  const architecture = String(metadata.get('general.architecture'));
  const count = (key: string): number => Number(metadata.get(`${architecture}.${key}`) ?? 0);
  const [prelude, core, coda] = [count('recurrence.prelude_block_count'), count('recurrence.core_block_count'), count('recurrence.coda_block_count')];
  if (core === 0) throw new AppError('model_without_recurrence', 'Only models that think in steps can be compared.', file);
  const perToken = { weights: 0, sizeBytes: 0 };
  const perStep = { weights: 0, sizeBytes: 0 };
  const hasHead = tensors.some(({ name }) => name === 'output.weight');
  for (const { name, shape, sizeBytes } of tensors) {
    // Of an embedding that is not the head too, only one row is read.
    if (name === 'token_embd.weight' && hasHead) continue;
    const block = Number(/^blk\.(\d+)\./.exec(name)?.[1] ?? -1);
    const part = name === 'adapter_state.weight' || (block >= prelude && block < prelude + core) ? perStep : perToken;
    part.sizeBytes += sizeBytes;
    if (shape.length > 1) part.weights += shape.reduce((product, size) => product * size, 1);
  }
  const tokens = tensors.find(({ name }) => name === 'token_embd.weight')?.shape[1] ?? 0;
  return { width: count('embedding_length'), heads: count('attention.head_count'), inner: count('feed_forward_length'), vocabulary: tokens, prelude, core, coda, perToken, perStep };
}

// Makes models of random weights as GGUF files: a Huginn and a dense Llama of the same width, for measuring. What they say is noise.
import { open } from 'node:fs/promises';
import { AppError } from '../../contract/errors.js';
import { ggmlType } from '../../convert/ggml-types.js';
import { layOutGguf, type GgufEntry, type GgufTensor } from '../../convert/gguf-writer.js';
import { randomPattern, type WeightType } from './random-weights.js';

export interface Shape {
  width: number;
  heads: number;
  /** Inner width of the feed-forward part. */
  inner: number;
  vocabulary: number;
  prelude: number;
  core: number;
  coda: number;
}

/** The sizes of Huginn-0125. */
export const fullShape: Shape = { width: 5280, heads: 55, inner: 17920, vocabulary: 65536, prelude: 2, core: 4, coda: 2 };
/** Small enough for a test; the size of a head is Huginn's. */
export const narrowShape: Shape = { width: 384, heads: 4, inner: 1280, vocabulary: 512, prelude: 2, core: 4, coda: 2 };

interface SyntheticTensor extends GgufTensor {
  /** Standard deviation of the weights; null: a vector of ones, or of zeros for a bias. */
  deviation: number | null;
}

/** Weights that keep a vector's size: 1/sqrt(row length). The recurrence itself shrinks what it is given, so that states settle. */
const stateGain = 0.3;

/** Writes a Huginn. Errors: disk_full, file_unwritable. */
export async function writeHuginn(file: string, shape: Shape, type: WeightType): Promise<void> {
  const { width: d, inner, vocabulary, prelude, core, coda } = shape;
  const blocks = prelude + core + coda;
  const { matrix, vector } = tensorMakers(type);
  const tensors = [matrix('token_embd', d, vocabulary), matrix('adapter_state', d, d, stateGain), matrix('adapter_embd', d, d)];
  for (let i = 0; i < blocks; i++) {
    const of = `blk.${i}`;
    tensors.push(
      vector(`${of}.attn_norm.weight`, d), matrix(`${of}.attn_qkv`, d, 3 * d), vector(`${of}.attn_qkv.bias`, 3 * d), matrix(`${of}.attn_output`, d, d), vector(`${of}.post_attention_norm.weight`, d),
      vector(`${of}.ffn_norm.weight`, d), matrix(`${of}.ffn_up`, d, 2 * inner), matrix(`${of}.ffn_down`, inner, d), vector(`${of}.post_ffw_norm.weight`, d),
    );
  }
  tensors.push(vector('output_norm.weight', d));
  const entries: GgufEntry[] = [
    ...modelEntries('huginn', shape, blocks, type),
    ['huginn.embedding_scale', 'f32', Math.sqrt(d)],
    ['huginn.recurrence.prelude_block_count', 'u32', prelude],
    ['huginn.recurrence.core_block_count', 'u32', core],
    ['huginn.recurrence.coda_block_count', 'u32', coda],
    ['huginn.recurrence.step_count', 'u32', 32],
    ['huginn.recurrence.step_count_min', 'u32', 1],
    ['huginn.recurrence.step_count_max', 'u32', 64],
    ['huginn.recurrence.step_notches', 'u32s', [4, 8, 16, 32, 64]],
    ['huginn.recurrence.state_std', 'f32', Math.sqrt(0.4)],
    ...vocabularyEntries(vocabulary),
  ];
  await write(file, entries, tensors);
}

/** Writes a dense Llama with `layers` blocks as large as one of the Huginn's, and a small vocabulary. Errors: disk_full, file_unwritable. */
export async function writeDense(file: string, shape: Shape, layers: number, type: WeightType): Promise<void> {
  const { width: d, inner } = shape;
  const vocabulary = narrowShape.vocabulary;
  const { matrix, vector } = tensorMakers(type);
  const tensors = [matrix('token_embd', d, vocabulary)];
  for (let i = 0; i < layers; i++) {
    const of = `blk.${i}`;
    tensors.push(
      vector(`${of}.attn_norm.weight`, d), matrix(`${of}.attn_q`, d, d), matrix(`${of}.attn_k`, d, d), matrix(`${of}.attn_v`, d, d), matrix(`${of}.attn_output`, d, d),
      vector(`${of}.ffn_norm.weight`, d), matrix(`${of}.ffn_gate`, d, inner), matrix(`${of}.ffn_up`, d, inner), matrix(`${of}.ffn_down`, inner, d),
    );
  }
  tensors.push(vector('output_norm.weight', d));
  await write(file, [...modelEntries('llama', shape, layers, type), ...vocabularyEntries(vocabulary)], tensors);
}

/** Weights of one block without norms and biases; the two architectures have equally many. */
export function blockWeights({ width, inner }: Shape): number {
  return 4 * width * width + 3 * width * inner;
}

function tensorMakers(type: WeightType): { matrix: (name: string, from: number, to: number, gain?: number) => SyntheticTensor; vector: (name: string, length: number) => SyntheticTensor } {
  return {
    matrix: (name, from, to, gain = 1) => ({ name: `${name}.weight`, shape: [from, to], type: ggmlType(type), deviation: gain / Math.sqrt(from) }),
    vector: (name, length) => ({ name, shape: [length], type: ggmlType('f32'), deviation: null }),
  };
}

function modelEntries(architecture: string, { width, heads, inner, vocabulary }: Shape, blocks: number, type: WeightType): GgufEntry[] {
  return [
    ['general.architecture', 'string', architecture],
    ['general.name', 'string', 'synthetic'],
    // llama.h, enum llama_ftype.
    ['general.file_type', 'u32', { f16: 1, q4_0: 2, q8_0: 7 }[type]],
    ['general.quantization_version', 'u32', 2],
    [`${architecture}.context_length`, 'u32', 4096],
    [`${architecture}.embedding_length`, 'u32', width],
    [`${architecture}.feed_forward_length`, 'u32', inner],
    [`${architecture}.vocab_size`, 'u32', architecture === 'llama' ? narrowShape.vocabulary : vocabulary],
    [`${architecture}.block_count`, 'u32', blocks],
    [`${architecture}.attention.head_count`, 'u32', heads],
    [`${architecture}.attention.head_count_kv`, 'u32', heads],
    [`${architecture}.attention.layer_norm_rms_epsilon`, 'f32', 1e-6],
    [`${architecture}.rope.freq_base`, 'f32', 50000],
    [`${architecture}.rope.dimension_count`, 'u32', width / heads],
  ];
}

/** All bytes in GPT-2's spelling, and names that fill the rest. */
function vocabularyEntries(size: number): GgufEntry[] {
  const tokens: string[] = [];
  for (let byte = 0, next = 256; byte < 256; byte++) {
    const printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    tokens.push(String.fromCodePoint(printable ? byte : next++));
  }
  while (tokens.length < size - 1) tokens.push(`w${tokens.length}`);
  tokens.push('<|end|>');
  return [
    ['tokenizer.ggml.model', 'string', 'gpt2'],
    ['tokenizer.ggml.pre', 'string', 'gpt-2'],
    ['tokenizer.ggml.tokens', 'strings', tokens],
    ['tokenizer.ggml.token_type', 'i32s', tokens.map((_, id) => (id === size - 1 ? 3 : 1))],
    ['tokenizer.ggml.merges', 'strings', ['a b']],
    ['tokenizer.ggml.bos_token_id', 'u32', size - 1],
    ['tokenizer.ggml.eos_token_id', 'u32', size - 1],
    ['tokenizer.ggml.add_bos_token', 'bool', false],
    ['tokenizer.chat_template', 'string', "{% for message in messages %}{{ message['content'] }}{% endfor %}"],
  ];
}

async function write(file: string, entries: readonly GgufEntry[], tensors: readonly SyntheticTensor[]): Promise<void> {
  const layout = layOutGguf(entries, tensors);
  const patterns = new Map<string, Buffer>();
  try {
    const handle = await open(file, 'wx');
    try {
      await handle.write(layout.header, 0, layout.header.length, 0);
      for (const [i, { name, type, deviation, shape }] of tensors.entries()) {
        const { position, sizeBytes } = layout.tensors[i]!;
        const key = `${type.name} ${deviation}`;
        if (deviation !== null && !patterns.has(key)) patterns.set(key, randomPattern(type, deviation, 1 + patterns.size));
        const pattern = patterns.get(key) ?? vectorBytes(shape[0]!, name.endsWith('.bias') ? 0 : 1);
        for (let done = 0; done < sizeBytes; ) {
          const { bytesWritten } = await handle.write(pattern, 0, Math.min(pattern.length, sizeBytes - done), position + done);
          done += bytesWritten;
        }
      }
      await handle.truncate(layout.fileBytes);
    } finally {
      await handle.close();
    }
  } catch (error) {
    const full = (error as NodeJS.ErrnoException).code === 'ENOSPC';
    throw new AppError(full ? 'disk_full' : 'file_unwritable', full ? 'There is no room on the disk for the synthetic model. Name another folder: --folder' : 'The synthetic model cannot be written. Name another folder: --folder', (error as Error).message, { cause: error });
  }
}

function vectorBytes(length: number, value: number): Buffer {
  return Buffer.from(new Float32Array(length).fill(value).buffer);
}

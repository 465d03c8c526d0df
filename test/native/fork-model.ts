// Makes small random models of the Huginn architecture as GGUF files, so that tests of the fork need no download.
import fs from 'node:fs';

export interface Shape { prelude: number; core: number; coda: number; width: number; heads: number; inner: number; stepsMax: number; steps: number }
export type Weights = Map<string, { dims: number[]; data: Float32Array }>;
export interface TinyModel { shape: Shape; weights: Weights; vocabulary: Vocabulary }
export interface Vocabulary { pre: string; tokens: string[]; types: number[]; merges: string[] }

export const tinyShape: Shape = { prelude: 1, core: 2, coda: 1, width: 32, heads: 2, inner: 48, stepsMax: 16, steps: 4 };

/** A generator of numbers in [0, 1) that gives the same sequence everywhere. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = Math.imul(state ^ (state >>> 15), state | 1);
    z = (z + Math.imul(z ^ (z >>> 7), z | 61)) ^ z;
    return ((z ^ (z >>> 14)) >>> 0) / 4294967296;
  };
}

/** GPT-2's printable stand-in for each byte. */
export const byteLetters: string[] = (() => {
  const letters: string[] = [];
  let next = 256;
  for (let byte = 0; byte < 256; byte++) {
    const printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    letters.push(String.fromCodePoint(printable ? byte : next++));
  }
  return letters;
})();

const specials = ['<|begin_text|>', '<|end_text|>', '<|end_turn|>', '<|pad|>'];

/** All bytes, merges over the given texts (the most frequent pair first, as BPE is trained), four special tokens. */
export function trainVocabulary(pre: string, pieces: string[], mergeCount: number): Vocabulary {
  const words = pieces.map((piece) => [...Buffer.from(piece, 'utf8')].map((byte) => byteLetters[byte]!));
  const merges: string[] = [];
  while (merges.length < mergeCount) {
    const counts = new Map<string, number>();
    for (const word of words)
      for (let i = 0; i + 1 < word.length; i++)
        counts.set(`${word[i]} ${word[i + 1]}`, (counts.get(`${word[i]} ${word[i + 1]}`) ?? 0) + 1);
    const best = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0];
    if (best === undefined) break;
    merges.push(best[0]);
    const [left, right] = best[0].split(' ') as [string, string];
    for (const word of words)
      for (let i = 0; i + 1 < word.length; i++)
        if (word[i] === left && word[i + 1] === right) word.splice(i, 2, left + right);
  }
  const tokens = [...new Set([...byteLetters, ...merges.map((merge) => merge.replace(' ', ''))]), ...specials];
  return { pre, tokens, merges, types: tokens.map((token) => (specials.includes(token) ? 3 : 1)) };
}

/** Random weights, scaled so that the recurrence settles and logits are of order one. */
export function makeTinyModel(seed = 1, shape: Shape = tinyShape, vocabulary = trainVocabulary('huginn-aeolian', [], 0)): TinyModel {
  const random = randomNumbers(seed);
  const weights: Weights = new Map();
  const add = (name: string, dims: number[], scale: number, centre = 0): void => {
    const data = new Float32Array(dims.reduce((a, b) => a * b));
    for (let i = 0; i < data.length; i++) data[i] = centre + scale * (random() * 2 - 1);
    weights.set(name, { dims, data });
  };
  const d = shape.width;
  const scale = 0.3 * Math.sqrt(32 / d); // of the weights that multiply a vector of this width
  add('token_embd.weight', [d, vocabulary.tokens.length], 0.4);
  add('output_norm.weight', [d], 0.3, 1);
  add('adapter_state.weight', [d, d], scale / 2);
  add('adapter_embd.weight', [d, d], scale);
  for (let i = 0; i < shape.prelude + shape.core + shape.coda; i++) {
    add(`blk.${i}.attn_norm.weight`, [d], 0.3, 1);
    add(`blk.${i}.attn_qkv.weight`, [d, 3 * d], scale);
    add(`blk.${i}.attn_qkv.bias`, [3 * d], 0.5);
    weights.get(`blk.${i}.attn_qkv.bias`)!.data.fill(0, 2 * d);
    add(`blk.${i}.attn_output.weight`, [d, d], scale);
    add(`blk.${i}.post_attention_norm.weight`, [d], 0.3, 1);
    add(`blk.${i}.ffn_norm.weight`, [d], 0.3, 1);
    add(`blk.${i}.ffn_up.weight`, [d, 2 * shape.inner], scale);
    add(`blk.${i}.ffn_down.weight`, [shape.inner, d], 0.3 * Math.sqrt(48 / shape.inner));
    add(`blk.${i}.post_ffw_norm.weight`, [d], 0.3, 1);
  }
  return { shape, weights, vocabulary };
}

export type MetadataValue = { u32: number } | { f32: number } | { text: string } | { flag: boolean } | { texts: string[] } | { ints: number[] };

export function tinyMetadata({ shape, vocabulary }: TinyModel): Record<string, MetadataValue> {
  const id = (token: string): MetadataValue => ({ u32: vocabulary.tokens.indexOf(token) });
  return {
    'general.architecture': { text: 'huginn' },
    'general.name': { text: 'tiny' },
    'huginn.context_length': { u32: 512 },
    'huginn.embedding_length': { u32: shape.width },
    'huginn.feed_forward_length': { u32: shape.inner },
    'huginn.vocab_size': { u32: vocabulary.tokens.length },
    'huginn.block_count': { u32: shape.prelude + shape.core + shape.coda },
    'huginn.attention.head_count': { u32: shape.heads },
    'huginn.attention.head_count_kv': { u32: shape.heads },
    'huginn.attention.layer_norm_rms_epsilon': { f32: 1e-6 },
    'huginn.rope.freq_base': { f32: 50000 },
    'huginn.rope.dimension_count': { u32: shape.width / shape.heads },
    'huginn.embedding_scale': { f32: Math.sqrt(shape.width) },
    'huginn.recurrence.prelude_block_count': { u32: shape.prelude },
    'huginn.recurrence.core_block_count': { u32: shape.core },
    'huginn.recurrence.coda_block_count': { u32: shape.coda },
    'huginn.recurrence.step_count': { u32: shape.steps },
    'huginn.recurrence.step_count_min': { u32: 1 },
    'huginn.recurrence.step_count_max': { u32: shape.stepsMax },
    'huginn.recurrence.state_std': { f32: Math.sqrt(0.4) },
    'tokenizer.ggml.model': { text: 'gpt2' },
    'tokenizer.ggml.pre': { text: vocabulary.pre },
    'tokenizer.ggml.tokens': { texts: vocabulary.tokens },
    'tokenizer.ggml.token_type': { ints: vocabulary.types },
    'tokenizer.ggml.merges': { texts: vocabulary.merges },
    'tokenizer.ggml.bos_token_id': id('<|begin_text|>'),
    'tokenizer.ggml.eos_token_id': id('<|end_text|>'),
    'tokenizer.ggml.eot_token_id': id('<|end_turn|>'),
    'tokenizer.ggml.padding_token_id': id('<|pad|>'),
    'tokenizer.ggml.add_bos_token': { flag: false },
  };
}

/** Writes a GGUF file (version 3, all tensors F32). `metadata` may be edited to make odd files. */
export function writeGguf(file: string, model: TinyModel, metadata = tinyMetadata(model)): void {
  const u32 = (value: number): Buffer => { const b = Buffer.alloc(4); b.writeUInt32LE(value >>> 0); return b; };
  const u64 = (value: number): Buffer => { const b = Buffer.alloc(8); b.writeBigUInt64LE(BigInt(value)); return b; };
  const f32 = (value: number): Buffer => { const b = Buffer.alloc(4); b.writeFloatLE(value); return b; };
  const text = (value: string): Buffer => { const b = Buffer.from(value, 'utf8'); return Buffer.concat([u64(b.length), b]); };
  const encode = (value: MetadataValue): Buffer => {
    if ('u32' in value) return Buffer.concat([u32(4), u32(value.u32)]);
    if ('f32' in value) return Buffer.concat([u32(6), f32(value.f32)]);
    if ('flag' in value) return Buffer.concat([u32(7), Buffer.from([value.flag ? 1 : 0])]);
    if ('text' in value) return Buffer.concat([u32(8), text(value.text)]);
    if ('texts' in value) return Buffer.concat([u32(9), u32(8), u64(value.texts.length), ...value.texts.map(text)]);
    return Buffer.concat([u32(9), u32(5), u64(value.ints.length), ...value.ints.map(u32)]);
  };
  const pad = (b: Buffer): Buffer => Buffer.concat([b, Buffer.alloc((32 - (b.length % 32)) % 32)]);

  const infos: Buffer[] = [];
  const blobs: Buffer[] = [];
  let offset = 0;
  for (const [name, { dims, data }] of model.weights) {
    infos.push(text(name), u32(dims.length), ...dims.map(u64), u32(0), u64(offset));
    const blob = pad(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
    blobs.push(blob);
    offset += blob.length;
  }
  const entries = Object.entries(metadata).flatMap(([key, value]) => [text(key), encode(value)]);
  const header = [Buffer.from('GGUF'), u32(3), u64(model.weights.size), u64(Object.keys(metadata).length), ...entries, ...infos];
  fs.writeFileSync(file, Buffer.concat([pad(Buffer.concat(header)), ...blobs]));
}

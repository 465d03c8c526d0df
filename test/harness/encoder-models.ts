// Makes two tiny BERT models by hand for tests: one whose vectors say which things a text is about, one that scores texts by the words it likes.
//
// The embedder's attention and feed-forward weights are zero, so a text's vector is the mean of its words' rows; words that mean the same share a row.
// The reranker's first token looks at all words alike, and its head measures how many of them it likes.
import { writeFileSync } from 'node:fs';
import { ggmlType } from '../../core/convert/ggml-types.js';
import { layOutGguf, type GgufEntry } from '../../core/convert/gguf-writer.js';

const width = 64;
const contextSize = 256;
const marks = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];

interface Words {
  /** Each row: words that mean the same. */
  alike: readonly (readonly string[])[];
  /** For the reranker: what a word is worth. */
  worth?: Readonly<Record<string, number>>;
  /** Replaces the pooling in the file; null leaves it out. */
  pooling?: number | null;
  /** Makes weights that are no numbers, as a damaged file has. */
  noNumbers?: boolean;
}

/** The vectors of texts about the same things point the same way, whatever the words. */
export const writeEmbedder = (path: string, words: Words): string => write(path, words, 'Tiny finder', 1);
/** A text's score is the mean worth of its words. */
export const writeReranker = (path: string, words: Words): string => write(path, words, 'Tiny judge', 4);

function write(path: string, { alike, worth = {}, pooling, noNumbers = false }: Words, name: string, ownPooling: number): string {
  const isReranker = ownPooling === 4;
  // A word begins with the space before it in llama.cpp's vocabularies of this kind.
  const tokens = [...marks, ...alike.flat().map((word) => `\u2581${word}`)];
  const chosen = pooling === undefined ? ownPooling : pooling;
  const entries: GgufEntry[] = [
    ['general.architecture', 'string', 'bert'], ['general.name', 'string', name], ['general.file_type', 'u32', 0],
    ['bert.context_length', 'u32', contextSize], ['bert.embedding_length', 'u32', width], ['bert.block_count', 'u32', 1], ['bert.feed_forward_length', 'u32', width],
    ['bert.attention.head_count', 'u32', 2], ['bert.attention.layer_norm_epsilon', 'f32', 1e-12], ['bert.attention.causal', 'bool', false],
    ...(chosen === null ? [] : [['bert.pooling_type', 'u32', chosen] as const]),
    ['tokenizer.ggml.model', 'string', 'bert'], ['tokenizer.ggml.tokens', 'strings', tokens], ['tokenizer.ggml.token_type_count', 'u32', 2],
    ['tokenizer.ggml.token_type', 'i32s', tokens.map((_, id) => (id < marks.length ? 3 : 1))],
    ['tokenizer.ggml.padding_token_id', 'u32', 0], ['tokenizer.ggml.unknown_token_id', 'u32', 1], ['tokenizer.ggml.bos_token_id', 'u32', 2],
    ['tokenizer.ggml.cls_token_id', 'u32', 2], ['tokenizer.ggml.seperator_token_id', 'u32', 3], ['tokenizer.ggml.mask_token_id', 'u32', 4],
  ];
  const draw = random(7);
  const rows = alike.map(() => Array.from({ length: width }, () => draw() - 0.5));
  const rowOf = alike.flatMap((group, row) => group.map((word) => {
    const values = [...rows[row]!];
    // The first two places carry a word's worth, with opposite signs, so that the norm leaves it there.
    const value = isReranker ? 4 * (worth[word] ?? 0) : 0;
    values[0] = value;
    values[1] = -value;
    return values;
  }));
  // The opening mark must be something, or a text of unknown words would have no direction.
  const opening = Array.from({ length: width }, (_, at) => (isReranker || at % 2 === 0 ? 0.01 : -0.01));
  const embeddings = [...marks.map((mark) => (mark === '[CLS]' && !isReranker ? opening : zeros(width))), ...rowOf].flat();
  if (noNumbers) embeddings.fill(Number.NaN);
  const square = (value: number): number[] => Array.from({ length: width * width }, (_, at) => (at % (width + 1) === 0 ? value : 0));
  const tensors: [name: string, shape: number[], values: number[]][] = [
    ['token_embd.weight', [width, tokens.length], embeddings], ['token_types.weight', [width, 2], zeros(2 * width)], ['position_embd.weight', [width, contextSize], zeros(width * contextSize)],
    ...norm('token_embd_norm'),
    ...['q', 'k', 'v'].flatMap((part) => linear(`blk.0.attn_${part}`, square(part === 'v' && isReranker ? 1 : 0))),
    ...linear('blk.0.attn_output', square(isReranker ? 1 : 0)), ...norm('blk.0.attn_output_norm'),
    ...linear('blk.0.ffn_up', square(0)), ...linear('blk.0.ffn_down', square(0)), ...norm('blk.0.layer_output_norm'),
    ...(isReranker ? [['cls.output.weight', [width, 1], [1, -1, ...zeros(width - 2)]] as [string, number[], number[]]] : []),
  ];
  const type = ggmlType('f32');
  const layout = layOutGguf(entries, tensors.map(([tensor, shape]) => ({ name: tensor, shape, type })));
  const file = Buffer.alloc(layout.fileBytes);
  file.set(layout.header, 0);
  tensors.forEach(([, , values], at) => values.forEach((value, index) => file.writeFloatLE(value, layout.tensors[at]!.position + 4 * index)));
  writeFileSync(path, file);
  return path;
}

const zeros = (count: number): number[] => new Array<number>(count).fill(0);
const linear = (name: string, values: number[]): [string, number[], number[]][] => [[`${name}.weight`, [width, width], values], [`${name}.bias`, [width], zeros(width)]];
const norm = (name: string): [string, number[], number[]][] => [[`${name}.weight`, [width], new Array<number>(width).fill(1)], [`${name}.bias`, [width], zeros(width)]];

/** The same numbers for the same seed on every machine (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

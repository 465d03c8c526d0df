// What the reader says about good, foreign and damaged GGUF files.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ggmlType } from '../../../core/convert/ggml-types.js';
import { readGgufHeader } from '../../../core/convert/gguf-reader.js';
import { readGgufSummary } from '../../../core/convert/gguf-summary.js';
import { layOutGguf, type GgufEntry, type GgufTensor } from '../../../core/convert/gguf-writer.js';
import { codeOf, messageOf, scratchDir } from './scratch.js';

const llama: GgufEntry[] = [
  ['general.architecture', 'string', 'llama'],
  ['general.name', 'string', 'Little Llama'],
  ['general.file_type', 'u32', 7],
  ['llama.context_length', 'u32', 2048],
  ['llama.block_count', 'u32', 2],
  ['llama.embedding_length', 'u32', 64],
  ['llama.attention.head_count', 'u32', 4],
  ['llama.attention.head_count_kv', 'u32', 2],
  ['tokenizer.ggml.tokens', 'strings', ['a', 'b', 'c']],
  ['tokenizer.chat_template', 'string', 'x'.repeat(100_000)],
];
const recurrence: GgufEntry[] = [
  ['llama.recurrence.prelude_block_count', 'u32', 1],
  ['llama.recurrence.core_block_count', 'u32', 1],
  ['llama.recurrence.coda_block_count', 'u32', 0],
  ['llama.recurrence.step_count', 'u32', 8],
  ['llama.recurrence.step_count_min', 'u32', 1],
  ['llama.recurrence.step_count_max', 'u32', 64],
  ['llama.recurrence.step_notches', 'u32s', [1, 8, 64]],
  ['llama.recurrence.state_std', 'f32', 0.5],
];
const weights: GgufTensor[] = [
  { name: 'token_embd.weight', shape: [64, 3], type: ggmlType('q8_0') },
  { name: 'output_norm.weight', shape: [64], type: ggmlType('f32') },
];

/** Writes a GGUF whose data are zeros, after `damage` to its header bytes. */
function ggufFile(entries: readonly GgufEntry[], tensors: readonly GgufTensor[] = weights, damage: (header: Buffer) => Uint8Array | void = () => undefined): string {
  const file = path.join(scratchDir(), 'model.gguf');
  const layout = layOutGguf(entries, tensors);
  const header = Buffer.from(layout.header);
  writeFileSync(file, Buffer.concat([damage(header) ?? header, Buffer.alloc(layout.fileBytes - header.length)]));
  return file;
}

const without = (key: string): GgufEntry[] => recurrence.filter(([name]) => !name.endsWith(key));

describe('readGgufSummary', () => {
  it('describes an ordinary model', async () => {
    expect(await readGgufSummary(ggufFile(llama))).toEqual({
      architecture: 'llama', name: 'Little Llama', parameterCount: 256, fileType: 'Q8_0', contextLength: 2048, embeddingLength: 64, blockCount: 2, headCount: 4, headCountKv: 2,
      recurrence: null, purpose: { purpose: 'chat', usable: true }, hasChatTemplate: true, vocabularySize: 3, splitCount: 1, tensorCount: 2, tensorBytes: 6 * 34 + 256, fileBytes: expect.any(Number) as number,
    });
  });

  it('describes recurrence', async () => {
    expect((await readGgufSummary(ggufFile([...llama, ...recurrence]))).recurrence).toEqual({ preludeBlocks: 1, coreBlocks: 1, codaBlocks: 0, stepsDefault: 8, stepsMin: 1, stepsMax: 64, notches: [1, 8, 64], stateStd: 0.5 });
    expect((await readGgufSummary(ggufFile([...llama, ...without('step_notches')]))).recurrence?.notches).toEqual([8]);
  });

  it.each([
    ['no number of steps', without('step_count')],
    ['a default above the largest', [...without('step_count_max'), ['llama.recurrence.step_count_max', 'u32', 4] as GgufEntry]],
    ['400 steps', [...without('step_count_max'), ['llama.recurrence.step_count_max', 'u32', 400] as GgufEntry]],
    ['falling notches', [...without('step_notches'), ['llama.recurrence.step_notches', 'u32s', [8, 1]] as GgufEntry]],
    ['no state', without('state_std')],
  ])('refuses recurrence with %s', async (_what, entries) => {
    expect(await codeOf(readGgufSummary(ggufFile([...llama, ...entries])))).toBe('gguf_invalid');
  });

  it('says when the file is cut short, in the header or in the data', async () => {
    for (const keep of [0, 3, 30, 150, -1]) {
      const file = ggufFile(llama);
      truncateSync(file, keep >= 0 ? keep : readFileSync(file).length - 32 + keep);
      expect([keep, await codeOf(readGgufSummary(file))]).toEqual([keep, 'gguf_truncated']);
    }
  });

  it('says when there is no such file, and does not open what is no file', async () => {
    const dir = scratchDir();
    mkdirSync(path.join(dir, 'folder.gguf'));
    expect(await codeOf(readGgufSummary(path.join(dir, 'none.gguf')))).toBe('model_missing');
    expect(await codeOf(readGgufSummary(path.join(dir, 'folder.gguf')))).toBe('file_unreadable');
  });

  it.skipIf(process.platform === 'win32')('does not hang on a pipe', async () => {
    const pipe = path.join(scratchDir(), 'pipe.gguf');
    execFileSync('mkfifo', [pipe]);
    expect(await codeOf(readGgufSummary(pipe))).toBe('file_unreadable');
  });
});

describe('readGgufHeader', () => {
  const at = (header: Buffer, text: string): number => header.indexOf(text);

  it.each([
    ['another magic', (h: Buffer) => void h.write('GGML', 0), /begin with "GGUF"/],
    ['version 1', (h: Buffer) => void h.writeUInt32LE(1, 4), /version is 1/],
    ['big-endian numbers', (h: Buffer) => void h.writeUInt32BE(3, 4), /big-endian/],
    ['2^63 tensors', (h: Buffer) => void h.writeBigUInt64LE(2n ** 63n, 8), /length that no file can have/],
    ['70,000 tensors', (h: Buffer) => void h.writeBigUInt64LE(70_000n, 8), /70000 tensors/],
    ['10^9 metadata entries', (h: Buffer) => void h.writeBigUInt64LE(1_000_000_000n, 16), /1000000000 metadata entries/],
    ['a key of 2^40 bytes', (h: Buffer) => void h.writeBigUInt64LE(2n ** 40n, 24), /a metadata key has/],
    ['an unknown value type', (h: Buffer) => void h.writeUInt32LE(77, at(h, 'general.file_type') + 17), /unknown type 77/],
    ['a list of 10^12 tokens', (h: Buffer) => void h.writeBigUInt64LE(10n ** 12n, at(h, 'tokenizer.ggml.tokens') + 21 + 8), /list of 1000000000000/],
    ['a list of lists', (h: Buffer) => void h.writeUInt32LE(9, at(h, 'tokenizer.ggml.tokens') + 21 + 4), /list of the unknown type 9/],
    ['nine dimensions', (h: Buffer) => void h.writeUInt32LE(9, at(h, 'output_norm.weight') + 18), /9 dimensions/],
    ['an unknown number format', (h: Buffer) => void h.writeUInt32LE(200, at(h, 'output_norm.weight') + 18 + 12), /number format 200/],
    ['a row that does not fill blocks', (h: Buffer) => void h.writeBigUInt64LE(63n, at(h, 'token_embd.weight') + 17 + 4), /impossible shape/],
    ['a shape beyond 2^53', (h: Buffer) => void h.writeBigUInt64LE(2n ** 52n, at(h, 'token_embd.weight') + 17 + 12), /impossible shape/],
    ['data elsewhere', (h: Buffer) => void h.writeBigUInt64LE(64n, at(h, 'output_norm.weight') + 18 + 16), /not where it should be/],
  ])('refuses %s', async (_what, damage, message) => {
    expect(await messageOf(readGgufHeader(ggufFile(llama, weights, damage)))).toMatch(message);
  });

  it('refuses a key or a tensor that occurs twice', async () => {
    const keyTwice = ggufFile([...llama, ['general.bame', 'string', 'x']], weights, (h) => void h.write('general.name', at(h, 'general.bame')));
    const tensorTwice = ggufFile(llama, [...weights, { name: 'output_norn.weight', shape: [64], type: ggmlType('f32') }], (h) => void h.write('output_norm', at(h, 'output_norn')));
    expect([await messageOf(readGgufHeader(keyTwice)), await messageOf(readGgufHeader(tensorTwice))]).toEqual([expect.stringContaining('"general.name" occurs twice'), expect.stringContaining('"output_norm.weight" occurs twice')]);
  });

  it.each([0, 3, 48, 2 ** 31])('refuses the alignment %d', async (alignment) => {
    expect(await messageOf(readGgufHeader(ggufFile([...llama, ['general.alignment', 'u32', alignment]])))).toMatch(/power of two/);
  });

  it('keeps short values, and of long ones only the length', async () => {
    const { metadata } = await readGgufHeader(ggufFile([...llama, ...recurrence, ['x.flag', 'bool', true], ['x.minus', 'i32', -5]]));
    expect([metadata.get('llama.recurrence.step_notches'), metadata.get('x.flag'), metadata.get('x.minus'), metadata.get('tokenizer.ggml.tokens'), metadata.get('tokenizer.chat_template')]).toEqual([[1, 8, 64], true, -5, { length: 3 }, { length: 100_000 }]);
  });

  it('reads a vocabulary longer than its window', async () => {
    const tokens = Array.from({ length: 60_000 }, (_, i) => `token number ${i}`);
    const { metadata, tensors } = await readGgufHeader(ggufFile([['tokenizer.ggml.tokens', 'strings', tokens], ...llama.slice(0, 3)]));
    expect([metadata.get('tokenizer.ggml.tokens'), metadata.get('general.name'), tensors.length]).toEqual([{ length: 60_000 }, 'Little Llama', 2]);
  });
});

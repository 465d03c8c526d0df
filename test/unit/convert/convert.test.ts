// Converts whole checkpoints and compares every number with an independent reader.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Template } from '@huggingface/jinja';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { expandShards } from '../../../core/convert/compressed-shards.js';
import { convertCheckpoint } from '../../../core/convert/convert.js';
import { inspectCheckpoint } from '../../../core/convert/inspect.js';
import { readGgufSummary } from '../../../core/convert/gguf-summary.js';
import { makeCheckpoint, type SyntheticTensor } from '../../fixtures/make-checkpoint.js';
import { listing, nearestBf16, readF32, readIndependently, scratchDir, type IndependentGguf } from './scratch.js';

const fixtures = path.resolve(import.meta.dirname, '../../fixtures');

/** What each GGUF tensor must hold, from the checkpoint's tensors and the agreed layout. */
function expectedTensors(source: (name: string) => Float32Array, d: number, stages: readonly [string, number][]): Map<string, Float32Array> {
  const expected = new Map([['token_embd.weight', source('transformer.wte.weight')], ['output_norm.weight', source('transformer.ln_f.weight')]]);
  const adapter = source('transformer.adapter.weight');
  expected.set('adapter_state.weight', adapter.filter((_, i) => i % (2 * d) < d));
  expected.set('adapter_embd.weight', adapter.filter((_, i) => i % (2 * d) >= d));
  let block = 0;
  for (const [stage, count] of stages) {
    for (let i = 0; i < count; i++, block++) {
      const parts = { attn_norm: 'norm_1', attn_qkv: 'attn.Wqkv', attn_output: 'attn.proj', post_attention_norm: 'norm_2', ffn_norm: 'norm_3', ffn_up: 'mlp.fc', ffn_down: 'mlp.proj', post_ffw_norm: 'norm_4' };
      for (const [to, from] of Object.entries(parts)) expected.set(`blk.${block}.${to}.weight`, source(`transformer.${stage}.${i}.${from}.weight`));
      const bias = new Float32Array(3 * d);
      bias.set(source(`transformer.${stage}.${i}.attn.qk_bias`));
      expected.set(`blk.${block}.attn_qkv.bias`, bias);
    }
  }
  return expected;
}

/** Names of tensors whose values differ. */
function differing(written: IndependentGguf, expected: Map<string, Float32Array>): string[] {
  return [...expected].filter(([name, values]) => Buffer.compare(Buffer.from(written.values(name).buffer), Buffer.from(values.buffer, values.byteOffset, values.byteLength)) !== 0).map(([name]) => name);
}

const syntheticStages: readonly [string, number][] = [['prelude', 1], ['core_block', 2], ['coda', 1]];
const valuesOf = (tensors: Map<string, SyntheticTensor>) => (name: string): Float32Array => tensors.get(name)?.values ?? new Float32Array();

describe('huginn-tiny', () => {
  const tiny = mkdtempSync(path.join(tmpdir(), 'plumb-tiny-'));
  beforeAll(() => expandShards(path.join(fixtures, 'huginn-tiny'), tiny));
  afterAll(() => rmSync(tiny, { recursive: true, force: true }));

  it('converts to an f32 file with every number unchanged, in the agreed layout', async () => {
    const dir = scratchDir();
    const targetPath = path.join(dir, 'tiny.gguf');
    const report = await convertCheckpoint({ sourceDir: tiny, targetPath, type: 'f32' });
    const written = await readIndependently(targetPath);
    const expected = expectedTensors((name) => readF32(path.join(tiny, 'model.safetensors'), name), 192, [['prelude', 2], ['core_block', 4], ['coda', 2]]);
    expect(Object.keys(written.described).sort()).toEqual([...expected.keys()].sort());
    expect(differing(written, expected)).toEqual([]);
    expect(report).toMatchObject({ type: 'f32', parameterCount: 3_720_384, warnings: [] });
    expect(written.described).toMatchObject({ 'token_embd.weight': 'f32 [192, 512]', 'adapter_state.weight': 'f32 [192, 192]', 'blk.7.attn_qkv.weight': 'f32 [192, 576]', 'blk.7.attn_qkv.bias': 'f32 [576]', 'blk.0.ffn_up.weight': 'f32 [192, 1024]', 'blk.0.ffn_down.weight': 'f32 [512, 192]' });
    expect(listing(dir)).toEqual(['tiny.gguf']);
  });

  it('converts straight from its compressed copy, and leaves no expanded one', async () => {
    const dir = scratchDir();
    const temporary = scratchDir();
    for (const name of ['TMPDIR', 'TEMP', 'TMP']) vi.stubEnv(name, temporary);
    const compressed = path.join(fixtures, 'huginn-tiny');
    await convertCheckpoint({ sourceDir: compressed, targetPath: path.join(dir, 'compressed.gguf'), type: 'bf16' });
    await convertCheckpoint({ sourceDir: tiny, targetPath: path.join(dir, 'plain.gguf'), type: 'bf16' });
    expect(readFileSync(path.join(dir, 'compressed.gguf')).equals(readFileSync(path.join(dir, 'plain.gguf')))).toBe(true);
    expect((await inspectCheckpoint(compressed)).parameterCount).toBe(3_720_384);
    expect(listing(temporary)).toEqual([]);
    vi.unstubAllEnvs();
  });

  it('carries the agreed metadata', async () => {
    const dir = scratchDir();
    await convertCheckpoint({ sourceDir: tiny, targetPath: path.join(dir, 'tiny.gguf'), type: 'bf16' });
    const { metadata } = await readIndependently(path.join(dir, 'tiny.gguf'));
    expect(metadata).toMatchObject({
      version: 3, 'general.architecture': 'huginn', 'general.name': 'huginn-tiny', 'general.file_type': 32, 'huginn.context_length': 4096, 'huginn.embedding_length': 192, 'huginn.feed_forward_length': 512,
      'huginn.vocab_size': 512, 'huginn.block_count': 8, 'huginn.attention.head_count': 2, 'huginn.attention.head_count_kv': 2, 'huginn.rope.freq_base': 50000, 'huginn.rope.dimension_count': 96,
      'huginn.recurrence.prelude_block_count': 2, 'huginn.recurrence.core_block_count': 4, 'huginn.recurrence.coda_block_count': 2, 'huginn.recurrence.step_count': 8, 'huginn.recurrence.step_count_min': 1,
      'huginn.recurrence.step_count_max': 128, 'huginn.recurrence.step_notches': [1, 2, 4, 8, 16, 32, 64], 'tokenizer.ggml.model': 'gpt2', 'tokenizer.ggml.pre': 'huginn-aeolian', 'tokenizer.ggml.bos_token_id': 480,
      'tokenizer.ggml.eos_token_id': 481, 'tokenizer.ggml.eot_token_id': 484, 'tokenizer.ggml.padding_token_id': 485, 'tokenizer.ggml.add_bos_token': false,
    });
    expect(metadata['huginn.embedding_scale']).toBeCloseTo(Math.sqrt(192), 5);
    expect(metadata['huginn.recurrence.state_std']).toBeCloseTo(Math.sqrt(2 / 5), 6);
    expect(metadata['huginn.attention.layer_norm_rms_epsilon']).toBeCloseTo(1e-6, 12);
    const tokenizer = JSON.parse(readFileSync(path.join(fixtures, 'huginn-tiny/tokenizer.json'), 'utf8')) as { model: { vocab: Record<string, number>; merges: string[] } };
    expect(metadata['tokenizer.ggml.tokens']).toEqual(Object.entries(tokenizer.model.vocab).sort((a, b) => a[1] - b[1]).map(([text]) => text));
    expect(metadata['tokenizer.ggml.merges']).toEqual(tokenizer.model.merges);
    expect(metadata['tokenizer.ggml.token_type']).toEqual([...Array<number>(480).fill(1), ...Array<number>(32).fill(3)]);
  });

  it('carries a chat template that plain Jinja renders as the reference does', async () => {
    const dir = scratchDir();
    await convertCheckpoint({ sourceDir: tiny, targetPath: path.join(dir, 'tiny.gguf'), type: 'f16' });
    const template = (await readIndependently(path.join(dir, 'tiny.gguf'))).metadata['tokenizer.chat_template'] as string;
    expect(template).not.toContain('generation %}');
    const { cases } = JSON.parse(readFileSync(path.join(fixtures, 'huginn-tiny/expected/chat_cases.json'), 'utf8')) as { cases: { messages: unknown[]; add_generation_prompt: boolean; rendered: string }[] };
    const rendered = cases.map((entry) => new Template(template).render({ messages: entry.messages, add_generation_prompt: entry.add_generation_prompt, bos_token: '<|begin_text|>' }));
    expect(rendered).toEqual(cases.map((entry) => entry.rendered));
  });

  it('is described the same by a dry look, by the finished file and by the report', async () => {
    const dir = scratchDir();
    const looked = await inspectCheckpoint(tiny);
    const report = await convertCheckpoint({ sourceDir: tiny, targetPath: path.join(dir, 'tiny.gguf'), type: 'f16' });
    const summary = await readGgufSummary(path.join(dir, 'tiny.gguf'));
    const { stateStd, ...recurrence } = looked.recurrence;
    expect(summary).toMatchObject({ architecture: 'huginn', name: 'huginn-tiny', fileType: 'F16', contextLength: 4096, vocabularySize: 512, hasChatTemplate: true, tensorCount: 76, fileBytes: report.sizeBytes, recurrence });
    expect(summary.recurrence?.stateStd).toBeCloseTo(stateStd, 6);
    expect(looked).toMatchObject({ parameterCount: report.parameterCount, preTokenizer: 'huginn-aeolian', sourceFormats: { F32: 76 }, warnings: [] });
    expect(Math.abs(looked.outputBytes.f16 / report.sizeBytes - 1)).toBeLessThan(0.01);
  });
});

describe('number formats', () => {
  it.each(['F32', 'F16', 'BF16'] as const)('converts a %s checkpoint to f32 exactly', async (format) => {
    const dir = scratchDir();
    const tensors = await makeCheckpoint(path.join(dir, 'hf'), { format, freqs: true, shards: 3 });
    await convertCheckpoint({ sourceDir: path.join(dir, 'hf'), targetPath: path.join(dir, 'out.gguf'), type: 'f32' });
    expect(differing(await readIndependently(path.join(dir, 'out.gguf')), expectedTensors(valuesOf(tensors), 32, syntheticStages))).toEqual([]);
  });

  it.each([['f16', 'F32'], ['bf16', 'F32'], ['f16', 'BF16'], ['bf16', 'F16'], ['f16', 'F16'], ['bf16', 'BF16']] as const)('writes matrices as %s from %s rounded to nearest, and keeps norms and biases f32', async (type, format) => {
    const dir = scratchDir();
    const tensors = await makeCheckpoint(path.join(dir, 'hf'), { format });
    await convertCheckpoint({ sourceDir: path.join(dir, 'hf'), targetPath: path.join(dir, 'out.gguf'), type });
    const written = await readIndependently(path.join(dir, 'out.gguf'));
    const f16 = new DataView(new ArrayBuffer(2));
    const nearestF16 = (value: number): number => (f16.setFloat16(0, value), f16.getFloat16(0));
    const expected = expectedTensors(valuesOf(tensors), 32, syntheticStages);
    for (const [name, values] of expected) if (!/norm|bias/.test(name)) expected.set(name, values.map(type === 'f16' ? nearestF16 : nearestBf16));
    expect(differing(written, expected)).toEqual([]);
    expect(Object.entries(written.described).filter(([name, text]) => text.startsWith('f32') !== /norm|bias/.test(name))).toEqual([]);
  });

  it('converts the held-out shape: one prelude block, three core blocks, BF16 weights, F32 rope table, no separate head', async () => {
    const dir = scratchDir();
    const tensors = await makeCheckpoint(path.join(dir, 'hf'), { nEmbd: 64, nHead: 4, nFeedForward: 96, prelude: 1, core: 3, coda: 2, meanRecurrence: 12, format: 'BF16', freqs: true, tokenizer: 'hesiod', mergeStyle: 'pairs' });
    await convertCheckpoint({ sourceDir: path.join(dir, 'hf'), targetPath: path.join(dir, 'out.gguf'), type: 'f32' });
    const written = await readIndependently(path.join(dir, 'out.gguf'));
    expect(differing(written, expectedTensors(valuesOf(tensors), 64, [['prelude', 1], ['core_block', 3], ['coda', 2]]))).toEqual([]);
    expect(written.metadata).toMatchObject({ 'huginn.block_count': 6, 'huginn.recurrence.core_block_count': 3, 'huginn.recurrence.step_count': 12, 'tokenizer.ggml.pre': 'huginn-hesiod' });
    expect(written.metadata['tokenizer.ggml.merges']).toContain('a e');
  });

  it('stops when a value is too large for f16, and leaves nothing behind', async () => {
    const dir = scratchDir();
    await makeCheckpoint(path.join(dir, 'hf'), { edit: (tensors) => void tensors.get('transformer.coda.0.mlp.fc.weight')?.values?.fill(65_520, 77, 78) });
    await expect(convertCheckpoint({ sourceDir: path.join(dir, 'hf'), targetPath: path.join(dir, 'out.gguf'), type: 'f16' })).rejects.toMatchObject({ code: 'convert_overflow', message: expect.stringMatching(/transformer\.coda\.0\.mlp\.fc\.weight has 1 values.*bf16/) as string });
    expect(listing(dir)).toEqual(['hf']);
    const report = await convertCheckpoint({ sourceDir: path.join(dir, 'hf'), targetPath: path.join(dir, 'out.gguf'), type: 'bf16' });
    expect(report.warnings).toEqual([]);
  });

  it('reports values that are not finite in the checkpoint itself', async () => {
    const dir = scratchDir();
    await makeCheckpoint(path.join(dir, 'hf'), { edit: (tensors) => tensors.get('transformer.wte.weight')?.values?.set([NaN, Infinity, -Infinity], 5) });
    const report = await convertCheckpoint({ sourceDir: path.join(dir, 'hf'), targetPath: path.join(dir, 'out.gguf'), type: 'f16' });
    expect(report.warnings).toEqual(['transformer.wte.weight holds 3 values that are not finite numbers.']);
  });
});

describe('the output head', () => {
  it('is left out when equal to the embedding and written when different', async () => {
    const heads: Record<string, string[]> = {};
    for (const head of ['absent', 'same', 'different'] as const) {
      const dir = scratchDir();
      const tensors = await makeCheckpoint(path.join(dir, 'hf'), { head, shards: 2 });
      await convertCheckpoint({ sourceDir: path.join(dir, 'hf'), targetPath: path.join(dir, 'out.gguf'), type: 'f32' });
      const written = await readIndependently(path.join(dir, 'out.gguf'));
      const expected = new Map(head === 'different' ? [['output.weight', valuesOf(tensors)('lm_head.weight')]] : []);
      heads[head] = [...Object.keys(written.described).filter((name) => name === 'output.weight'), ...differing(written, expected)];
    }
    expect(heads).toEqual({ absent: [], same: [], different: ['output.weight'] });
  });

  it('is required when config.json says that the embedding is not shared', async () => {
    const dir = scratchDir();
    await makeCheckpoint(path.join(dir, 'hf'), { config: { tie_embeddings: false } });
    await expect(convertCheckpoint({ sourceDir: path.join(dir, 'hf'), targetPath: path.join(dir, 'out.gguf'), type: 'f32' })).rejects.toMatchObject({ code: 'convert_missing_tensor' });
  });
});

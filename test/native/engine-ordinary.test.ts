// Proves that ordinary models load and chat beside recurrent ones: without depth, without traces, with every template.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluationSchema } from '../../core/contract/evaluation.js';
import { ggmlType } from '../../core/convert/ggml-types.js';
import { layOutGguf, type GgufEntry, type GgufTensor } from '../../core/convert/gguf-writer.js';
import type { EngineLink } from '../../core/services/engine-link.js';
import { answerTo, root, startEngine, temporaryFolder, tinyFolder, user } from './engine-harness.js';

const folder = temporaryFolder();
let engine: EngineLink;

/** A Llama of random weights with the tokens of huginn-tiny: 2 blocks, 4 heads that share 2 for keys and values. */
function writeLlama(name: string, chatTemplate: string | null): string {
  const { model, added_tokens: added } = JSON.parse(readFileSync(join(tinyFolder, 'tokenizer.json'), 'utf8')) as {
    model: { vocab: Record<string, number>; merges: (string | [string, string])[] };
    added_tokens: { id: number; content: string }[];
  };
  const tokens: string[] = [];
  for (const [text, id] of Object.entries(model.vocab)) tokens[id] = text;
  for (const { id, content } of added) tokens[id] = content;
  const types = tokens.map((_, id) => (added.some((one) => one.id === id) ? 3 : 1));
  const d = 64;
  const entries: GgufEntry[] = [
    ['general.architecture', 'string', 'llama'],
    ['general.name', 'string', name],
    ['llama.context_length', 'u32', 256],
    ['llama.embedding_length', 'u32', d],
    ['llama.block_count', 'u32', 2],
    ['llama.feed_forward_length', 'u32', 128],
    ['llama.attention.head_count', 'u32', 4],
    ['llama.attention.head_count_kv', 'u32', 2],
    ['llama.attention.layer_norm_rms_epsilon', 'f32', 1e-5],
    ['llama.rope.dimension_count', 'u32', 16],
    ['tokenizer.ggml.model', 'string', 'gpt2'],
    ['tokenizer.ggml.pre', 'string', 'gpt-2'],
    ['tokenizer.ggml.tokens', 'strings', tokens],
    ['tokenizer.ggml.token_type', 'i32s', types],
    ['tokenizer.ggml.merges', 'strings', model.merges.map((merge) => (typeof merge === 'string' ? merge : merge.join(' ')))],
    ['tokenizer.ggml.bos_token_id', 'u32', tokens.indexOf('<|begin_text|>')],
    ['tokenizer.ggml.eos_token_id', 'u32', tokens.indexOf('<|end_text|>')],
    ['tokenizer.ggml.add_bos_token', 'bool', true],
    ...(chatTemplate === null ? [] : [['tokenizer.chat_template', 'string', chatTemplate] satisfies GgufEntry]),
  ];
  const matrix = (tensor: string, ...shape: number[]): GgufTensor => ({ name: tensor, shape, type: ggmlType('f32') });
  const tensors = [
    matrix('token_embd.weight', d, tokens.length),
    matrix('output_norm.weight', d),
    matrix('output.weight', d, tokens.length),
    ...[0, 1].flatMap((block) => [
      matrix(`blk.${block}.attn_norm.weight`, d),
      matrix(`blk.${block}.attn_q.weight`, d, d),
      matrix(`blk.${block}.attn_k.weight`, d, d / 2),
      matrix(`blk.${block}.attn_v.weight`, d, d / 2),
      matrix(`blk.${block}.attn_output.weight`, d, d),
      matrix(`blk.${block}.ffn_norm.weight`, d),
      matrix(`blk.${block}.ffn_gate.weight`, d, 128),
      matrix(`blk.${block}.ffn_up.weight`, d, 128),
      matrix(`blk.${block}.ffn_down.weight`, 128, d),
    ]),
  ];
  const layout = layOutGguf(entries, tensors);
  const file = new Uint8Array(layout.fileBytes);
  file.set(layout.header);
  let seed = 7;
  for (const { position, sizeBytes } of layout.tensors) {
    const values = Float32Array.from({ length: sizeBytes / 4 }, () => ((seed = (seed * 1103515245 + 12345) % 2 ** 31) / 2 ** 31 - 0.5) * 0.5);
    file.set(new Uint8Array(values.buffer), position);
  }
  const path = join(folder.path, `${name}.gguf`);
  writeFileSync(path, file);
  return path;
}

beforeAll(async () => {
  engine = await startEngine();
});
afterAll(() => {
  engine?.kill();
  folder.remove();
});

describe('an ordinary model', () => {
  const template = "{% for m in messages %}<|begin_header|>{{ m['role'] }}<|end_header|>{{ m['content'] }}<|end_turn|>{% endfor %}{% if add_generation_prompt %}<|begin_header|>assistant<|end_header|>{% endif %}";

  it('loads with no recurrence and its own cost per token', async () => {
    const loaded = await engine.client.call('load', { path: writeLlama('plain', template) });
    expect(loaded).toMatchObject({ name: 'plain', architecture: 'llama', recurrence: null, contextSize: 256, kvBudget: 0 });
    // 2 blocks, keys and values of 2 heads of 16 elements of 2 bytes.
    expect(loaded.kvBytesPerToken).toBe(2 * 2 * 32 * 2);
    expect(loaded.speed).toMatchObject({ stepMs: 0 });
    expect(loaded.speed!.fixedMs).toBeGreaterThan(0);
  });

  it('answers with 0 steps and empty traces, whatever depth is asked for', async () => {
    const { tokens, ended, steps } = await answerTo(engine.client, user('Hello'), { steps: 64, sampling: { maxTokens: 20 } });
    expect(ended).toMatchObject({ reason: 'length', stats: { meanSteps: 0, tokens: 20 } });
    for (const token of tokens) expect(token).toMatchObject({ steps: 0, exitReason: 'none', trace: [] });
    expect(steps).toEqual([]);
  });

  it('keeps its cache whatever the depth, because it has none', async () => {
    const { ended } = await answerTo(engine.client, user('Hello'), { steps: 3, sampling: { maxTokens: 2 } });
    expect(ended.stats.reusedTokens).toBe(ended.stats.promptTokens - 1);
  });

  it('gets the BOS that its vocabulary wants, once', async () => {
    const { tokens } = await engine.client.call('countTokens', { messages: user('') });
    const { text } = await engine.client.call('renderChat', { messages: user(''), addGenerationPrompt: true });
    expect(text).not.toContain('<|begin_text|>');
    expect(tokens).toBe((await engine.client.call('tokenize', { text, parseSpecial: true })).ids.length + 1);
  });

  it('refuses what only a recurrent model has', async () => {
    const call = engine.client.call('probe', { ids: [1, 2], recurrence: { steps: 1 }, tap: true });
    await expect(call).rejects.toMatchObject({ code: 'model_without_recurrence' });
  });

  it('chats as a plain transcript when it has no template', async () => {
    await engine.client.call('load', { path: writeLlama('bare', null), calibrate: false });
    const { text } = await engine.client.call('renderChat', { messages: [{ role: 'system', text: 'Be brief.' }, ...user('Hello')], addGenerationPrompt: true });
    expect(text).toBe('Be brief.\n\nUser: Hello\n\nAssistant:');
    expect((await answerTo(engine.client, user('Hello'), { sampling: { maxTokens: 5 } })).tokens).toHaveLength(5);
  });

  it('is refused with a code when its template is broken', async () => {
    await expect(engine.client.call('load', { path: writeLlama('broken', '{% for %}'), calibrate: false })).rejects.toMatchObject({ code: 'chat_template_invalid' });
    await expect(engine.client.call('countTokens', { messages: user('x') })).rejects.toMatchObject({ code: 'no_model' });
  });

  it('is quantised by llama.cpp, tensor by tensor', async () => {
    const target = join(folder.path, 'small.gguf');
    const { tensors } = await engine.client.call('quantize', { source: writeLlama('plain', template), target, type: 'q8_0' });
    expect(tensors.find(({ name }) => name === 'blk.0.attn_q.weight')!.type.toLowerCase()).toBe('q8_0');
    expect((await engine.client.call('load', { path: target, calibrate: false })).architecture).toBe('llama');
    await expect(engine.client.call('quantize', { source: target, target: join(folder.path, 'x.gguf'), type: 'q99' })).rejects.toMatchObject({ code: 'convert_quantize_failed' });
  });

  it('is examined once, whatever depths are asked for, and has no depth to report on', () => {
    const [model, suite] = [writeLlama('plain', template), join(folder.path, 'suite.jsonl')];
    writeFileSync(suite, '{"id":"a","task":"hello","group":"talk","level":0,"chance":0,"wording":"known","messages":[{"role":"user","text":"Hello"}],"answers":["Hi."]}');
    const plumb = (...args: string[]) => spawnSync(process.execPath, [join(root, 'dist', 'core', 'cli', 'index.js'), ...args, '--model', model, '--suite', suite], { encoding: 'utf8' });
    expect(plumb('eval', '--steps', '4,8').stdout).toMatch(/─\ntalk +hello +all +– +\d\/1 .* – +[\d.]+\n$/);
    expect(evaluationSchema.parse(JSON.parse(plumb('eval', '--steps', '4,8', '--json').stdout))).toMatchObject({ steps: [1], scores: [{ level: 0, meanSteps: 0 }, { level: null }] });
    expect(plumb('depth-report', '--group', 'talk').stderr).toContain('(model_without_recurrence)');
  });
});

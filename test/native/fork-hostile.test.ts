// A model file of the architecture with absurd or missing metadata ends as an error, never as a dead process or a huge allocation.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { forkOptions, temporaryFolder } from './fork-engine.js';
import { makeTinyModel, tinyMetadata, writeGguf, type MetadataValue } from './fork-model.js';

const tiny = makeTinyModel(6);
const folder = temporaryFolder();
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

type Edit = (metadata: Record<string, MetadataValue>) => void;
const set = (key: string, value: MetadataValue): Edit => (metadata) => { metadata[key] = value; };
const drop = (key: string): Edit => (metadata) => { delete metadata[key]; };
const huge = 0xffffffff;

const edits: Record<string, Edit> = {
  ...Object.fromEntries(['block_count', 'embedding_length', 'feed_forward_length', 'attention.head_count', 'context_length', 'rope.dimension_count', 'recurrence.core_block_count',
    'recurrence.prelude_block_count', 'recurrence.coda_block_count', 'recurrence.step_count', 'recurrence.step_count_max'].flatMap((key) => [
    [`${key} is 0`, set(`huginn.${key}`, { u32: 0 })],
    [`${key} is 2^32 - 1`, set(`huginn.${key}`, { u32: huge })],
    [`${key} is text`, set(`huginn.${key}`, { text: 'many' })],
  ])),
  'step_count is above step_count_max': set('huginn.recurrence.step_count', { u32: 17 }),
  'heads do not divide the width': set('huginn.attention.head_count', { u32: 5 }),
  'grouped heads': set('huginn.attention.head_count_kv', { u32: 1 }),
  'a head size of its own': set('huginn.attention.key_length', { u32: 1 << 20 }),
  'experts': set('huginn.expert_count', { u32: 8 }),
  'blocks do not add up': set('huginn.recurrence.core_block_count', { u32: 1 }),
  'the norm epsilon is not a number': set('huginn.attention.layer_norm_rms_epsilon', { f32: NaN }),
  'the rope base is 0': set('huginn.rope.freq_base', { f32: 0 }),
  'the state deviation is negative': set('huginn.recurrence.state_std', { f32: -1 }),
  'no block count': drop('huginn.block_count'),
  'no state deviation': drop('huginn.recurrence.state_std'),
  'no tokenizer': (metadata) => { for (const key of Object.keys(metadata)) if (key.startsWith('tokenizer.')) delete metadata[key]; },
  'a tokenizer named none': set('tokenizer.ggml.model', { text: 'none' }),
  'no tokens': drop('tokenizer.ggml.tokens'),
  'an empty list of tokens': set('tokenizer.ggml.tokens', { texts: [] }),
  'fewer tokens than embeddings': set('tokenizer.ggml.tokens', { texts: ['a', 'b'] }),
  'no merges': drop('tokenizer.ggml.merges'),
  'token types of another length': set('tokenizer.ggml.token_type', { ints: [1] }),
  'an unknown pre-tokenizer': set('tokenizer.ggml.pre', { text: 'huginn-unheard-of' }),
};

const loadable = ['an unedited file', 'more blocks of slots than indices', 'a context length of a billion'];

it('survives every odd file', async () => {
  const files = new Map<string, string>();
  const write = (name: string, edit: Edit = () => undefined, weights = tiny.weights): string => {
    const file = path.join(folder, `${files.size}.gguf`);
    const metadata = tinyMetadata(tiny);
    edit(metadata);
    writeGguf(file, { ...tiny, weights }, metadata);
    files.set(file, name);
    return file;
  };

  write('an unedited file');
  write('more blocks of slots than indices', set('huginn.recurrence.step_count_max', { u32: 2000 }));
  write('a context length of a billion', set('huginn.context_length', { u32: 1 << 30 }));
  for (const [name, edit] of Object.entries(edits)) write(name, edit);
  for (const missing of ['adapter_state.weight', 'blk.1.attn_qkv.weight', 'output_norm.weight', 'token_embd.weight'])
    write(`no ${missing}`, undefined, new Map([...tiny.weights].filter(([name]) => name !== missing)));
  write('a tensor of another shape', undefined, new Map([...tiny.weights].map(([name, tensor]) => [name, name === 'adapter_embd.weight' ? { ...tensor, dims: [64, 16] } : tensor])));
  const cut = write('a file cut in the tensors');
  fs.truncateSync(cut, fs.statSync(cut).size - 4096);
  const headerOnly = write('a file cut in the metadata');
  fs.truncateSync(headerOnly, 300);

  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'fork-hostile-child.mjs'), JSON.stringify([forkOptions, ...files.keys()])], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '', errors = '';
  child.stdout.on('data', (chunk) => { output += String(chunk); });
  child.stderr.on('data', (chunk) => { errors += String(chunk); });
  const code = await new Promise((resolve) => child.on('close', (exitCode, signal) => resolve(exitCode ?? signal)));

  const results = output.trim().split('\n').filter(Boolean).map((line) => JSON.parse(line) as { file: string; outcome: string; grownBytes: number });
  const next = [...files.values()][results.length];
  expect(code, `the process died at "${next}":\n${errors.slice(-1500)}`).toBe(0);
  for (const { file, outcome, grownBytes } of results) {
    const name = files.get(file)!;
    if (loadable.includes(name)) expect(outcome, name).toBe('loaded');
    else expect(outcome, name).toMatch(/^error: /);
    expect(grownBytes, name).toBeLessThan(200e6);
  }
});

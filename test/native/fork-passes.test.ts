// A pass over a window and the draws behind it are one call, which draws what single calls would; graphs of every size and depth are kept and give what new ones give.
import fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Llama, LlamaContext, LlamaModel } from 'node-llama-cpp';
import { drawFrom, type Distribution } from '../../core/engine/drawing.js';
import { handle, largestDifference, loadFork, openContext, temporaryFolder, type Native } from './fork-engine.js';
import { root } from './engine-harness.js';

type Sampling = { temperature: number; topK: number; topP: number; minP: number; repeatPenalty: number };
interface Passes extends Native {
  plumbDistribution(ctx: unknown, row: number, sampling: Sampling, recent: Uint32Array): Distribution;
  plumbWaveBegin(ctx: unknown, options: object): void;
  plumbWaveEnd(ctx: unknown): void;
  plumbRefine(ctx: unknown, tokens: Uint32Array, position: number, sampling: Sampling, recent: Uint32Array, chances: Float64Array, shift: number): Promise<{ ids: Uint32Array; changes: Float32Array }>;
}
interface Batch {
  initBatch(size: number): void;
  addToBatch(sequence: number, position: number, tokens: Uint32Array, rows: Uint32Array): unknown;
  decodeBatch(): Promise<void>;
  removeTokenCellsFromSequence(sequence: number, from: number, to: number): boolean;
}

let llama: Llama;
let native: Passes;
let model: LlamaModel;
const folder = temporaryFolder();

beforeAll(async () => {
  const fork = await loadFork();
  ({ llama } = fork);
  native = fork.native as Passes;
  model = await llama.loadModel({ modelPath: join(root, 'resources', 'plumb-mini.gguf'), gpuLayers: 0 });
});
afterAll(async () => {
  await llama.dispose();
  fs.rmSync(folder, { recursive: true, force: true });
});

const half = { flashAttention: true, experimentalKvCacheKeyType: 'F16', experimentalKvCacheValueType: 'F16' };
const tokens = (count: number, from = 0): number[] => Array.from({ length: count }, (_, i) => 40 + (((from + i) * 31) % 200));

async function read(context: LlamaContext, ids: number[], position: number): Promise<Float32Array[]> {
  const batch = handle(context) as Batch;
  batch.initBatch(ids.length);
  batch.addToBatch(0, position, Uint32Array.from(ids), Uint32Array.from(ids.keys()));
  await batch.decodeBatch();
  return ids.map((_, row) => native.plumbLogits(batch, row));
}
const forget = (context: LlamaContext, from: number): boolean => (handle(context) as Batch).removeTokenCellsFromSequence(0, from, -1);

describe('a pass', () => {
  const wave = { firstStep: 4, embeddingAverage: 0, stateNoise: 0, averageNew: false, carry: 0 };

  it.each([
    { temperature: 0, topK: 0, topP: 1, minP: 0, repeatPenalty: 1 },
    { temperature: 1.5, topK: 40, topP: 0.95, minP: 0.01, repeatPenalty: 1.3 },
  ])('draws what single calls draw from the same rows: $temperature', async (sampling) => {
    const { context, ctx } = await openContext(model, half);
    native.plumbSetRecurrence(ctx, { nSteps: 8 });
    await read(context, tokens(20), 0);
    native.plumbSetRecurrence(ctx, { nSteps: 4 });
    native.plumbWaveBegin(ctx, wave);
    const recent = tokens(66);
    for (const [pass, size] of [1, 3, 5, 2, 17].entries()) {
      const window = tokens(size, pass);
      const chances = Float64Array.from(window, (_, i) => ((pass * 7 + i * 5) % 19) / 19);
      const { ids, changes } = await native.plumbRefine(ctx, Uint32Array.from(window), 20, sampling, Uint32Array.from(recent.slice(-64)), chances, 0);
      const expected = window.map((_, row) => drawFrom(native.plumbDistribution(ctx, row, sampling, Uint32Array.from([...recent, ...window.slice(1, row + 1)].slice(-64))), chances[row]!));
      expect(Array.from(ids), `pass of ${size}`).toEqual(expected);
      expect(changes).toHaveLength(size);
      for (const change of changes) expect(change).toBeGreaterThan(0);
      forget(context, 20);
    }
    native.plumbWaveEnd(ctx);
    await context.dispose();
  });

  it('refuses a window without a chance for each token', async () => {
    const { context, ctx } = await openContext(model, half);
    native.plumbWaveBegin(ctx, wave);
    const greedy = { temperature: 0, topK: 0, topP: 1, minP: 0, repeatPenalty: 1 };
    const none = new Uint32Array(0);
    expect(() => native.plumbRefine(ctx, Uint32Array.of(40, 41), 0, greedy, none, Float64Array.of(0.5), 0)).toThrow('a chance for each');
    expect(() => native.plumbRefine(ctx, none, 0, greedy, none, new Float64Array(0), 0)).toThrow('at least one token');
    await context.dispose();
  });
});

describe('kept graphs', () => {
  it('give what a fresh context gives, for more sizes than are kept, for odd and even depths, and behind large batches', async () => {
    const { context, ctx } = await openContext(model, half);
    for (const [turn, size] of [1, 2, 3, 40, 4, 5, 6, 7, 8, 9, 10, 1, 16, 17, 2, 1, 3].entries()) {
      const ids = tokens(size, turn);
      const nSteps = 1 + ((turn * 3) % 7);
      native.plumbSetRecurrence(ctx, { nSteps, exit: null });
      const kept = await read(context, ids, 0);
      forget(context, 0);
      const fresh = await openContext(model, half);
      native.plumbSetRecurrence(fresh.ctx, { nSteps, exit: null });
      const expected = await read(fresh.context, ids, 0);
      await fresh.context.dispose();
      for (const [row, logits] of kept.entries()) expect(largestDifference(logits, expected[row]!), `turn ${turn}: ${size} tokens, ${nSteps} steps, row ${row}`).toBe(0);
    }
    await context.dispose();
  });
});

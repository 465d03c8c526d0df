// The fork computes what the float64 reference computes, at every depth, in every cache, however a prompt is cut.
import path from 'node:path';
import fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Llama, LlamaModel } from 'node-llama-cpp';
import { decode, largestDifference, loadFork, modelHandle, openContext, temporaryFolder, type Native } from './fork-engine.js';
import { makeTinyModel, tinyShape, writeGguf } from './fork-model.js';
import { initialState, Reference } from './fork-reference.js';

const tiny = makeTinyModel();
const prompt = [256, 72, 117, 103, 105, 110, 110, 32, 102, 108, 105, 101, 115];
const zeros = (): number[] => new Array<number>(tinyShape.width).fill(0);
const tolerance = 5e-4; // float32 against float64, logits of order one

let llama: Llama;
let native: Native;
let model: LlamaModel;
const folder = temporaryFolder();

beforeAll(async () => {
  ({ llama, native } = await loadFork());
  const file = path.join(folder, 'tiny.gguf');
  writeGguf(file, tiny);
  model = await llama.loadModel({ modelPath: file, gpuLayers: 0 });
});

afterAll(async () => {
  await llama.dispose();
  fs.rmSync(folder, { recursive: true, force: true });
});

describe('a tiny random model', () => {
  it('tells its recurrence', () => {
    expect(native.plumbModelRecurrence(modelHandle(model))).toEqual({
      nLayerPrelude: 1, nLayerCore: 2, nLayerCoda: 1, nSteps: 4, nStepsMin: 1, nStepsMax: 16, stateStd: Math.fround(Math.sqrt(0.4)), nEmbd: 32,
    });
  });

  // batches above 16 tokens take another way: graphs are not kept, and the change of a step is computed in the graph
  it.each([[1, 13], [2, 13], [5, 26], [16, 13], [16, 26]])('agrees with the reference at %i steps of %i tokens: logits, states and deltas', async (steps, count) => {
    const ids = [...prompt, ...prompt].slice(0, count);
    const { context, sequence, ctx } = await openContext(model);
    native.plumbSetRecurrence(ctx, { nSteps: steps, initScale: 0 });
    native.plumbTap(ctx, true);
    const expected = new Reference(tiny, 16).decode(ids, steps, zeros);
    const logits = await decode(native, context, sequence, ids);

    expect(largestDifference(logits, expected.logits)).toBeLessThan(tolerance);
    const taps = native.plumbLatentStates(ctx);
    expect([taps.nSteps, taps.nTokens, taps.nEmbd]).toEqual([steps, ids.length, tinyShape.width]);
    expect(largestDifference(taps.states, expected.states.flat(2))).toBeLessThan(tolerance);
    expect(largestDifference(native.plumbDeltas(ctx), expected.deltas.flat())).toBeLessThan(tolerance);
    const trace = native.plumbTrace(ctx)!;
    expect(trace.exitReason).toBe('steps');
    expect(largestDifference(trace.deltas, expected.deltas.map((row) => row.at(-1)!))).toBeLessThan(tolerance);
    await context.dispose();
  });

  it('starts from the seeded state of each position, whatever the batch size', async () => {
    const std = Math.fround(Math.sqrt(0.4));
    const expected = new Reference(tiny, 16).decode(prompt, 3, (position) => initialState(tinyShape.width, 7, position, std)).logits;
    for (const batchSize of [128, 5, 1]) {
      const { context, sequence, ctx } = await openContext(model, { batchSize });
      native.plumbSetRecurrence(ctx, { nSteps: 3, seed: 7, initScale: 1 });
      expect(largestDifference(await decode(native, context, sequence, prompt), expected)).toBeLessThan(tolerance);
      await context.dispose();
    }
  });

  it('starts from given states for one decode, then from its own again', async () => {
    const { context, sequence, ctx } = await openContext(model);
    native.plumbSetRecurrence(ctx, { nSteps: 2, initScale: 0 });
    const given = Float32Array.from({ length: prompt.length * tinyShape.width }, (_, i) => Math.sin(i));
    const row = (position: number): number[] => [...given.subarray(position * tinyShape.width, (position + 1) * tinyShape.width)];
    const reference = new Reference(tiny, 16);

    native.plumbSetInitialState(ctx, given);
    expect(largestDifference(await decode(native, context, sequence, prompt), reference.decode(prompt, 2, row).logits)).toBeLessThan(tolerance);
    expect(largestDifference(await decode(native, context, sequence, [65]), reference.decode([65], 2, zeros).logits)).toBeLessThan(tolerance);
    native.plumbSetInitialState(ctx, given.subarray(0, tinyShape.width));
    expect(largestDifference(await decode(native, context, sequence, [66]), reference.decode([66], 2, () => row(0)).logits)).toBeLessThan(tolerance);
    expect(() => native.plumbSetInitialState(ctx, new Float32Array(3))).toThrow(/width/);
    await context.dispose();
  });

  it('gives each older token its last step where it ran fewer, when the steps change from token to token', async () => {
    for (const budget of [16, 4, 3, 1]) {
      native.plumbSetNextKvBudget(budget);
      const { context, sequence, ctx } = await openContext(model);
      native.plumbSetNextKvBudget(0);
      const reference = new Reference(tiny, budget);
      for (const [ids, steps] of [[prompt, 3], [[65], 6], [[66], 2], [[67, 68, 69], 1], [[70], 9], [[71], 4], [[72], 5]] as const) {
        native.plumbSetRecurrence(ctx, { nSteps: steps, initScale: 0 });
        const difference = largestDifference(await decode(native, context, sequence, [...ids]), reference.decode([...ids], steps, zeros).logits);
        expect(difference, `budget ${budget}, ${steps} steps`).toBeLessThan(tolerance);
      }
      expect(native.plumbKv(ctx)!.budget).toBe(budget);
      await context.dispose();
    }
  });

  it.each([{ flashAttention: true }, { experimentalKvCacheKeyType: 'F16', experimentalKvCacheValueType: 'F16' }, { threads: 2 }, { batchSize: 256, threads: 2 }])(
    'stays close with other ways to attend: %o', async (options) => {
      const { context, sequence, ctx } = await openContext(model, options);
      const reference = new Reference(tiny, 16);
      for (const [ids, steps] of [[[...prompt, ...prompt], 5], [[65], 7], [[66], 3], [[67], 8]] as const) {
        native.plumbSetRecurrence(ctx, { nSteps: steps, initScale: 0 });
        expect(largestDifference(await decode(native, context, sequence, [...ids]), reference.decode([...ids], steps, zeros).logits)).toBeLessThan(0.02);
      }
      await context.dispose();
    });
});

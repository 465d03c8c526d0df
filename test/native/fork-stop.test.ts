// A decode can be watched and stopped from the JS thread while it runs, and the context is usable afterwards.
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Llama, LlamaModel } from 'node-llama-cpp';
import { decode, largestDifference, loadFork, openContext, temporaryFolder, type Native } from './fork-engine.js';
import { makeTinyModel, tinyShape, writeGguf } from './fork-model.js';

// wide enough that 64 steps of 200 tokens take a while
const slow = makeTinyModel(3, { ...tinyShape, width: 128, heads: 4, inner: 256, stepsMax: 64 });
const ids = Array.from({ length: 200 }, (_, i) => 65 + (i % 26));
const folder = temporaryFolder();
let llama: Llama;
let native: Native;
let model: LlamaModel;

beforeAll(async () => {
  ({ llama, native } = await loadFork());
  writeGguf(path.join(folder, 'slow.gguf'), slow);
  model = await llama.loadModel({ modelPath: path.join(folder, 'slow.gguf'), gpuLayers: 0 });
});

afterAll(async () => {
  await llama.dispose();
  fs.rmSync(folder, { recursive: true, force: true });
});

it('stops between two steps, says so, and decodes again as if nothing had been', async () => {
  const { context, sequence, ctx } = await openContext(model, { batchSize: 256 });
  native.plumbSetRecurrence(ctx, { nSteps: 64, initScale: 0 });
  const whole = await decode(native, context, sequence, ids);
  await sequence.clearHistory();

  native.plumbRequestStop(ctx, false);
  const running = decode(native, context, sequence, ids);
  const seen: number[] = [];
  while (seen.length === 0 || seen.at(-1)! < 3) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    seen.push(native.plumbProgress(ctx)!.steps % 64);
  }
  native.plumbRequestStop(ctx, true);
  await expect(running).rejects.toThrow(/Eval has failed/);

  const progress = native.plumbProgress(ctx)!;
  expect(progress.steps).toBeGreaterThanOrEqual(3);
  expect(progress.steps).toBeLessThan(64);
  expect(progress.deltas.length).toBe(progress.steps);
  expect(native.plumbTrace(ctx)!.exitReason).toBe('stopped');

  await sequence.clearHistory();
  await expect(decode(native, context, sequence, ids)).rejects.toThrow(); // a stop stays until it is taken back
  native.plumbRequestStop(ctx, false);
  await sequence.clearHistory();
  expect(largestDifference(await decode(native, context, sequence, ids), whole)).toBe(0);
  expect(native.plumbTrace(ctx)!.exitReason).toBe('steps');
  await context.dispose();
});

it('counts decodes and shows steps in order while one runs', async () => {
  const { context, sequence, ctx } = await openContext(model, { batchSize: 256 });
  native.plumbSetRecurrence(ctx, { nSteps: 64, initScale: 0 });
  let done = false;
  const running = decode(native, context, sequence, ids).finally(() => { done = true; });
  const steps: number[] = [];
  while (!done) {
    const { decode: count, steps: now, nSteps } = native.plumbProgress(ctx)!;
    if (count === 1) steps.push(now);
    expect(nSteps === 64 || count === 0).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await running;
  expect(new Set(steps).size).toBeGreaterThan(3);
  expect([...steps].sort((a, b) => a - b)).toEqual(steps);
  expect(native.plumbProgress(ctx)!.decode).toBe(1);
  await context.dispose();
});

it('takes a change of the steps during a decode only for the next one', async () => {
  const { context, sequence, ctx } = await openContext(model, { batchSize: 256 });
  native.plumbSetRecurrence(ctx, { nSteps: 64, initScale: 0 });
  const running = decode(native, context, sequence, ids);
  while (native.plumbProgress(ctx)!.steps === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  native.plumbSetRecurrence(ctx, { nSteps: 2 });
  await running;
  expect(native.plumbTrace(ctx)!.nSteps).toBe(64);
  await decode(native, context, sequence, [65]);
  expect(native.plumbTrace(ctx)!.nSteps).toBe(2);
  await context.dispose();
});

it('refuses what is out of range', async () => {
  const { context, ctx } = await openContext(model);
  for (const options of [{ nSteps: 0 }, { nSteps: 65 }, { nSteps: -1 }, { nSteps: 1e12 }, { initScale: -1 }, { initScale: NaN }])
    expect(() => native.plumbSetRecurrence(ctx, options)).toThrow(/out of range/);
  await context.dispose();
  expect(() => native.plumbSetRecurrence(ctx, { nSteps: 2 })).toThrow(/not loaded/);
});

// Sequences can be cut, shifted, copied, saved and restored as for any other model, and what they show afterwards is right.
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Llama, LlamaModel } from 'node-llama-cpp';
import { decode, handle, largestDifference, loadFork, openContext, temporaryFolder, type Native } from './fork-engine.js';
import { makeTinyModel, tinyShape, writeGguf } from './fork-model.js';
import { Reference } from './fork-reference.js';

const tiny = makeTinyModel(2);
const text = Array.from({ length: 40 }, (_, i) => 65 + ((i * 7) % 26));
const zeros = (): number[] => new Array<number>(tinyShape.width).fill(0);
const tolerance = 5e-4;

let llama: Llama;
let native: Native;
let model: LlamaModel;
const folder = temporaryFolder();

beforeAll(async () => {
  ({ llama, native } = await loadFork());
  writeGguf(path.join(folder, 'tiny.gguf'), tiny);
  model = await llama.loadModel({ modelPath: path.join(folder, 'tiny.gguf'), gpuLayers: 0 });
});

afterAll(async () => {
  await llama.dispose();
  fs.rmSync(folder, { recursive: true, force: true });
});

async function open(steps: number, options: object = {}) {
  const opened = await openContext(model, options);
  const setSteps = (nSteps: number): void => native.plumbSetRecurrence(opened.ctx, { nSteps, initScale: 0 });
  setSteps(steps);
  return { ...opened, setSteps };
}

describe('the cache of a recurrent-depth model', () => {
  it('gives the same logits when a prompt is cut into small batches', async () => {
    const expected = new Reference(tiny, 16).decode(text, 5, zeros).logits;
    for (const batchSize of [64, 20, 7, 1]) {
      const { context, sequence } = await open(5, { batchSize });
      expect(largestDifference(await decode(native, context, sequence, text), expected), `batch size ${batchSize}`).toBeLessThan(tolerance);
      await context.dispose();
    }
  });

  it('goes on after the end of the conversation was taken back, with other steps than before', async () => {
    const { context, sequence, setSteps } = await open(6);
    const reference = new Reference(tiny, 16);
    await decode(native, context, sequence, text);
    await sequence.eraseContextTokenRanges([{ start: 20, end: 40 }]);
    reference.decode(text.slice(0, 20), 6, zeros);
    setSteps(2);
    expect(largestDifference(await decode(native, context, sequence, [70, 71]), reference.decode([70, 71], 2, zeros).logits)).toBeLessThan(tolerance);
    setSteps(9);
    expect(largestDifference(await decode(native, context, sequence, [72]), reference.decode([72], 9, zeros).logits)).toBeLessThan(tolerance);
    await context.dispose();
  });

  it.each([false, true])('shifts later tokens when a range in the middle is erased (flash attention: %s)', async (flashAttention) => {
    const { context, sequence, setSteps } = await open(4, { flashAttention });
    const reference = new Reference(tiny, 16);
    await decode(native, context, sequence, text);
    reference.decode(text, 4, zeros);
    await sequence.eraseContextTokenRanges([{ start: 5, end: 17 }]);
    reference.erase(5, 17);
    expect(sequence.nextTokenIndex).toBe(text.length - 12);
    setSteps(7);
    expect(largestDifference(await decode(native, context, sequence, [80]), reference.decode([80], 7, zeros).logits)).toBeLessThan(flashAttention ? 0.02 : tolerance);
    await context.dispose();
  });

  it('shifts a quantised cache too, with a head size that is no multiple of 64', async () => {
    const wide = makeTinyModel(8, { ...tinyShape, width: 96, heads: 1, inner: 64 });
    const file = path.join(folder, 'wide.gguf');
    writeGguf(file, wide);
    const wideModel = await llama.loadModel({ modelPath: file, gpuLayers: 0 });
    const { context, sequence, ctx } = await openContext(wideModel, { flashAttention: true, experimentalKvCacheKeyType: 'Q8_0', experimentalKvCacheValueType: 'Q8_0' });
    native.plumbSetRecurrence(ctx, { nSteps: 4, initScale: 0 });
    const reference = new Reference(wide, 16);
    const start = (): number[] => new Array<number>(96).fill(0);
    await decode(native, context, sequence, text);
    reference.decode(text, 4, start);
    await sequence.eraseContextTokenRanges([{ start: 5, end: 17 }]);
    reference.erase(5, 17);
    const expected = reference.decode([80], 4, start).logits;
    expect(largestDifference(await decode(native, context, sequence, [80]), expected) / Math.max(...expected.map(Math.abs))).toBeLessThan(0.05);
    await wideModel.dispose();
  });

  it('forgets how deep it was once the sequence is cleared', async () => {
    const { context, sequence, ctx, setSteps } = await open(12);
    await decode(native, context, sequence, text);
    expect(native.plumbKv(ctx)!.slotsOpen).toBe(12);
    await sequence.clearHistory();
    setSteps(3);
    expect(largestDifference(await decode(native, context, sequence, text), new Reference(tiny, 16).decode(text, 3, zeros).logits)).toBeLessThan(tolerance);
    expect(native.plumbKv(ctx)!.slotsOpen).toBe(3);
    await context.dispose();
  });

  it('restores a saved sequence into contexts that are deeper or shallower by then', async () => {
    const file = path.join(folder, 'sequence.bin');
    const saved = await open(5, { sequences: 2 });
    await decode(native, saved.context, saved.sequence, text);
    await saved.sequence.saveStateToFile(file);
    await saved.context.dispose();

    const fresh = new Reference(tiny, 16);
    fresh.decode(text, 5, zeros);
    const expected = fresh.decode([90], 9, zeros).logits;
    for (const stepsBefore of [0, 2, 11]) {
      const { context, sequence, setSteps } = await open(1, { sequences: 2 });
      const other = context.getSequence();
      const otherReference = new Reference(tiny, 16);
      if (stepsBefore > 0) {
        setSteps(stepsBefore);
        await decode(native, context, other, text.slice(0, 10));
        otherReference.decode(text.slice(0, 10), stepsBefore, zeros);
      }
      await sequence.loadStateFromFile(file, { acceptRisk: true });
      setSteps(9);
      expect(largestDifference(await decode(native, context, sequence, [90]), expected), `after ${stepsBefore} steps`).toBeLessThan(tolerance);
      if (stepsBefore > 0) {
        const next = otherReference.decode([91], 9, zeros).logits;
        expect(largestDifference(await decode(native, context, other, [91]), next), `the other sequence, after ${stepsBefore} steps`).toBeLessThan(tolerance);
      }
      await context.dispose();
    }
  });

  it('keeps two sequences apart that are decoded in one batch, one of them deeper than the other before', async () => {
    const { context, sequence: first, ctx, setSteps } = await open(8, { sequences: 2 });
    const second = context.getSequence();
    const [a, b] = [new Reference(tiny, 16), new Reference(tiny, 16)];
    await decode(native, context, first, text.slice(0, 8));
    a.decode(text.slice(0, 8), 8, zeros);
    setSteps(3);
    await decode(native, context, second, text.slice(8, 20));
    b.decode(text.slice(8, 20), 3, zeros);
    setSteps(5);
    await Promise.all([decode(native, context, first, [75]), decode(native, context, second, [76])]);
    a.decode([75], 5, zeros);
    b.decode([76], 5, zeros);
    setSteps(10);
    expect(largestDifference(await decode(native, context, first, [77]), a.decode([77], 10, zeros).logits)).toBeLessThan(tolerance);
    expect(largestDifference(await decode(native, context, second, [78]), b.decode([78], 10, zeros).logits)).toBeLessThan(tolerance);
    expect(native.plumbKv(ctx)!.slotsOpen).toBe(10);
    await context.dispose();
  });

  it('counts its bytes, and touches memory of no step that never ran', async () => {
    native.plumbSetNextKvBudget(8);
    const { context, sequence, ctx } = await open(3, { contextSize: 256 });
    native.plumbSetNextKvBudget(0);
    await decode(native, context, sequence, text);
    const perSlot = 2 * 256 * tinyShape.width * 4; // K and V, 256 cells, F32
    expect(native.plumbKv(ctx)).toEqual({
      budget: 8, slotsOpen: 3, sizeBytes: (1 + 2 * 8 + 1) * perSlot, touchedBytes: (1 + 2 * 3 + 1) * perSlot, bytesPerToken: (1 + 2 * 8 + 1) * 2 * tinyShape.width * 4,
    });
    expect(handle(context)).toBe(ctx);
    await context.dispose();
  });
});

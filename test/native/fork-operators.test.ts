// The fork's own operators for small F16 models compute what the float64 reference computes, and the same bits alone and in a batch; held tokens go on.
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Llama, LlamaContext, LlamaModel } from 'node-llama-cpp';
import { handle, largestDifference, loadFork, openContext, temporaryFolder, type Native } from './fork-engine.js';
import { makeTinyModel, tinyShape, writeGguf, type TinyModel } from './fork-model.js';
import { Reference } from './fork-reference.js';

/** node-llama-cpp's own batch of one sequence, with logits for every token. */
interface Batch {
  initBatch(size: number): void;
  addToBatch(sequence: number, position: number, tokens: Uint32Array, rows: Uint32Array): unknown;
  decodeBatch(): Promise<void>;
  removeTokenCellsFromSequence(sequence: number, from: number, to: number): boolean;
  disposeSequence(sequence: number): void;
}

const ids = Array.from({ length: 40 }, (_, i) => 33 + ((i * 29) % 90));
let llama: Llama;
let native: Native;
const folder = temporaryFolder();

beforeAll(async () => ({ llama, native } = await loadFork()));
afterAll(async () => {
  await llama.dispose();
  fs.rmSync(folder, { recursive: true, force: true });
});

/** To the nearest number of half precision, so that a file in F16 holds these very weights. */
function rounded(model: TinyModel): TinyModel {
  for (const { data, dims } of model.weights.values()) {
    if (dims.length < 2) continue;
    for (let i = 0; i < data.length; i++) {
      const unit = Math.max(2 ** -24, 2 ** (Math.floor(Math.log2(Math.abs(data[i]!))) - 10));
      data[i] = Math.round(data[i]! / unit) * unit;
    }
  }
  return model;
}

async function openModel(tiny: TinyModel, name: string): Promise<LlamaModel> {
  const file = path.join(folder, `${name}.gguf`);
  writeGguf(file, tiny);
  await native.plumbQuantize(file, `${file}.f16`, { type: 'f16' });
  return llama.loadModel({ modelPath: `${file}.f16`, gpuLayers: 0 });
}

const half = { flashAttention: true, experimentalKvCacheKeyType: 'F16', experimentalKvCacheValueType: 'F16' };

async function read(context: LlamaContext, tokens: number[], position: number): Promise<Float32Array[]> {
  const batch = handle(context) as Batch;
  batch.initBatch(tokens.length);
  batch.addToBatch(0, position, Uint32Array.from(tokens), Uint32Array.from(tokens.keys()));
  await batch.decodeBatch();
  return tokens.map((_, row) => native.plumbLogits(batch, row));
}
const forget = (context: LlamaContext, from: number): boolean => (handle(context) as Batch).removeTokenCellsFromSequence(0, from, -1);

// Heads of 16, 32 and 64 have an operator; 24 has not, and 36 is no multiple of 8 either.
describe.each([[32, 2], [96, 3], [128, 2], [48, 2], [72, 2]])('a model of width %i with %i heads', (width, heads) => {
  const shape = { ...tinyShape, width, heads, inner: 56 };
  const tiny = rounded(makeTinyModel(11, shape));
  let model: LlamaModel;
  beforeAll(async () => void (model = await openModel(tiny, `w${width}`)));

  it('agrees with the reference for every size of batch', async () => {
    for (const size of [1, 2, 3, 4, 5, 8, 16, 17]) {
      const { context, ctx } = await openContext(model, half);
      native.plumbSetRecurrence(ctx, { nSteps: 5, initScale: 0 });
      const reference = new Reference(tiny, 16);
      const zeros = (): number[] => new Array<number>(width).fill(0);
      let expected = reference.decode(ids.slice(0, 7), 5, zeros);
      await read(context, ids.slice(0, 7), 0);
      expected = reference.decode(ids.slice(7, 7 + size), 5, zeros);
      const rows = await read(context, ids.slice(7, 7 + size), 7);
      // Keys, values and what is multiplied are rounded to half precision.
      expect(largestDifference(rows.at(-1)!, expected.logits)).toBeLessThan(0.02);
      await context.dispose();
    }
  });

  it('gives a token the same bits alone and in a batch, where the operators are used', async () => {
    if (![16, 32, 64].includes(width / heads) || process.arch !== 'x64') return;
    const { context, ctx } = await openContext(model, half);
    native.plumbSetRecurrence(ctx, { nSteps: 9, initScale: 1, seed: 3 });
    await read(context, ids.slice(0, 9), 0);
    const alone: Float32Array[] = [];
    for (let i = 0; i < 16; i++) alone.push((await read(context, [ids[9 + i]!], 9 + i))[0]!);
    for (const size of [2, 3, 4, 7, 16]) {
      forget(context, 9);
      const together = await read(context, ids.slice(9, 9 + size), 9);
      for (const [row, logits] of together.entries()) expect(largestDifference(logits, alone[row]!)).toBe(0);
    }
    await context.dispose();
  });

  it('lets tokens that were read with few steps go on, with the result of reading them at once', async () => {
    const { context, ctx } = await openContext(model, half);
    const settings = { initScale: 1, seed: 3 };
    native.plumbSetRecurrence(ctx, { ...settings, nSteps: 12 });
    await read(context, ids.slice(0, 9), 0);
    const want = await read(context, ids.slice(9, 14), 9);
    const wantDeltas = native.plumbDeltas(ctx);
    const further = await read(context, ids.slice(14, 16), 14);
    forget(context, 9);
    native.plumbSetRecurrence(ctx, { ...settings, nSteps: 3, hold: 1 });
    for (let i = 9; i < 14; i++) await read(context, [ids[i]!], i);
    forget(context, 9);
    native.plumbSetRecurrence(ctx, { ...settings, nSteps: 12, hold: 2 });
    const got = await read(context, ids.slice(9, 14), 9);
    for (const [row, logits] of got.entries()) expect(largestDifference(logits, want[row]!)).toBeLessThan(2e-3);
    expect(largestDifference(native.plumbDeltas(ctx), wantDeltas)).toBeLessThan(2e-3);
    expect(native.plumbTrace(ctx)!.nSteps).toBe(12);
    // Later tokens see the cells as if nothing had been drafted.
    native.plumbSetRecurrence(ctx, { ...settings, nSteps: 12 });
    const after = await read(context, ids.slice(14, 16), 14);
    for (const [row, logits] of after.entries()) expect(largestDifference(logits, further[row]!)).toBeLessThan(2e-3);
    await context.dispose();
  });
});

describe('a held token', () => {
  const tiny = rounded(makeTinyModel(12));
  let model: LlamaModel;
  beforeAll(async () => void (model = await openModel(tiny, 'held')));

  it.each([
    ['is another token now', { nSteps: 8 }, [70, 71, 99]],
    ['has another seed now', { nSteps: 8, seed: 4 }, [70, 71, 72]],
    ['ran more steps than it may now', { nSteps: 2 }, [70, 71, 72]],
    ['was not read with the others', { nSteps: 8 }, [70, 71, 72, 73]],
  ])('starts anew if it %s', async (_, then, tokens) => {
    const { context, ctx } = await openContext(model, half);
    const settings = { initScale: 1, seed: 3, nSteps: 8 };
    native.plumbSetRecurrence(ctx, settings);
    await read(context, ids.slice(0, 5), 0);
    native.plumbSetRecurrence(ctx, { ...settings, ...then });
    const want = (await read(context, tokens, 5)).at(-1)!;
    forget(context, 5);
    native.plumbSetRecurrence(ctx, { ...settings, nSteps: 3, hold: 1 });
    for (const [i, id] of [70, 71, 72].entries()) await read(context, [id], 5 + i);
    forget(context, 5);
    native.plumbSetRecurrence(ctx, { ...settings, ...then, hold: 2 });
    expect(largestDifference((await read(context, tokens, 5)).at(-1)!, want)).toBe(0);
    await context.dispose();
  });

  it('is forgotten by the next ordinary read', async () => {
    const { context, ctx } = await openContext(model, half);
    const settings = { initScale: 1, seed: 3 };
    native.plumbSetRecurrence(ctx, { ...settings, nSteps: 8 });
    await read(context, ids.slice(0, 5), 0);
    native.plumbSetRecurrence(ctx, { ...settings, nSteps: 3, hold: 1 });
    await read(context, [70], 5);
    forget(context, 5);
    // Writes other keys and values into the cell.
    native.plumbSetRecurrence(ctx, { ...settings, nSteps: 3 });
    await read(context, [71], 5);
    forget(context, 5);
    native.plumbSetRecurrence(ctx, { ...settings, nSteps: 8, hold: 2 });
    const got = (await read(context, [70], 5))[0]!;
    forget(context, 5);
    native.plumbSetRecurrence(ctx, { ...settings, nSteps: 8 });
    expect(largestDifference(got, (await read(context, [70], 5))[0]!)).toBe(0);
    await context.dispose();
  });
});

// Tokens leave the recurrence where the float64 reference lets them, start where they should, and hurry when told to.
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Llama, LlamaModel } from 'node-llama-cpp';
import { decode, largestDifference, loadFork, openContext, temporaryFolder, type Native } from './fork-engine.js';
import { criteria, type ExitRule } from './fork-exit-reference.js';
import { makeTinyModel, randomNumbers, tinyShape, writeGguf } from './fork-model.js';
import { initialState, Reference, type Decoded } from './fork-reference.js';

const tiny = makeTinyModel(5);
const limit = 16;
const std = Math.fround(Math.sqrt(0.4));
const seeded = (position: number): number[] => initialState(tinyShape.width, 4, position, std);
const tolerance = 5e-4;
const kinds = Object.keys(criteria) as ExitRule['kind'][];

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

const letters = (count: number, from = 0): number[] => Array.from({ length: count }, (_, i) => 65 + (((i + from) * 7) % 26));
const set = (ctx: unknown, rule: ExitRule | null, more: object = {}): void =>
  native.plumbSetRecurrence(ctx, { nSteps: limit, seed: 4, initScale: 1, exit: rule && { ...rule, kind: criteria[rule.kind] }, ...more });

/** The reference for batches one after the other, and how far its values stay away from the threshold, as a factor. */
function follow(batches: number[][], rule: ExitRule, budget = limit): { decoded: Decoded[]; margin: number } {
  const reference = new Reference(tiny, budget);
  const decoded = batches.map((ids) => reference.decode(ids, limit, seeded, rule));
  const values = decoded.flatMap((one) => one.values).filter((value) => value > 0);
  return { decoded, margin: rule.kind === 'argmax-stability' ? 1 : Math.min(...values.map((value) => Math.abs(Math.log(value / rule.threshold)))) };
}

/** A rule whose threshold no value comes near, with tokens that leave and, if possible, at different depths. */
function robustRule(kind: ExitRule['kind'], batches: number[][], budget = limit): ExitRule {
  const thresholds = kind === 'argmax-stability' ? [3] : Array.from({ length: 40 }, (_, i) => 0.5 * 0.7 ** i);
  let best = { rule: { kind, threshold: 1, minSteps: 0, checkEvery: 1 }, rating: -1 };
  for (const threshold of thresholds) {
    const rule = { kind, threshold, minSteps: 0, checkEvery: 1 };
    const { decoded, margin } = follow(batches, rule, budget);
    const depths = decoded.map(({ states }) => states.length);
    const rating = margin < 0.01 ? 0 : new Set(depths).size + (depths.some((depth) => depth > 2 && depth < limit) ? 10 : 0);
    if (rating > best.rating) best = { rule, rating };
    if (rating > 11) break;
  }
  return best.rule;
}

async function compare(batches: number[][], rule: ExitRule, budget = limit): Promise<void> {
  native.plumbSetNextKvBudget(budget);
  const { context, sequence, ctx } = await openContext(model);
  native.plumbSetNextKvBudget(0);
  set(ctx, rule);
  const { decoded } = follow(batches, rule, budget);
  for (const [at, ids] of batches.entries()) {
    const { logits, states, values, left } = decoded[at]!;
    const actual = await decode(native, context, sequence, ids);
    const trace = native.plumbTrace(ctx)!;
    const what = `${rule.kind} below ${rule.threshold}, batch ${at}`;
    expect([trace.nSteps, trace.exitReason], what).toEqual([states.length, left ? 'converged' : 'steps']);
    expect(trace.exitValues.length, what).toBe(values.length);
    for (const [check, value] of values.entries()) expect(Number.isNaN(value) ? trace.exitValues[check] : Math.abs(trace.exitValues[check]! - value) / (Math.abs(value) + 0.01), what).toSatisfy((error: number) => (Number.isNaN(value) ? Number.isNaN(error) : error < 5e-3));
    expect(largestDifference(actual, logits), what).toBeLessThan(tolerance);
  }
  await context.dispose();
}

describe('a token', () => {
  const batches = [letters(13), ...letters(7, 13).map((id) => [id])];

  it.each(kinds)('leaves by %s where the reference lets it, and later ones see its last step', async (kind) => {
    const rule = robustRule(kind, batches);
    const depths = follow(batches, rule).decoded.map(({ states }) => states.length);
    expect(Math.min(...depths)).toBeLessThan(limit);
    await compare(batches, rule);
  });

  it('leaves where the reference lets it when slots are shared', async () => {
    for (const budget of [1, 3]) await compare(batches, robustRule('latent-diff', batches, budget), budget);
  });

  it.each(kinds)('is checked by %s only where it is due', async (kind) => {
    const never = kind === 'argmax-stability' ? 100 : 1e-30;
    await compare(batches, { kind, threshold: never, minSteps: 3, checkEvery: 5 });
    await compare(batches, { kind, threshold: never, minSteps: 99, checkEvery: 1 });
  });

  it('leaves where the reference lets it for rules, budgets and batches drawn at random', async () => {
    const random = randomNumbers(11);
    let compared = 0;
    for (let draw = 0; draw < 40; draw++) {
      const kind = kinds[Math.floor(random() * kinds.length)]!;
      const rule = { kind, threshold: kind === 'argmax-stability' ? 1 + Math.floor(random() * 5) : 10 ** (-4 * random()), minSteps: Math.floor(random() * 4), checkEvery: 1 + Math.floor(random() * 3) };
      const drawn = [letters(2 + Math.floor(random() * 6), draw), [70 + (draw % 9)], letters(2, draw), [71]];
      const budget = 1 + Math.floor(random() * limit);
      // A value that lies on the threshold says nothing: float32 and float64 may stand on either side of it.
      if (follow(drawn, rule, budget).margin < 0.01) continue;
      await compare(drawn, rule, budget);
      compared++;
    }
    expect(compared).toBeGreaterThan(20);
  });

  it('leaves at the first check for a threshold that everything passes', async () => {
    for (const kind of ['latent-diff', 'kl', 'cosine', 'minp-kl'] as const) await compare(batches, { kind, threshold: 1e6, minSteps: 2, checkEvery: 3 });
  });

  it('runs as without a criterion for a threshold that nothing passes', async () => {
    const { context, sequence, ctx } = await openContext(model);
    set(ctx, null);
    const plain = await decode(native, context, sequence, letters(13));
    for (const kind of kinds) {
      await sequence.clearHistory();
      set(ctx, { kind, threshold: kind === 'argmax-stability' ? 100 : 1e-30, minSteps: 0, checkEvery: 1 });
      expect(largestDifference(await decode(native, context, sequence, letters(13)), plain), kind).toBe(0);
    }
    await context.dispose();
  });
});

describe('a large batch', () => {
  // above 16 tokens the scheduler of the context is shared, and the squares are added up in the graph
  it.each(kinds)('leaves by %s with all its tokens', async (kind) => {
    const batches = [letters(18), letters(17, 18), [70]];
    await compare(batches, robustRule(kind, batches));
  });
});

describe('a warm start', () => {
  it.each([[1, false], [2, true]] as const)('carries the last state to the next token (kind %i)', async (start, normed) => {
    const { context, sequence, ctx } = await openContext(model);
    const reference = new Reference(tiny, limit);
    let carried = reference.decode(letters(9), 3, seeded).states.at(-1)!.at(-1)!;
    set(ctx, null, { nSteps: 3 });
    await decode(native, context, sequence, letters(9));
    for (const [id, steps] of [[70, 3], [71, 1], [72, 6]] as const) {
      set(ctx, null, { nSteps: steps, start });
      const expected = reference.decode([id], steps, () => (normed ? reference.finalNorm(carried) : carried));
      expect(largestDifference(await decode(native, context, sequence, [id]), expected.logits)).toBeLessThan(tolerance);
      carried = expected.states.at(-1)![0]!;
    }
    await context.dispose();
  });

  it('is not for a batch of several tokens, nor after a gap', async () => {
    const { context, sequence, ctx } = await openContext(model);
    const reference = new Reference(tiny, limit);
    set(ctx, null, { nSteps: 3, start: 1 });
    expect(largestDifference(await decode(native, context, sequence, letters(9)), reference.decode(letters(9), 3, seeded).logits)).toBeLessThan(tolerance);
    expect(largestDifference(await decode(native, context, sequence, [70, 71]), reference.decode([70, 71], 3, seeded).logits)).toBeLessThan(tolerance);
    await sequence.eraseContextTokenRanges([{ start: 6, end: 11 }]);
    reference.erase(6, 11);
    expect(largestDifference(await decode(native, context, sequence, [72]), reference.decode([72], 3, seeded).logits)).toBeLessThan(tolerance);
    await context.dispose();
  });
});

describe('"answer now"', () => {
  it('lets a decode leave after its next step, later ones at once, until it is taken back', async () => {
    const wide = makeTinyModel(3, { ...tinyShape, width: 128, heads: 4, inner: 256, stepsMax: 128 });
    writeGguf(path.join(folder, 'wide.gguf'), wide);
    const slow = await llama.loadModel({ modelPath: path.join(folder, 'wide.gguf'), gpuLayers: 0 });
    const { context, sequence, ctx } = await openContext(slow, { batchSize: 256 });
    native.plumbSetRecurrence(ctx, { nSteps: 128, initScale: 0 });
    const running = decode(native, context, sequence, letters(200));
    while (native.plumbProgress(ctx)!.steps < 3) await new Promise((resolve) => setTimeout(resolve, 1));
    native.plumbHurry(ctx, true);
    const then = native.plumbProgress(ctx)!.steps;
    await running;
    const trace = native.plumbTrace(ctx)!;
    expect(trace.exitReason).toBe('hurried');
    // The step that ran when it was said, and no other.
    expect(trace.nSteps).toBeLessThanOrEqual(then + 1);

    await decode(native, context, sequence, [65]);
    expect(native.plumbTrace(ctx)).toMatchObject({ nSteps: 1, exitReason: 'hurried' });
    native.plumbHurry(ctx, false);
    await decode(native, context, sequence, [66]);
    expect(native.plumbTrace(ctx)).toMatchObject({ nSteps: 128, exitReason: 'steps' });
    await context.dispose();
    await slow.dispose();
  });

  it('leaves a cache that later tokens can use: hurried ones show their last step', async () => {
    const { context, sequence, ctx } = await openContext(model);
    const reference = new Reference(tiny, limit);
    set(ctx, null, { nSteps: 5 });
    native.plumbHurry(ctx, true);
    await decode(native, context, sequence, letters(9));
    native.plumbHurry(ctx, false);
    reference.decode(letters(9), 1, seeded);
    expect(largestDifference(await decode(native, context, sequence, [70]), reference.decode([70], 5, seeded).logits)).toBeLessThan(tolerance);
    await context.dispose();
  });
});

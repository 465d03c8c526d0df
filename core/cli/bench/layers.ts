// Measures what one layer more costs, in a Huginn's core and in the stock llama.cpp, in turns: what is compared must share the machine's mood.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { withEngine } from '../engine.js';
import type { ComparePlan } from './comparison.js';
import { leastTimes, type Times } from './figures.js';
import { measureToken, takeSlots } from './steps.js';
import { runStock } from './stock.js';
import { writeDense, writeHuginn, type Shape } from './synthetic-model.js';

export interface LayerFigures {
  /** A step of the model itself. */
  step: Times;
  /** What one more layer of the core costs: the difference to a Huginn with half as many. */
  layer: Times;
  /** What is left of a step without its layers: the adapter, reading the state and the trace. */
  rest: Times;
}

export interface StockFigures {
  release: string;
  layers: [fewer: number, more: number];
  token: [Times, Times];
  /** What one more layer costs. */
  layer: Times;
  /** Reading a batch: the arithmetic rate that ggml reaches where weights are used many times. */
  batch: number;
  batchLayer: Times;
}

/** `path`: the Huginn of this shape. Its fellows are written beside it, and all of them are there at once. */
export async function measureLayers(
  { type, layers, repeat, quick, depths }: ComparePlan, path: string, shape: Shape, threads: number, folder: string, show: (what: string, fraction: number) => void,
): Promise<LayerFigures & { stock: StockFigures | string }> {
  const half = join(folder, 'huginn-half.gguf');
  const fewerCore = shape.core >> 1;
  const counts: [number, number] = [Math.max(1, layers >> 1), layers];
  const dense = counts.map((count) => join(folder, `dense-${count}.gguf`));
  const batch = quick ? 64 : 32;
  /** Tokens of a Huginn with half of the core's layers and of the whole one, at the least and at the greatest depth. */
  const [shallow, deep] = [depths[0]!, depths.at(-1)!];
  const shallows: [fewer: Times, more: Times][] = [];
  const deeps: [fewer: Times, more: Times][] = [];
  const tokens: [fewer: Times, more: Times][] = [];
  const batches: [fewer: Times, more: Times][] = [];
  let stock: StockFigures | string = 'It was not measured.';
  try {
    show('writing the models', 0);
    await writeHuginn(half, { ...shape, core: fewerCore }, type);
    for (const [i, file] of dense.entries()) await writeDense(file, shape, counts[i]!, type);
    // A single pair is too few for a difference of two.
    const turns = quick ? 1 : Math.max(3, repeat);
    for (let turn = 0; turn < turns; turn++) {
      show(`measuring, turn ${turn + 1} of ${turns}`, (turn + 1) / (turns + 1));
      const measure = (file: string): Promise<[Times, Times]> =>
        withEngine(async (engine) => {
          await engine.client.call('load', { path: file, threads, contextSize: 64, calibrate: false });
          await takeSlots(engine, deep);
          const plan = quick ? { tokens: 24, passes: 2 } : { tokens: 2, passes: 1 };
          return [await measureToken(engine, shallow, plan), await measureToken(engine, deep, plan)];
        });
      const [fewerCores, moreCores] = [await measure(half), await measure(path)];
      shallows.push([fewerCores[0], moreCores[0]]);
      deeps.push([fewerCores[1], moreCores[1]]);
      const report = await runStock({ models: dense, threads, tokens: quick ? 32 : 8, repeat: 1, batch });
      if (typeof report === 'string') {
        stock = report;
        continue;
      }
      const [fewer, more] = report.models;
      tokens.push([fewer!.token[0]!, more!.token[0]!]);
      batches.push([fewer!.batch[0]!, more!.batch[0]!]);
      stock = { release: report.release, layers: counts, batch, token: both(tokens), layer: oneMore(both(tokens), counts), batchLayer: oneMore(both(batches), counts) };
    }
  } finally {
    for (const file of [half, ...dense]) rmSync(file, { force: true });
  }
  const [low, high] = [both(shallows), both(deeps)];
  const stepOf = (i: 0 | 1): Times => combine(low[i], high[i], (a, b) => (b - a) / (deep - shallow));
  const step = stepOf(1);
  const layer = oneMore([stepOf(0), step], [fewerCore, shape.core]);
  return { step, layer, rest: combine(step, layer, (whole, one) => whole - shape.core * one), stock };
}

function both(turns: readonly [Times, Times][]): [Times, Times] {
  return [leastTimes(turns.map(([fewer]) => fewer)), leastTimes(turns.map(([, more]) => more))];
}

function oneMore([fewer, more]: [Times, Times], [few, many]: readonly [number, number]): Times {
  return combine(fewer, more, (a, b) => (b - a) / (many - few));
}

function combine(a: Times, b: Times, value: (a: number, b: number) => number): Times {
  return { clockMs: value(a.clockMs, b.clockMs), cpuMs: a.cpuMs === null || b.cpuMs === null ? null : value(a.cpuMs, b.cpuMs) };
}

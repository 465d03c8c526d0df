// Runs a whole comparison: methods on the built-in model and on a synthetic Huginn, the stock llama.cpp, and the machine's own limits.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../../contract/errors.js';
import { builtInModel } from '../built-in-model.js';
import { withEngine } from '../engine.js';
import { progressLine } from '../terminal.js';
import { comparable, line, type Times } from './figures.js';
import { readBandwidth, traceSumsMs } from './machine.js';
import { measureMethods, measureTap, type MethodPlan, type MethodResult } from './methods.js';
import { measureStep, measureWidths, type StepPlan } from './steps.js';
import { measureLayers, type LayerFigures, type StockFigures } from './layers.js';
import { fullShape, narrowShape, writeHuginn, type Shape } from './synthetic-model.js';
import { countWeights, type ModelWeights } from './weights.js';

export interface ComparePlan {
  models: readonly ('built-in' | 'synthetic')[];
  type: 'q4_0' | 'q8_0';
  /** Layers of the dense model; it is measured with half of them too. */
  layers: number;
  depths: readonly number[];
  /** 0: one for the built-in model, all cores for the synthetic ones. */
  threads: number;
  repeat: number;
  quick: boolean;
  /** Where the synthetic models are written; null: the system's folder for temporary files. */
  folder: string | null;
}

export interface ModelFigures {
  weights: ModelWeights;
  threads: number;
  methods: MethodResult[];
  /** The line through plain decoding. */
  fixedMs: number;
  slopeMs: number;
  /** One step without sampling and messages. */
  step: Times;
  /** One token at `steps`, read with and without a copy of all states. */
  tap: { steps: number; withoutMs: number; withMs: number };
  /** The sums of one step's entry in the trace. */
  traceSumsMs: number;
}

export interface Comparison {
  date: string;
  cpu: string;
  cores: number;
  memoryBytes: number;
  /** Running processes before anything was measured, as the system averages them over a minute. */
  loadBefore: number;
  plan: ComparePlan;
  builtIn: BuiltInFigures | null;
  synthetic: (ModelFigures & { shape: Shape; layers: LayerFigures }) | null;
  /** A sentence: not available. null: not asked for. */
  stock: StockFigures | string | null;
  /** Bytes per second; null: not asked for. */
  bandwidth: number | null;
}

export type BuiltInFigures = ModelFigures & { overhead: Overhead; widths: Width[] };

/** A step of several positions at once, by the clock and by processor time. */
export interface Width {
  positions: number;
  step: Times;
}

/** Milliseconds a step takes however small the model is: the line through models of the built-in one's layout and other widths. */
export interface Overhead {
  points: { width: number; weights: number; stepMs: number }[];
  /** At no weights at all. */
  stepMs: number;
  /** What all of it is measured by. Short measurements do not fill the hundredths of a second that processor time is counted in. */
  by: 'cpuMs' | 'clockMs';
}

/** Questions the built-in model answers with some thirty tokens: the ways that look ahead need something ahead. */
const questions = ['Tell me what you can do.', 'How do I use the slider?', 'How does the game work?', 'What are your limits?'];

export async function compare(plan: ComparePlan): Promise<Comparison> {
  const progress = progressLine();
  const comparison: Comparison = {
    date: new Date().toISOString().slice(0, 10),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryBytes: totalmem(),
    loadBefore: loadavg()[0]!,
    plan,
    builtIn: null,
    synthetic: null,
    stock: null,
    bandwidth: null,
  };
  try {
    await inFolder(plan.folder ?? tmpdir(), async (folder) => {
      const show = (part: string) => (what: string, fraction: number) => progress.show(`${part}: ${what}`, fraction);
      if (plan.models.includes('built-in')) comparison.builtIn = await measureBuiltIn(plan, folder, show('built-in'));
      if (!plan.models.includes('synthetic')) return;
      const threads = plan.threads || availableParallelism();
      const shape = plan.quick ? narrowShape : fullShape;
      show('machine')('reading memory', 0);
      comparison.bandwidth = await readBandwidth(threads, plan.quick ? 64e6 : 512e6, plan.quick ? 3 : 9);
      const path = join(folder, 'huginn.gguf');
      try {
        const figures = await measureSynthetic(plan, path, shape, threads, show('synthetic'));
        const { stock, ...layers } = await measureLayers(plan, path, shape, threads, folder, show('a layer, beside the stock llama.cpp'));
        comparison.synthetic = { ...figures, layers };
        comparison.stock = stock;
      } finally {
        rmSync(path, { force: true });
      }
    });
  } finally {
    progress.clear();
  }
  return comparison;
}

type Show = (what: string, fraction: number) => void;

async function measureBuiltIn(plan: ComparePlan, folder: string, show: Show): Promise<BuiltInFigures> {
  const path = builtInModel();
  const threads = plan.threads || 1;
  const prompts = plan.quick ? questions.slice(0, 1) : questions;
  const figures = await measureModel({ path, threads, contextSize: 512, depths: plan.depths, methodDepths: plan.depths, prompts, tokens: 64, samplerTokens: 64, repeat: plan.repeat, step: { tokens: 24, passes: plan.quick ? 2 : 16 } }, show);
  show('steps of several positions', 1);
  const widths = await withEngine(async (engine) => {
    await engine.client.call('load', { path, threads, contextSize: 512, calibrate: false });
    return measureWidths(engine, [1, 2, 4, 8, 16], { passes: plan.quick ? 2 : 60, repeat: plan.repeat });
  });
  return { ...figures, widths, overhead: await measureOverhead(plan, figures.weights, threads, folder, show) };
}

async function measureSynthetic(plan: ComparePlan, path: string, shape: Shape, threads: number, show: Show): Promise<ModelFigures & { shape: Shape }> {
  // Deep tokens of a full-width model take seconds: few of them, and the methods at two depths.
  const methodDepths = plan.quick ? plan.depths : plan.depths.filter((steps, i) => steps === 8 || i === plan.depths.length - 1);
  const step = plan.quick ? { tokens: 24, passes: 2 } : { tokens: 2, passes: 1 };
  show('writing the model', 0);
  await writeHuginn(path, shape, plan.type);
  return { shape, ...(await measureModel({ path, threads, contextSize: 64, depths: plan.depths, methodDepths, prompts: ['a'], tokens: 4, samplerTokens: 9, repeat: plan.repeat, step }, show)) };
}

async function measureModel(plan: MethodPlan & { step: Pick<StepPlan, 'tokens' | 'passes'> }, show: Show): Promise<ModelFigures> {
  const weights = await countWeights(plan.path);
  return withEngine(async (engine) => {
    const methods = await measureMethods(engine, plan, show);
    show('a step', 1);
    await engine.client.call('load', { path: plan.path, threads: plan.threads, contextSize: plan.contextSize, calibrate: false });
    const step = await measureStep(engine, { ...plan.step, shallow: plan.depths[0]!, deep: plan.depths.at(-1)!, repeat: plan.repeat });
    const steps = plan.depths.find((depth) => depth >= 8) ?? plan.depths[0]!;
    const tap = { steps, ...(await measureTap(engine, steps, plan.step.passes * plan.repeat)) };
    const { fixed, slope } = line(methods.filter(({ method }) => method === 'plain').map(({ steps, measured }) => ({ x: steps, y: comparable(measured!.token, plan.threads) })));
    return { weights, threads: plan.threads, methods, fixedMs: fixed, slopeMs: slope, step, tap, traceSumsMs: traceSumsMs(weights.width) };
  });
}

/** Models of the built-in one's layout, heads as long as its own, a quarter to twice as wide, in f16. */
async function measureOverhead({ repeat, quick }: ComparePlan, built: ModelWeights, threads: number, folder: string, show: Show): Promise<Overhead> {
  const head = built.width / built.heads;
  const found: { width: number; weights: number; step: Times }[] = [];
  const shares = [0.25, 0.5, 1, 1.5, 2].filter((share) => Number.isInteger(share * built.heads));
  await withEngine(async (engine) => {
    for (const [i, share] of shares.entries()) {
      show(`a step at ${share} of its width`, i / shares.length);
      const width = share * built.heads * head;
      const path = join(folder, `width-${width}.gguf`);
      await writeHuginn(path, { ...built, width, heads: share * built.heads, inner: Math.round((share * built.inner) / 32) * 32 }, 'f16');
      await engine.client.call('load', { path, threads, contextSize: 128, calibrate: false });
      const step = await measureStep(engine, { shallow: 4, deep: 32, tokens: 24, passes: quick ? 1 : 16, repeat });
      found.push({ width, weights: (await countWeights(path)).perStep.weights, step });
    }
  });
  const by = !quick && found.every(({ step }) => comparable(step, threads) === step.cpuMs) ? 'cpuMs' : 'clockMs';
  const points = found.map(({ width, weights, step }) => ({ width, weights, stepMs: step[by]! }));
  return { points, by, stepMs: line(points.map(({ weights, stepMs }) => ({ x: weights, y: stepMs }))).fixed };
}

/** A folder that is gone afterwards, also when the command is ended with Ctrl+C. */
async function inFolder(parent: string, work: (folder: string) => Promise<void>): Promise<void> {
  let folder: string;
  try {
    folder = mkdtempSync(join(parent, 'plumb-bench-'));
  } catch (error) {
    throw new AppError('file_unwritable', `The folder ${parent} cannot be written to. Name another one: --folder`, (error as Error).message, { cause: error });
  }
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  const interrupted = (): never => process.exit(130);
  process.once('exit', remove);
  process.once('SIGINT', interrupted);
  process.once('SIGTERM', interrupted);
  try {
    await work(folder);
  } finally {
    process.off('exit', remove);
    process.off('SIGINT', interrupted);
    process.off('SIGTERM', interrupted);
    remove();
  }
}

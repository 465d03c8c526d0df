// plumb bench: what a model costs on this machine.
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { Option, type Command } from 'commander';
import type { LoadedModel } from '../contract/models.js';
import { readGgufSummary, type GgufSummary } from '../convert/gguf-summary.js';
import type { EngineLink } from '../services/engine-link.js';
import { benchCompare, modelNames, type CompareOptions } from './bench-compare.js';
import { benchSamplers } from './bench-samplers.js';
import { median } from './bench/figures.js';
import { builtInModel } from './built-in-model.js';
import { withEngine } from './engine.js';
import { wholeNumber, wholeNumbers } from './numbers.js';
import { bytes, progressLine, short, table } from './terminal.js';

export { median };

interface BenchOptions {
  model?: string;
  steps?: number[];
  prompt: number;
  tokens: number;
  repeat: number;
  threads: number;
  json?: boolean;
}

interface Depth {
  /** null: an ordinary model. */
  steps: number | null;
  /** Reading the prompt, which ends with the first token's logits. */
  firstTokenMs: number;
  prefillTokensPerSecond: number;
  decodeTokensPerSecond: number;
  msPerToken: number;
  kvBytesPerToken: number;
}

interface Report {
  model: string;
  architecture: string;
  fileType: string;
  parameters: number;
  cpu: string;
  threads: number;
  gpu: string | null;
  contextSize: number;
  /** From the start of the process to its greeting. */
  startMs: number;
  loadMs: number;
  depths: Depth[];
  /** One token costs about fixedMs + msPerStep * steps; null with fewer than two depths. */
  msPerStep: number | null;
  fixedMs: number | null;
  /** Highest resident memory of the engine process; null where the system does not tell. */
  peakRssBytes: number | null;
  promptTokens: number;
  decodedTokens: number;
  repeats: number;
}

export function addBench(program: Command): void {
  program
    .command('bench')
    .description('Measure loading, reading, writing and memory of a model on this machine. Every figure is a median.')
    .option('-m, --model <file>', 'GGUF file (default: the built-in model)')
    .option('-s, --steps <list>', "step counts to measure (default: the model's notches)", wholeNumbers(1, 128))
    .option('-p, --prompt <n>', 'prompt tokens read at once', wholeNumber(1, 512), 64)
    .option('-n, --tokens <n>', 'tokens written', wholeNumber(2, 4096), 16)
    .option('-r, --repeat <n>', 'times each figure is measured', wholeNumber(1, 100), 3)
    .option('-t, --threads <n>', '0: as the engine chooses', wholeNumber(0, 1024), 0)
    .option('--samplers', 'compare plain, speculative and wavefront decoding instead')
    .option('--json', 'one JSON object instead of tables')
    .option('--compare', 'compare the ways of spending steps, the stock llama.cpp and the limits of this machine instead; docs/bench.md')
    .addOption(new Option('--models <list>', 'with --compare: built-in, synthetic or both').argParser(modelNames).default(['built-in', 'synthetic'], 'both'))
    .addOption(new Option('--type <type>', 'with --compare: weights of the synthetic models').choices(['q4_0', 'q8_0']).default('q4_0'))
    .option('--layers <n>', 'with --compare: layers of the dense model that the stock llama.cpp runs', wholeNumber(2, 64), 8)
    .option('--quick', 'with --compare: a narrow synthetic model, to see that it works, not to quote')
    .option('--folder <dir>', 'with --compare: where the synthetic models are written; they are removed afterwards')
    .option('--out <file>', 'with --compare: also write or replace the section in a Markdown page')
    .action(async (options: BenchOptions & CompareOptions & { compare?: boolean; samplers?: boolean }) => {
      if (options.compare) return void process.stdout.write(`${await benchCompare(options)}\n`);
      if (options.samplers) return void process.stdout.write(`${await benchSamplers(options)}\n`);
      const report = await bench(options);
      process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : `${tables(report)}\n`);
    });
}

async function bench(options: BenchOptions): Promise<Report> {
  const path = options.model ?? builtInModel();
  const file = await readGgufSummary(path);
  const startedMs = performance.now();
  return withEngine(async (engine) => {
    const startMs = performance.now() - startedMs;
    const progress = progressLine();
    const loads: number[] = [];
    let loaded: LoadedModel | undefined;
    for (let i = 0; i < options.repeat; i++) {
      progress.show('loading', i / options.repeat);
      loaded = await engine.client.call('load', { path, threads: options.threads, calibrate: false });
      loads.push(loaded.loadMs);
    }
    const { recurrence, threads, gpu, contextSize } = loaded!;
    const steps = recurrence ? (options.steps ?? recurrence.notches) : [null];
    const depths: Depth[] = [];
    for (const [i, depth] of steps.entries()) {
      progress.show(depth === null ? 'measuring' : `measuring ${depth} steps`, i / steps.length);
      depths.push(await measure(engine, file, depth, options));
    }
    progress.clear();
    const { pid } = await engine.client.call('hello', {});
    return {
      model: path,
      architecture: file.architecture,
      fileType: file.fileType,
      parameters: file.parameterCount,
      cpu: `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores`,
      threads,
      gpu,
      contextSize,
      startMs,
      loadMs: median(loads),
      depths,
      ...fitDepths(depths),
      peakRssBytes: peakRss(pid),
      promptTokens: options.prompt,
      decodedTokens: options.tokens,
      repeats: options.repeat,
    };
  });
}

async function measure(engine: EngineLink, file: GgufSummary, steps: number | null, { prompt, tokens, repeat }: BenchOptions): Promise<Depth> {
  // Any ids do: the cost of a token does not depend on which one it is.
  const ids = Array.from({ length: prompt }, (_, i) => (i * 7) % Math.max(1, file.vocabularySize));
  const run = () => engine.client.call('probe', { ids, recurrence: { steps: steps ?? 1 }, greedy: tokens, keepLogits: false });
  await run();
  const runs = [];
  for (let i = 0; i < repeat; i++) runs.push(await run());
  const firstTokenMs = median(runs.map(({ prefillMs }) => prefillMs));
  const msPerToken = median(runs.map(({ decodeMs }) => decodeMs / (tokens - 1)));
  return {
    steps,
    firstTokenMs,
    prefillTokensPerSecond: (1000 * prompt) / firstTokenMs,
    decodeTokensPerSecond: 1000 / msPerToken,
    msPerToken,
    kvBytesPerToken: kvBytes(file, steps),
  };
}

/** Keys and values in f16 of every slot that this depth fills in the full cache. */
function kvBytes({ recurrence, blockCount, headCount, headCountKv, embeddingLength }: GgufSummary, steps: number | null): number {
  const slots = recurrence ? recurrence.preludeBlocks + recurrence.codaBlocks + recurrence.coreBlocks * (steps ?? 1) : blockCount;
  return (slots * 2 * 2 * (headCountKv || headCount) * embeddingLength) / Math.max(1, headCount);
}

/** Least squares over the depths; neither part can be negative, noise then goes to the steps. */
export function fitDepths(depths: readonly Pick<Depth, 'steps' | 'msPerToken'>[]): { msPerStep: number | null; fixedMs: number | null } {
  const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const meanSteps = mean(depths.map(({ steps }) => steps ?? 0));
  const meanMs = mean(depths.map(({ msPerToken }) => msPerToken));
  const spread = depths.reduce((sum, { steps }) => sum + ((steps ?? 0) - meanSteps) ** 2, 0);
  if (spread === 0) return { msPerStep: null, fixedMs: null };
  const msPerStep = depths.reduce((sum, { steps, msPerToken }) => sum + ((steps ?? 0) - meanSteps) * (msPerToken - meanMs), 0) / spread;
  const fixedMs = meanMs - msPerStep * meanSteps;
  if (msPerStep > 0 && fixedMs >= 0) return { msPerStep, fixedMs };
  const products = depths.reduce((sum, { steps, msPerToken }) => sum + (steps ?? 0) * msPerToken, 0);
  return { msPerStep: products / depths.reduce((sum, { steps }) => sum + (steps ?? 0) ** 2, 0), fixedMs: 0 };
}

/** Linux keeps the peak of every process (proc(5), VmHWM). */
function peakRss(pid: number): number | null {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? null : Number(kilobytes) * 1024;
  } catch {
    return null; // another system than Linux
  }
}

function tables(report: Report): string {
  const rows = report.depths.map((depth) => [
    depth.steps === null ? '–' : String(depth.steps),
    short(depth.firstTokenMs),
    short(depth.prefillTokensPerSecond),
    short(depth.decodeTokensPerSecond),
    short(depth.msPerToken),
    bytes(depth.kvBytesPerToken),
  ]);
  return [
    `${report.model}: ${report.architecture}, ${report.fileType}, ${(report.parameters / 1e6).toFixed(1)} million parameters`,
    `${report.cpu}; ${report.threads} threads${report.gpu === null ? '' : `; ${report.gpu}`}; context ${report.contextSize}`,
    `process ${short(report.startMs)} ms, load ${short(report.loadMs)} ms, peak memory ${report.peakRssBytes === null ? 'not known' : bytes(report.peakRssBytes)}`,
    '',
    table(['steps', 'first token ms', 'read tokens/s', 'write tokens/s', 'ms/token', 'KV per token'], rows),
    '',
    report.msPerStep === null ? '' : `one token ≈ ${short(report.fixedMs ?? 0)} ms + ${short(report.msPerStep)} ms × steps`,
    `${report.promptTokens} tokens read, ${report.decodedTokens} written, median of ${report.repeats}`,
  ].join('\n');
}

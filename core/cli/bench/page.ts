// Writes a comparison as a section of a Markdown page.
import { bytes, short } from '../terminal.js';
import type { Comparison, ModelFigures } from './comparison.js';
import { comparable, floor, type Times } from './figures.js';
import type { MethodResult } from './methods.js';
import { blockWeights } from './synthetic-model.js';

/** The section stands between two such lines, so that it can be replaced; runs on other models have their own. */
const mark = (models: readonly string[], which: 'begin' | 'end'): string => `<!-- plumb bench --compare, ${models.join(' and ')}: ${which} -->`;

const titles = { 'built-in': 'the built-in model', synthetic: 'a synthetic Huginn' } as const;

const percent = (share: number): string => `${(100 * share).toFixed(Math.abs(share) < 0.1 ? 1 : 0)} %`;
const times = (ratio: number): string => `${ratio.toFixed(2)}×`;

/** `command` as it was typed. */
export function comparisonPage(comparison: Comparison, command: string): string {
  const { builtIn, synthetic, plan } = comparison;
  return [
    `## Ways of spending steps, side by side, on ${plan.models.map((model) => titles[model]).join(' and ')}`,
    '',
    `\`${command}\`, ${comparison.date}: ${comparison.cores} cores (${comparison.cpu}), ${bytes(comparison.memoryBytes)} of memory, no GPU; ${comparison.loadBefore.toFixed(1)} processes running on average before it began${comparison.loadBefore > 0.5 ? ', so **the machine was busy**: times by the clock are too long, and small differences are noise' : ''}. ${plan.repeat === 1 ? 'Each figure was measured once' : `Medians of ${plan.repeat}`}, all in one run.`,
    ...(builtIn ? ['', ...builtInPart(builtIn)] : []),
    ...(synthetic ? ['', ...syntheticPart(comparison, synthetic)] : []),
    '',
  ].join('\n');
}

function builtInPart(figures: NonNullable<Comparison['builtIn']>): string[] {
  const { overhead, step } = figures;
  const stepMs = step[overhead.by] ?? step.clockMs;
  return [
    `### The built-in model, ${threads(figures)}`,
    '',
    ...methodTable(figures),
    '',
    `- **A step:** ${both(step)}. With sampling a token ≈ ${short(figures.fixedMs)} ms + ${short(figures.slopeMs)} ms × steps (line through the plain row).`,
    `- **Overhead of a step:** ${short(overhead.stepMs)} ms, ${percent(overhead.stepMs / stepMs)} of it: what is left at no weights on the line through models of the same layout with random F16 weights, ${overhead.points.map(({ width, stepMs: ms }) => `width ${width}: ${short(ms)} ms`).join(', ')}, by ${overhead.by === 'cpuMs' ? 'processor time' : 'the clock'}. The rest is arithmetic that grows with the weights.`,
    rooflineLine(figures),
    ...telemetryLines(figures),
  ];
}

/** What the core reaches alone and in batches. Where more positions add no rate, arithmetic binds; before that, reading the weights and overhead do. */
function rooflineLine({ widths, weights, threads: count }: NonNullable<Comparison['builtIn']>): string {
  const { weights: number, sizeBytes } = weights.perStep;
  const rates = widths.map(({ positions, step }) => {
    const ms = comparable(step, count);
    return `${positions}: ${short(1000 * ms)} µs, ${((2e-6 * number * positions) / ms).toFixed(0)} GFLOP/s, weights read at ${bytes((1000 * sizeBytes) / ms)}/s`;
  });
  return `- **A step of several positions at once**, two operations a weight, all overhead included: ${rates.join('; ')}.`;
}

function syntheticPart(comparison: Comparison, figures: NonNullable<Comparison['synthetic']>): string[] {
  const { stock, bandwidth, plan } = comparison;
  const { shape, weights, layers: { step, layer: pure, rest } } = figures;
  const layer: Times = { clockMs: step.clockMs / shape.core, cpuMs: step.cpuMs === null ? null : step.cpuMs / shape.core };
  const lines = [
    `### ${plan.quick ? 'A narrow' : 'A full-width'} synthetic Huginn, ${threads(figures)}`,
    '',
    `Random ${plan.type} weights of ${plan.quick ? 'a test’s' : 'the true'} sizes (width ${shape.width}, ${shape.heads} heads, inner width ${shape.inner}, vocabulary ${shape.vocabulary}, ${shape.prelude} + ${shape.core} + ${shape.coda} layers). Costs are those of a real model; how early its tokens exit and how many drafts are accepted is not.`,
    '',
    ...methodTable(figures),
    '',
    `- **A step:** ${both(step)}; per core layer, the adapter and all overhead included, ${both(layer)}. Against a Huginn with ${shape.core >> 1} core layers: ${both(pure)} for one more layer, ${both(rest)} a step for the adapter and all else that is not a layer (a dense model has neither).`,
  ];
  if (typeof stock === 'string') lines.push(`- **Stock llama.cpp:** not available. ${stock}`);
  if (stock !== null && typeof stock !== 'string') {
    const [fewer, more] = stock.layers;
    const [ours, oursAlone, theirs] = [comparable(layer, figures.threads), comparable(pure, figures.threads), comparable(stock.layer, figures.threads)];
    lines.push(
      `- **Stock llama.cpp** (${stock.release}, node-llama-cpp's prebuilt binary), a dense Llama of the same width and format: ${both(stock.token[0])} a token with ${fewer} layers, ${both(stock.token[1])} with ${more}; extrapolated from these two, ${both(stock.layer)} per layer. Ours over theirs: **${times(ours / theirs)}** with the adapter and all overhead, **${times(oursAlone / theirs)}** one layer more against one layer more${basis(figures)}; the least of several turns.`,
    );
    if (bandwidth !== null) {
      const operationsPerSecond = (2000 * blockWeights(shape) * stock.batch) / comparable(stock.batchLayer, figures.threads);
      const machine = { bytesPerSecond: bandwidth, operationsPerSecond };
      const [stepMs, least] = [comparable(step, figures.threads), floor(weights.perStep, machine)];
      const leastStock = floor({ weights: blockWeights(shape), sizeBytes: (blockWeights(shape) * weights.perStep.sizeBytes) / weights.perStep.weights }, machine);
      lines.push(
        `- **Roofline**${basis(figures)}: memory is read at ${bytes(bandwidth)}/s (a search through memory, \`Buffer.indexOf\`, ${threads(figures)}); ggml multiplies at ${(operationsPerSecond / 1e9).toFixed(0)} GFLOP/s in ${plan.type} (the stock binary reading ${stock.batch} tokens at once, two operations a weight). A step reads ${bytes(weights.perStep.sizeBytes)} (${short(least.memoryMs)} ms) and needs ${short((2 * weights.perStep.weights) / 1e9)} GFLOP (${short(least.arithmeticMs)} ms): ${least.binds} binds. Reached: **${percent(least.ms / stepMs)}**; the stock layer ${percent(leastStock.ms / theirs)}.`,
      );
    }
  }
  return [...lines, ...telemetryLines(figures)];
}

function telemetryLines(figures: ModelFigures): string[] {
  const { step, tap, traceSumsMs, weights } = figures;
  const share = traceSumsMs / comparable(step, figures.threads);
  return [
    `- **Convergence telemetry:** the trace cannot be turned off, so two bounds. Its sums in JavaScript, slower than the fork's: ${short(1000 * traceSumsMs)} µs, ${percent(share)} of a step (about ${5 * weights.width} operations beside ${short(2 * weights.perStep.weights)}). A copy of every step's whole state (\`tap\`), which no answer makes: ${short(tap.withoutMs)} ms without, ${short(tap.withMs)} ms with it for one token of ${tap.steps} steps, ${percent(tap.withMs / tap.withoutMs - 1)} by the clock.`,
  ];
}

function both({ clockMs, cpuMs }: Times): string {
  return `${short(clockMs)} ms${cpuMs === null ? '' : ` (${short(cpuMs)} ms of processor time)`}`;
}

function basis({ step, threads: count }: ModelFigures): string {
  return comparable(step, count) === step.cpuMs ? ', by processor time' : ', by the clock';
}

function threads({ threads: count }: { threads: number }): string {
  return count === 1 ? 'one thread' : `${count} threads`;
}

/** Plain decoding in milliseconds, everything else as how many times faster, with the depth where tokens did not run all steps. */
function methodTable({ methods: results, threads: count }: ModelFigures): string[] {
  const depths = [...new Set(results.map(({ steps }) => steps))].toSorted((a, b) => a - b);
  const at = (method: string, steps: number): MethodResult | undefined => results.find((result) => result.method === method && result.steps === steps);
  const cell = (method: string, steps: number): string => {
    const result = at(method, steps);
    if (result === undefined) return '–';
    if (result.measured === null) return 'not available';
    const { token, meanSteps } = result.measured;
    const ms = comparable(token, count);
    if (method === 'plain') return `${short(ms)} ms`;
    return `${times(comparable(at('plain', steps)!.measured!.token, count) / ms)}${Math.abs(meanSteps - steps) > 0.05 ? ` (${short(meanSteps)} steps)` : ''}`;
  };
  const kv = (method: string): string => {
    const size = at(method, depths.at(-1)!)?.kvBytesPerToken ?? null;
    return size === null ? '–' : bytes(size);
  };
  const methods = [...new Set(results.map(({ method }) => method))];
  const refused = [...new Map(results.flatMap(({ method, refusal }) => (refusal === null ? [] : [[method, refusal] as const])))];
  return [
    `| a token${count === 1 ? ', by processor time' : ''} | ${depths.map((steps) => `${steps} steps`).join(' | ')} | KV per token at ${depths.at(-1)} |`,
    `| --- |${' ---: |'.repeat(depths.length + 1)}`,
    ...methods.map((method) => `| ${method} | ${depths.map((steps) => cell(method, steps)).join(' | ')} | ${kv(method)} |`),
    '',
    '| how often a token reads the core\'s weights | ' + depths.map((steps) => `${steps} steps`).join(' | ') + ' |',
    `| --- |${' ---: |'.repeat(depths.length)}`,
    ...methods.filter((method) => results.some((result) => result.method === method && (result.measured?.coreRuns ?? result.steps) < 0.99 * result.steps)).map((method) => `| ${method} | ${depths.map((steps) => reads(at(method, steps)?.measured ?? null, steps)).join(' | ')} |`),
    ...(refused.length === 0 ? [] : ['', ...refused.map(([method, why]) => `Not available: ${method}. ${why}`)]),
  ];
}

/** Reads of the core's weights, what that saves against one read a step, and the arithmetic if it is another number of steps. */
function reads(measured: MethodResult['measured'], steps: number): string {
  if (measured === null) return '–';
  const { coreRuns, positionSteps } = measured;
  const arithmetic = Math.abs(positionSteps - coreRuns) < 0.01 * steps ? '' : `, ${short(positionSteps)} steps of single positions`;
  return `${short(coreRuns)} (${percent(1 - coreRuns / steps)} saved${arithmetic})`;
}

/** A page with the section about these models replaced, or added at its end. */
export function withSection(page: string, section: string, models: readonly string[]): string {
  const [begin, end] = [mark(models, 'begin'), mark(models, 'end')];
  const whole = `${begin}\n${section.trimEnd()}\n${end}`;
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from >= 0 && to > from) return page.slice(0, from) + whole + page.slice(to + end.length);
  return `${page.trimEnd()}${page.trim() === '' ? '' : '\n\n'}${whole}\n`;
}

// Writes a comparison as a section of a Markdown page.
import { bytes, short } from '../terminal.js';
import type { Comparison, ModelFigures } from './comparison.js';
import { floor } from './figures.js';
import type { MethodResult } from './methods.js';
import { blockWeights } from './synthetic-model.js';

/** The section stands between these two lines, so that it can be replaced. */
export const sectionBegin = '<!-- plumb bench --compare: begin -->';
export const sectionEnd = '<!-- plumb bench --compare: end -->';

const percent = (share: number): string => `${(100 * share).toFixed(Math.abs(share) < 0.1 ? 1 : 0)} %`;
const times = (ratio: number): string => `${ratio.toFixed(2)}×`;

/** `command` as it was typed. */
export function comparisonPage(comparison: Comparison, command: string): string {
  const { builtIn, synthetic, plan } = comparison;
  return [
    '## The ways of spending steps, side by side',
    '',
    `\`${command}\`, ${comparison.date}: ${comparison.cores} cores (${comparison.cpu}), ${bytes(comparison.memoryBytes)} of memory, no GPU; ${comparison.loadBefore.toFixed(1)} processes running before it began${comparison.loadBefore > 0.5 ? ', so **the machine was busy** and times are too long; the ratios were measured in turns and suffer less' : ''}. Medians of ${plan.repeat}; all in one run.`,
    ...(builtIn ? ['', ...builtInPart(builtIn)] : []),
    ...(synthetic ? ['', ...syntheticPart(comparison, synthetic)] : []),
    '',
  ].join('\n');
}

function builtInPart(figures: NonNullable<Comparison['builtIn']>): string[] {
  const { overhead, stepMs } = figures;
  return [
    `### The built-in model, ${threads(figures)}`,
    '',
    ...methodTable(figures.methods),
    '',
    `- **A step:** ${short(stepMs)} ms (line through the plain row; a token ≈ ${short(figures.fixedMs)} ms + ${short(stepMs)} ms × steps).`,
    `- **Overhead of a step:** ${short(overhead.stepMs)} ms, ${percent(overhead.stepMs / stepMs)} of it: what is left at no weights on the line through models of the same layout with random F16 weights, ${overhead.points.map(({ width, stepMs: ms }) => `width ${width}: ${short(ms)} ms`).join(', ')}. The rest, ${short(stepMs - overhead.stepMs)} ms, is arithmetic that grows with the weights.`,
    ...telemetryLines(figures),
  ];
}

function syntheticPart(comparison: Comparison, figures: NonNullable<Comparison['synthetic']>): string[] {
  const { stock, bandwidth, plan } = comparison;
  const { shape, stepMs, weights } = figures;
  const layerMs = stepMs / shape.core;
  const lines = [
    `### ${plan.quick ? 'A narrow' : 'A full-width'} synthetic Huginn, ${threads(figures)}`,
    '',
    `Random ${plan.type} weights of ${plan.quick ? 'a test’s' : 'the true'} sizes (width ${shape.width}, ${shape.heads} heads, inner width ${shape.inner}, vocabulary ${shape.vocabulary}, ${shape.prelude} + ${shape.core} + ${shape.coda} layers). Costs are those of a real model; how early its tokens exit and how many drafts are accepted is not.`,
    '',
    ...methodTable(figures.methods),
    '',
    `- **A step:** ${short(stepMs)} ms, ${short(layerMs)} ms per core layer, the adapter and all overhead included (line through the plain row).`,
  ];
  if (typeof stock === 'string') lines.push(`- **Stock llama.cpp:** not available. ${stock}`);
  if (stock !== null && typeof stock !== 'string') {
    const [fewer, more] = stock.layers;
    lines.push(
      `- **Stock llama.cpp** (${stock.release}, node-llama-cpp's prebuilt binary), a dense Llama of the same width and format: ${short(stock.msPerToken[0])} ms with ${fewer} layers, ${short(stock.msPerToken[1])} ms with ${more}, so ${short(stock.layerMs)} ms per layer, extrapolated from these two. Ours over theirs: **${times(layerMs / stock.layerMs)}**.`,
    );
    if (bandwidth !== null) {
      const least = floor(weights.perStep, { bytesPerSecond: bandwidth, operationsPerSecond: stock.operationsPerSecond });
      const theirs = floor({ weights: blockWeights(shape), sizeBytes: (blockWeights(shape) * weights.perStep.sizeBytes) / weights.perStep.weights }, { bytesPerSecond: bandwidth, operationsPerSecond: stock.operationsPerSecond });
      lines.push(
        `- **Roofline:** memory is read at ${bytes(bandwidth)}/s (a search through memory, \`Buffer.indexOf\`, ${threads(figures)}); ggml multiplies at ${(stock.operationsPerSecond / 1e9).toFixed(0)} GFLOP/s in ${plan.type} (stock, a batch of ${stock.batch} tokens, two operations a weight). A step reads ${bytes(weights.perStep.sizeBytes)} (${short(least.memoryMs)} ms) and needs ${short((2 * weights.perStep.weights) / 1e9)} GFLOP (${short(least.arithmeticMs)} ms): ${least.binds} binds. Reached: **${percent(least.ms / stepMs)}** of it; the stock layer ${percent(theirs.ms / stock.layerMs)}.`,
      );
    }
  }
  return [...lines, ...telemetryLines(figures)];
}

function telemetryLines({ stepMs, tap, traceSumsMs, weights }: ModelFigures): string[] {
  const sums = 4 * weights.width;
  return [
    `- **Convergence telemetry:** the trace cannot be turned off, so two bounds. Its sums in JavaScript, slower than the fork's: ${short(1000 * traceSumsMs)} µs, ${percent(traceSumsMs / stepMs)} of a step (${sums} operations beside ${short(2 * weights.perStep.weights)}). A copy of every step's whole state (\`tap\`), which no answer makes: ${short(tap.withoutMs)} ms without, ${short(tap.withMs)} ms with it for one token of ${tap.steps} steps, ${percent(tap.withMs / tap.withoutMs - 1)}; differences of this size are noise unless they repeat.`,
  ];
}

function threads({ threads: count }: { threads: number }): string {
  return count === 1 ? 'one thread' : `${count} threads`;
}

/** Plain decoding in milliseconds, everything else as how many times faster, with the depth where tokens did not run all steps. */
function methodTable(results: readonly MethodResult[]): string[] {
  const depths = [...new Set(results.map(({ steps }) => steps))].toSorted((a, b) => a - b);
  const at = (method: string, steps: number): MethodResult | undefined => results.find((result) => result.method === method && result.steps === steps);
  const cell = (method: string, steps: number): string => {
    const result = at(method, steps);
    if (result === undefined) return '–';
    if (result.measured === null) return 'not available';
    const { msPerToken, meanSteps } = result.measured;
    if (method === 'plain') return `${short(msPerToken)} ms`;
    return `${times(at('plain', steps)!.measured!.msPerToken / msPerToken)}${Math.abs(meanSteps - steps) > 0.05 ? ` (${short(meanSteps)} steps)` : ''}`;
  };
  const kv = (method: string): string => {
    const count = at(method, depths.at(-1)!)?.kvBytesPerToken ?? null;
    return count === null ? '–' : bytes(count);
  };
  const methods = [...new Set(results.map(({ method }) => method))];
  const refused = [...new Map(results.flatMap(({ method, refusal }) => (refusal === null ? [] : [[method, refusal] as const])))];
  return [
    `| speed of a token | ${depths.map((steps) => `${steps} steps`).join(' | ')} | KV per token at ${depths.at(-1)} |`,
    `| --- |${' ---: |'.repeat(depths.length + 1)}`,
    ...methods.map((method) => `| ${method} | ${depths.map((steps) => cell(method, steps)).join(' | ')} | ${kv(method)} |`),
    ...(refused.length === 0 ? [] : ['', ...refused.map(([method, why]) => `Not available: ${method}. ${why}`)]),
  ];
}

/** A page with the section replaced, or added at its end. */
export function withSection(page: string, section: string): string {
  const whole = `${sectionBegin}\n${section.trimEnd()}\n${sectionEnd}`;
  const [from, to] = [page.indexOf(sectionBegin), page.indexOf(sectionEnd)];
  if (from >= 0 && to > from) return page.slice(0, from) + whole + page.slice(to + sectionEnd.length);
  return `${page.trimEnd()}${page.trim() === '' ? '' : '\n\n'}${whole}\n`;
}

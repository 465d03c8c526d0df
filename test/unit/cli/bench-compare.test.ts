// Proves the arithmetic, the synthetic models and the page of `plumb bench --compare`.
import { mkdtempSync, rmSync, writeFileSync, statSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { modelNames } from '../../../core/cli/bench-compare.js';
import { comparable, floor, line, medianTimes } from '../../../core/cli/bench/figures.js';
import { halfBits } from '../../../core/cli/bench/half.js';
import { comparisonPage, withSection } from '../../../core/cli/bench/page.js';
import { processorMs } from '../../../core/cli/bench/processor-time.js';
import { randomPattern } from '../../../core/cli/bench/random-weights.js';
import { blockWeights, fullShape, narrowShape, writeDense, writeHuginn } from '../../../core/cli/bench/synthetic-model.js';
import { countWeights } from '../../../core/cli/bench/weights.js';
import type { Comparison, ModelFigures } from '../../../core/cli/bench/comparison.js';
import { ggmlType } from '../../../core/convert/ggml-types.js';
import { readGgufSummary } from '../../../core/convert/gguf-summary.js';

const folder = mkdtempSync(join(tmpdir(), 'plumb-bench-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The numbers of a pattern, as ggml reads them. */
function numbers(pattern: Buffer, name: string): number[] {
  const { blockBytes } = ggmlType(name);
  const half = (at: number): number => {
    const bits = pattern.readUInt16LE(at);
    const exponent = (bits >> 10) & 31;
    return (bits & 0x8000 ? -1 : 1) * (exponent === 0 ? (bits & 1023) * 2 ** -24 : (1 + (bits & 1023) / 1024) * 2 ** (exponent - 15));
  };
  const found: number[] = [];
  for (let at = 0; at < blockBytes * 4099; at += blockBytes) {
    if (name === 'f16') found.push(half(at));
    for (let i = 2; i < blockBytes; i++) {
      const byte = pattern[at + i]!;
      if (name === 'q8_0') found.push(half(at) * pattern.readInt8(at + i));
      else found.push(half(at) * ((byte & 15) - 8), half(at) * ((byte >> 4) - 8));
    }
  }
  return found;
}

describe('random weights', () => {
  it.each(['f16', 'q4_0', 'q8_0'])('of type %s have the deviation asked for and a mean near zero', (name) => {
    const values = numbers(randomPattern(ggmlType(name), 0.014, 3), name);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)).toBeCloseTo(0.014, 3);
    expect(Math.abs(mean)).toBeLessThan(0.001);
  });

  it('are the same every time', () => {
    expect(randomPattern(ggmlType('q4_0'), 0.1, 1).equals(randomPattern(ggmlType('q4_0'), 0.1, 1))).toBe(true);
    expect(randomPattern(ggmlType('q4_0'), 0.1, 1).equals(randomPattern(ggmlType('q4_0'), 0.1, 2))).toBe(false);
  });

  it('in half precision round to nearest and carry into the exponent', () => {
    expect([1, -2, 0.5, 1.9999, 0].map(halfBits)).toEqual([0x3c00, 0xc000, 0x3800, 0x4000, 0]);
  });
});

describe('a synthetic model', () => {
  it('is a Huginn whose parts add up, in the type asked for', async () => {
    const file = join(folder, 'huginn.gguf');
    await writeHuginn(file, narrowShape, 'q4_0');
    const { width, vocabulary, core } = narrowShape;
    expect(await readGgufSummary(file)).toMatchObject({ architecture: 'huginn', fileType: 'Q4_0', embeddingLength: width, vocabularySize: vocabulary, recurrence: { preludeBlocks: 2, coreBlocks: 4, codaBlocks: 2 } });
    const { perStep, perToken } = await countWeights(file);
    expect(perStep.weights).toBe(core * blockWeights(narrowShape) + width * width);
    expect(perToken.weights).toBe(4 * blockWeights(narrowShape) + width * width + vocabulary * width);
    expect(perStep.sizeBytes).toBeGreaterThan((perStep.weights * 18) / 32);
    expect(statSync(file).size).toBeGreaterThan(perStep.sizeBytes + perToken.sizeBytes);
  });

  it('of the true width has the weights of Huginn-0125', () => {
    expect(blockWeights(fullShape)).toBe(395_366_400);
  });

  it('is never written over a file', async () => {
    const file = join(folder, 'mine.gguf');
    writeFileSync(file, 'mine');
    await expect(writeDense(file, narrowShape, 1, 'q8_0')).rejects.toMatchObject({ code: 'file_unwritable' });
    expect(readFileSync(file, 'utf8')).toBe('mine');
  });

  it('without recurrence has no steps to count', async () => {
    const file = join(folder, 'dense.gguf');
    await writeDense(file, narrowShape, 1, 'q8_0');
    await expect(countWeights(file)).rejects.toMatchObject({ code: 'model_without_recurrence' });
  });
});

describe('the arithmetic', () => {
  it('finds a line, and refuses one point', () => {
    expect(line([{ x: 4, y: 11 }, { x: 8, y: 19 }, { x: 16, y: 35 }])).toEqual({ fixed: 3, slope: 2 });
    expect(() => line([{ x: 4, y: 1 }, { x: 4, y: 2 }])).toThrow(RangeError);
  });

  it('takes the limit that binds: reading or computing', () => {
    const machine = { bytesPerSecond: 10e9, operationsPerSecond: 100e9 };
    expect(floor({ weights: 1e9, sizeBytes: 1e9 }, machine)).toEqual({ memoryMs: 100, arithmeticMs: 20, ms: 100, binds: 'memory' });
    expect(floor({ weights: 10e9, sizeBytes: 1e9 }, machine)).toMatchObject({ ms: 200, binds: 'arithmetic' });
  });

  it('compares by processor time with one thread, where the system tells it, and by the clock with several', () => {
    expect(comparable({ clockMs: 9, cpuMs: 4 }, 1)).toBe(4);
    expect(comparable({ clockMs: 9, cpuMs: 4 }, 2)).toBe(9);
    expect(comparable({ clockMs: 9, cpuMs: null }, 1)).toBe(9);
    expect(medianTimes([{ clockMs: 1, cpuMs: 5 }, { clockMs: 3, cpuMs: 4 }, { clockMs: 2, cpuMs: 3 }])).toEqual({ clockMs: 2, cpuMs: 4 });
  });

  it('knows no processor time of a process that is gone', () => {
    expect(processorMs(2 ** 30)).toBeNull();
  });
});

const times = (ms: number) => ({ clockMs: ms, cpuMs: ms });
const method = (name: string, steps: number, ms: number | null, meanSteps = steps, coreRuns = meanSteps) => ({
  method: name, steps, kvBytesPerToken: 1000, refusal: ms === null ? 'The engine cannot decode in this way.' : null,
  measured: ms === null ? null : { token: times(ms), meanSteps, coreRuns, positionSteps: meanSteps, turns: [] },
});
const weights = { width: 32, heads: 1, inner: 64, vocabulary: 300, prelude: 2, core: 4, coda: 2, perToken: { weights: 1, sizeBytes: 1 }, perStep: { weights: 4e6, sizeBytes: 2e6 } };
const figures: ModelFigures = {
  weights, threads: 1, fixedMs: 1, slopeMs: 2, step: times(2), tap: { steps: 8, withoutMs: 10, withMs: 11 }, traceSumsMs: 0.002,
  methods: [method('plain', 4, 10), method('plain', 8, 20), method('adaptive exit', 8, 16, 5.5), method('speculative', 8, 10, 8, 2), method('wavefront', 8, null)],
};
const comparison: Comparison = {
  date: '2026-01-02', cpu: 'a processor', cores: 2, memoryBytes: 8e9, loadBefore: 0.1, builtIn: null,
  plan: { models: ['synthetic'], type: 'q4_0', layers: 8, depths: [4, 8], threads: 1, repeat: 3, quick: false, folder: null },
  synthetic: { ...figures, shape: fullShape, layers: { step: figures.step, layer: times(0.45), rest: times(0.2) } },
  stock: { release: 'v1', layers: [4, 8], token: [times(2), times(4)], layer: times(0.5), batch: 32, batchLayer: times(8) },
  bandwidth: 2e9,
};

describe('the page', () => {
  const page = comparisonPage(comparison, 'npm run plumb -- bench --compare');

  it('says plain decoding in milliseconds and every method as a ratio to it at the same depth', () => {
    expect(page).toContain('| plain | 10.0 ms | 20.0 ms | 1.00 kB |');
    expect(page).toContain('| adaptive exit | – | 1.25× (5.50 steps) | 1.00 kB |');
  });

  it('counts how often the weights are read, and what that saves', () => {
    expect(page).toContain('| adaptive exit | – | 5.50 (31 % saved) |');
    expect(page).toContain('| speculative | – | 2.00 (75 % saved, 8.00 steps of single positions) |');
    expect(page).not.toContain('| plain | 4.00 (');
  });

  it('says what the engine refused, and why', () => {
    expect(page).toContain('| wavefront | – | not available |');
    expect(page).toContain('Not available: wavefront. The engine cannot decode in this way.');
  });

  it('sets our layer over theirs, and a step against what binds', () => {
    expect(page).toContain('Ours over theirs: **1.00×** with the adapter and all overhead, **0.90×** one layer more against one layer more');
    expect(page).toContain('Against a Huginn with 2 core layers: 0.450 ms (0.450 ms of processor time) for one more layer, 0.200 ms');
    expect(page).toContain('memory binds. Reached: **50 %**');
  });

  it('says when the machine was busy, and when there was no stock binary', () => {
    expect(page).not.toContain('the machine was busy');
    const other = comparisonPage({ ...comparison, loadBefore: 3, stock: 'The stock binary did not run: exit code 1.' }, 'c');
    expect(other).toContain('the machine was busy');
    expect(other).toContain('**Stock llama.cpp:** not available. The stock binary did not run: exit code 1.');
    expect(other).not.toContain('Roofline');
  });

  it('replaces its own section and touches nothing else, not even the one of another model', () => {
    const first = withSection('# Page\n\ntext\n', 'one\n', ['synthetic']);
    expect(first).toBe('# Page\n\ntext\n\n<!-- plumb bench --compare, synthetic: begin -->\none\n<!-- plumb bench --compare, synthetic: end -->\n');
    const both = withSection(first, 'built', ['built-in']);
    expect(both.startsWith(first)).toBe(true);
    expect(withSection(`${both}\nafter\n`, 'two', ['synthetic'])).toBe(`${both.replace('one', 'two')}\nafter\n`);
  });
});

describe('the option --models', () => {
  it('takes the two kinds, in any order, and nothing else', () => {
    expect(modelNames('synthetic,built-in')).toEqual(['built-in', 'synthetic']);
    expect(() => modelNames('huginn')).toThrow('built-in, synthetic');
  });
});

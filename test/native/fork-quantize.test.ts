// llama.cpp's quantiser takes models of the architecture: norms and biases stay F32, K-quants fall back where the width asks for it.
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Llama } from 'node-llama-cpp';
import { decode, loadFork, openContext, temporaryFolder, type Native } from './fork-engine.js';
import { makeTinyModel, tinyShape, writeGguf } from './fork-model.js';

const folder = temporaryFolder();
const narrow = path.join(folder, 'narrow.gguf');
const wide = path.join(folder, 'wide.gguf');
let llama: Llama;
let native: Native;

beforeAll(async () => {
  ({ llama, native } = await loadFork());
  writeGguf(narrow, makeTinyModel(4, { ...tinyShape, width: 96, inner: 128 }));
  writeGguf(wide, makeTinyModel(5, { ...tinyShape, width: 256, heads: 4, inner: 256 }));
});

afterAll(async () => {
  await llama.dispose();
  fs.rmSync(folder, { recursive: true, force: true });
});

async function logits(file: string): Promise<Float32Array> {
  const model = await llama.loadModel({ modelPath: file, gpuLayers: 0 });
  const { context, sequence, ctx } = await openContext(model);
  native.plumbSetRecurrence(ctx, { nSteps: 4, initScale: 0 });
  const result = await decode(native, context, sequence, [72, 117, 103, 105, 110, 110]);
  await model.dispose();
  return result;
}

/** Cosine of the angle between two vectors. */
function similarity(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array): number => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

const types = (tensors: { name: string; type: string }[], pattern: RegExp): string[] => [...new Set(tensors.filter(({ name }) => pattern.test(name)).map(({ type }) => type))];

it('converts to Q8_0, F16 and BF16 close to the original, and tells each tensor as it goes', async () => {
  const exact = await logits(narrow);
  for (const [type, name] of [['q8_0', 'q8_0'], ['F16', 'f16'], ['bf16', 'bf16']] as const) {
    const target = path.join(folder, `narrow-${type}.gguf`);
    const told: string[] = [];
    const { tensors } = await native.plumbQuantize(narrow, target, { type, nThreads: 1 }, (tensor) => told.push(`${tensor.index}/${tensor.total} ${tensor.name}`));
    expect(told.length).toBe(tensors.length);
    expect(told[0]).toMatch(/^1\/\d+ [a-z_.]+$/);
    expect(types(tensors, /(norm|bias)/)).toEqual(['f32']);
    expect(types(tensors, /(qkv|output|up|down|adapter_state|adapter_embd)\.weight$/)).toEqual([name]);
    expect(similarity(await logits(target), exact), type).toBeGreaterThan(0.98);
  }
});

it('uses K-quants where rows are a multiple of 256 and says what the others got', async () => {
  const fits = await native.plumbQuantize(wide, path.join(folder, 'wide-q4_k_m.gguf'), { type: 'q4_k_m' });
  expect(types(fits.tensors, /ffn_up\.weight$/)).toEqual(['q4_K']);
  expect(types(fits.tensors, /adapter_state\.weight$/)).toEqual(['q4_K']);
  const falls = await native.plumbQuantize(narrow, path.join(folder, 'narrow-q4_k_m.gguf'), { type: 'q4_k_m' });
  expect(types(falls.tensors, /ffn_up\.weight$/)).toEqual(['q5_0']);
  for (const file of ['wide-q4_k_m.gguf', 'narrow-q4_k_m.gguf'])
    expect((await logits(path.join(folder, file))).every(Number.isFinite)).toBe(true);
});

it('refuses unknown types, and files that are not there', async () => {
  expect(() => native.plumbQuantize(narrow, path.join(folder, 'x.gguf'), { type: 'q9_9' })).toThrow(/Unknown type/);
  await expect(native.plumbQuantize(path.join(folder, 'nothing.gguf'), path.join(folder, 'x.gguf'), { type: 'q8_0' })).rejects.toThrow(/failed to/);
});

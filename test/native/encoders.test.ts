// What the engine does with models that read documents: vectors, scores, stops, refusals.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EngineLink } from '../../core/services/engine-link.js';
import { writeEmbedder, writeReranker } from '../harness/encoder-models.js';
import { makeTinyModel, startEngine, temporaryFolder } from './engine-harness.js';

const alike = [['car', 'automobile', 'vehicle'], ['rain', 'drizzle'], ['refund', 'repayment'], ['the'], ['a'], ['is'], ['in']];
const folder = temporaryFolder();
const embedder = join(folder.path, 'finder.gguf');
const reranker = join(folder.path, 'judge.gguf');
let engine: EngineLink;
const call: EngineLink['client']['call'] = (op, params) => engine.client.call(op, params);

beforeAll(async () => {
  writeEmbedder(embedder, { alike });
  writeReranker(reranker, { alike, worth: { refund: 1, repayment: 0.8, rain: -1 } });
  engine = await startEngine();
});
afterAll(() => {
  engine.kill();
  folder.remove();
});

const rowsOf = ({ dimensions, vectors }: { dimensions: number; vectors: Float32Array }): Float32Array[] =>
  Array.from({ length: vectors.length / dimensions }, (_, at) => vectors.subarray(at * dimensions, (at + 1) * dimensions));
const cosine = (a: Float32Array, b: Float32Array): number => a.reduce<number>((sum, value, at) => sum + value * b[at]!, 0);

describe('an embedding model in the engine', () => {
  it('makes vectors of unit length, the same for the same text and for words of the same meaning', async () => {
    const info = await call('openEncoder', { path: embedder, purpose: 'embedder' });
    expect(info).toMatchObject({ purpose: 'embedder', dimensions: 64, contextSize: 256 });
    expect(info.memoryBytes).toBeGreaterThan(0);
    const [car, again, automobile, rain] = rowsOf(await call('embed', { texts: ['the car', 'the car', 'the automobile', 'the rain'] }));
    for (const row of [car, again, automobile, rain]) expect(Math.hypot(...row!)).toBeCloseTo(1, 5);
    expect(cosine(car!, again!)).toBeCloseTo(1, 5);
    expect(cosine(car!, automobile!)).toBeCloseTo(1, 5);
    expect(cosine(car!, rain!)).toBeLessThan(0.8);
  });

  it('reads as much of a text as the model can, and unknown or no words at all', async () => {
    const rows = rowsOf(await call('embed', { texts: ['car '.repeat(5000), '', '\u0000 ?! 漢字', 'car '.repeat(50)] }));
    expect(rows).toHaveLength(4);
    for (const row of rows) expect(Math.hypot(...row)).toBeCloseTo(1, 5);
    expect(cosine(rows[0]!, rows[3]!)).toBeGreaterThan(0.9);
  });

  it('stops with the vectors it has, and goes on with the next call', async () => {
    const texts = Array.from({ length: 64 }, () => 'the car is in the rain '.repeat(40));
    const working = call('embed', { texts });
    const waiting = call('embed', { texts });
    await call('stopEncoding', {});
    const { vectors } = await working;
    expect(vectors.length).toBeLessThan(64 * 64);
    expect((await waiting).vectors).toHaveLength(0);
    expect((await call('embed', { texts: ['car'] })).vectors).toHaveLength(64);
  });

  it('is refused for chat, and a chat model for documents', async () => {
    await expect(call('load', { path: embedder })).rejects.toMatchObject({ code: 'model_not_for_chat' });
    await expect(call('openEncoder', { path: await makeTinyModel(folder.path), purpose: 'embedder' })).rejects.toMatchObject({ code: 'model_not_for_documents' });
    await expect(call('openEncoder', { path: reranker, purpose: 'embedder' })).rejects.toMatchObject({ code: 'model_not_for_documents' });
  });

  it('is refused when its file is cut short, says nothing of pooling, has weights that are no numbers, or tensors of another shape', async () => {
    const cut = join(folder.path, 'cut.gguf');
    writeFileSync(cut, readFileSync(embedder).subarray(0, -5000));
    await expect(call('openEncoder', { path: cut, purpose: 'embedder' })).rejects.toMatchObject({ code: 'model_corrupt' });
    const silent = writeEmbedder(join(folder.path, 'silent.gguf'), { alike, pooling: null });
    await expect(call('openEncoder', { path: silent, purpose: 'embedder' })).rejects.toMatchObject({ code: 'model_unsupported' });
    const noNumbers = writeEmbedder(join(folder.path, 'nan.gguf'), { alike, noNumbers: true });
    await expect(call('openEncoder', { path: noNumbers, purpose: 'embedder' })).rejects.toMatchObject({ code: 'decode_failed' });
    const bytes = readFileSync(embedder);
    bytes.writeUInt32LE(32, bytes.indexOf('bert.embedding_length') + 'bert.embedding_length'.length + 4);
    const odd = join(folder.path, 'odd.gguf');
    writeFileSync(odd, bytes);
    await expect(call('openEncoder', { path: odd, purpose: 'embedder' })).rejects.toMatchObject({ code: 'model_corrupt' });
    await expect(call('embed', { texts: ['car'] })).rejects.toMatchObject({ code: 'no_model' });
  });
});

describe('a reranking model in the engine', () => {
  it('scores each passage between 0 and 1, whatever else is open', async () => {
    await call('openEncoder', { path: embedder, purpose: 'embedder' });
    await call('openEncoder', { path: reranker, purpose: 'reranker' });
    const { scores } = await call('rank', { query: 'the car', texts: ['the rain', 'the refund', 'the repayment', 'the refund '.repeat(3000)] });
    expect(scores).toHaveLength(4);
    const [rain, refund, repayment, long] = scores as [number, number, number, number];
    expect(refund).toBeGreaterThan(repayment);
    expect(repayment).toBeGreaterThan(rain);
    expect(long).toBeGreaterThan(0.5);
    expect((await call('embed', { texts: ['car'] })).vectors).toHaveLength(64);
  });

  it('is gone when it is closed', async () => {
    await call('closeEncoder', { purpose: 'reranker' });
    await expect(call('rank', { query: 'car', texts: ['rain'] })).rejects.toMatchObject({ code: 'no_model' });
  });
});

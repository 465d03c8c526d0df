// Proves on the real fork how a run spends its steps: early exit, warm start, "answer now", and what the cache keeps of it.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exitKinds, exitThresholds, type ExitKind } from '../../core/contract/compute.js';
import type { EngineApi } from '../../core/contract/engine.js';
import type { ParamsIn } from '../../core/contract/rpc.js';
import type { EngineLink } from '../../core/services/engine-link.js';
import { answerTo, ask, makeTinyModel, root, startEngine, temporaryFolder, user } from './engine-harness.js';
import { makeTinyModel as makeRandomModel, writeGguf } from './fork-model.js';

const folder = temporaryFolder();
let engine: EngineLink;
let model: string;
const load = (more: Partial<ParamsIn<EngineApi, 'load'>> = {}) => engine.client.call('load', { path: model, contextSize: 512, calibrate: false, ...more });
const exit = { kind: 'latent-diff' as const, threshold: 0.05 };
const raven = user('What is a raven?');

beforeAll(async () => {
  model = await makeTinyModel(folder.path);
  engine = await startEngine();
  await load();
});
afterAll(() => {
  engine?.kill();
  folder.remove();
});

describe('early exit', () => {
  it.each(exitKinds.filter((kind): kind is Exclude<ExitKind, 'none'> => kind !== 'none'))('by %s ends tokens before the limit, each with its own depth', async (kind) => {
    const { tokens, ended } = await answerTo(engine.client, raven, { steps: 64, recurrence: { exit: { kind, threshold: exitThresholds[kind] } }, sampling: { maxTokens: 16 } });
    expect(ended).toMatchObject({ reason: 'length', error: null });
    for (const { steps, exitReason, trace } of tokens) {
      expect([exitReason, trace.length]).toEqual(['converged', steps]);
      expect(steps).toBeLessThan(64);
    }
    expect(ended.stats.meanSteps).toBeCloseTo(tokens.reduce((sum, { steps }) => sum + steps, 0) / tokens.length, 6);
  });

  it('follows its threshold: every token of the trace but the last is above it', async () => {
    const { tokens } = await answerTo(engine.client, raven, { steps: 64, recurrence: { exit: { ...exit, minSteps: 0 } } });
    for (const { trace } of tokens) {
      expect(trace.at(-1)).toBeLessThan(exit.threshold);
      expect(trace.slice(0, -1).every((delta) => delta >= exit.threshold)).toBe(true);
    }
  });

  it('is `limit` for a token that runs all its steps, and `none` as a kind is no criterion', async () => {
    const near = await answerTo(engine.client, raven, { steps: 3, recurrence: { exit: { ...exit, threshold: 1e-9 } } });
    const none = await answerTo(engine.client, raven, { steps: 3, recurrence: { exit: { kind: 'none', threshold: 1 } } });
    for (const { tokens } of [near, none]) for (const token of tokens) expect(token).toMatchObject({ steps: 3, exitReason: 'limit' });
    expect(near.text).toBe((await answerTo(engine.client, raven, { steps: 3 })).text);
  });

  it('reads the prompt at full depth unless it is asked not to', async () => {
    await load();
    const probe = (inPrefill: boolean) => engine.client.call('probe', { ids: [1, 2, 3, 4, 5], greedy: 2, recurrence: { steps: 32, stateScale: 0, exit: { ...exit, inPrefill } } });
    expect((await probe(false)).steps[0]).toBe(32);
    expect((await probe(true)).steps[0]).toBeLessThan(32);
  });
});

describe('a warm start', () => {
  it('gives the same answer for the same seeds, and starts the prompt as ever', async () => {
    const run = (warmStart: boolean) => answerTo(engine.client, raven, { steps: 64, recurrence: { warmStart, exit }, sampling: { maxTokens: 32 } });
    await load();
    const warm = await run(true);
    await load();
    expect((await run(true)).tokens).toEqual(warm.tokens);
    await load();
    const cold = await run(false);
    expect(warm.tokens[0]).toEqual(cold.tokens[0]);
    expect(warm.tokens[1]!.trace[0]).not.toBe(cold.tokens[1]!.trace[0]);
  });
});

describe('"answer now"', () => {
  it('lets tokens stop at the least depth until it is taken back, and is over with the run', async () => {
    const at = (index: number, runId: number): void => {
      if (index === 10) void engine.client.call('answerNow', { runId, on: true });
      if (index === 200) void engine.client.call('answerNow', { runId, on: false });
    };
    const { tokens } = await answerTo(engine.client, raven, { steps: 24, sampling: { maxTokens: 400 }, onToken: ({ index }, runId) => at(index, runId) });
    expect(tokens.map(({ exitReason }) => exitReason).filter((reason, index, all) => reason !== all[index - 1])).toEqual(['limit', 'hurried', 'limit']);
    const hurried = tokens.filter(({ exitReason }) => exitReason === 'hurried');
    // The first one was on its way when it was said.
    expect(hurried.slice(1).every(({ steps }) => steps === 1)).toBe(true);

    const { runId, answer } = await ask(engine.client, raven, { steps: 5, sampling: { maxTokens: 2 }, onToken: (_, id) => void engine.client.call('answerNow', { runId: id, on: true }).catch(() => undefined) });
    await answer;
    await expect(engine.client.call('answerNow', { runId, on: true })).rejects.toMatchObject({ code: 'not_found' });
    expect((await answerTo(engine.client, raven, { steps: 5 })).tokens.every(({ exitReason }) => exitReason === 'limit')).toBe(true);
  });

  it('does not stay in the cache: the next turn reads hurried tokens again', async () => {
    await load();
    const first = await answerTo(engine.client, raven, { steps: 24, sampling: { maxTokens: 60 }, onToken: ({ index }, runId) => void (index === 0 && engine.client.call('answerNow', { runId, on: true })) });
    const second = await answerTo(engine.client, [...raven, { role: 'assistant', text: first.text }, ...user('And a crow?')], { steps: 24, sampling: { maxTokens: 2 } });
    expect(second.ended.stats.reusedTokens).toBeLessThan(first.ended.stats.promptTokens + 12);
    expect(second.ended.stats.reusedTokens).toBeGreaterThanOrEqual(first.ended.stats.promptTokens);
    expect(second.ended.stats.rereadTokens).toBeGreaterThan(0);
  });
});

describe('the cache', () => {
  it('takes any budget and type it is loaded with, and says what it takes beforehand', async () => {
    const memory = [];
    for (const [kvBudget, kvType] of [[0, 'f16'], [4, 'f16'], [4, 'q8_0'], [1, 'q4_0']] as const) {
      const estimate = await engine.client.call('estimate', { path: model, contextSize: 512, kvBudget, kvType, steps: 64 });
      const loaded = await load({ kvBudget, kvType });
      expect(loaded).toMatchObject({ kvType, kvBudget: kvBudget || 128 });
      expect(estimate).toMatchObject({ contextSize: 512, fits: true, kvBytes: 512 * estimate.kvBytesPerToken });
      memory.push(estimate.kvBytes);
      expect((await answerTo(engine.client, raven, { steps: 64, recurrence: { exit }, sampling: { maxTokens: 8 } })).tokens).toHaveLength(8);
    }
    expect(memory).toEqual([...memory].sort((a, b) => b - a));
  });

  it('refuses a type that does not divide the heads of the model', async () => {
    const small = join(folder.path, 'small.gguf');
    writeGguf(small, makeRandomModel());
    await expect(engine.client.call('load', { path: small, contextSize: 256, kvType: 'q8_0', calibrate: false })).rejects.toMatchObject({ code: 'kv_type_unsupported' });
    await load();
  });
});

describe('the built-in model', () => {
  it('chooses its threads, and spends less with every lower effort', async () => {
    const loaded = await engine.client.call('load', { path: join(root, 'resources', 'plumb-mini.gguf'), contextSize: 1024 });
    expect(loaded.threads).toBeGreaterThanOrEqual(1);
    const spent = async (threshold: number) => (await answerTo(engine.client, user('the red cup is under the box'), { steps: 64, recurrence: { exit: { ...exit, threshold } }, sampling: { maxTokens: 12 } })).ended.stats.meanSteps;
    expect(await spent(0.3)).toBeLessThan(await spent(0.003));
  });
});

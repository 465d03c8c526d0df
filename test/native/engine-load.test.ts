// Proves on the real fork what loading says, which files it refuses with which code, and that the engine outlives all of them.
import { copyFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { layOutGguf } from '../../core/convert/gguf-writer.js';
import type { EngineLink } from '../../core/services/engine-link.js';
import { answerTo, ask, makeTinyModel, startEngine, temporaryFolder, user } from './engine-harness.js';

const folder = temporaryFolder();
let engine: EngineLink;
let model: string;
const inFolder = (name: string): string => join(folder.path, name);

beforeAll(async () => {
  model = await makeTinyModel(folder.path);
  engine = await startEngine();
});
afterAll(() => {
  engine?.kill();
  folder.remove();
});

describe('loading', () => {
  it('tells what the model is, what it takes, and how fast it is', async () => {
    const progress: number[] = [];
    const off = engine.client.on('loadProgress', (body) => progress.push(body.progress));
    const loaded = await engine.client.call('load', { path: model, contextSize: 512, kvType: 'f32', kvBudget: 8 });
    off();
    expect(loaded).toMatchObject({ path: model, name: 'huginn-tiny', architecture: 'huginn', contextSize: 512, kvBudget: 8, gpu: null });
    expect(loaded.recurrence).toMatchObject({ preludeBlocks: 2, coreBlocks: 4, codaBlocks: 2, stepsDefault: 8, stepsMax: 128 });
    // 4 blocks once, 4 core blocks in 8 slots; keys and values of 192 elements of 4 bytes.
    expect(loaded.kvBytesPerToken).toBe((4 + 4 * 8) * 2 * 192 * 4);
    expect(loaded.memoryBytes).toBeGreaterThan(14e6 + 512 * loaded.kvBytesPerToken * 0.9);
    expect(loaded.speed!.stepMs).toBeGreaterThan(0);
    expect(progress.at(-1)).toBe(1);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
  });

  it('takes the place of the model before, also in the middle of an answer', async () => {
    await engine.client.call('load', { path: model, contextSize: 512, calibrate: false });
    const { answer } = await ask(engine.client, user('go on'), { sampling: { maxTokens: 400 } });
    const loaded = await engine.client.call('load', { path: model, contextSize: 256, calibrate: false });
    expect((await answer).ended.reason).toBe('stopped');
    expect(loaded.contextSize).toBe(256);
  });

  it('can be given up: the load ends, and the next one works', async () => {
    const first = engine.client.call('load', { path: model, contextSize: 512 });
    const second = engine.client.call('load', { path: model, contextSize: 256, calibrate: false });
    await expect(first).rejects.toMatchObject({ code: 'no_model' });
    expect((await second).contextSize).toBe(256);
  });

  it('gives memory back on unload', async () => {
    const { pid } = await engine.client.call('hello', {});
    // proc(5): only Linux tells the resident memory of another process this way.
    const residentMb = (): number => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1000;
    await engine.client.call('load', { path: model, contextSize: 1024, kvType: 'f32', calibrate: false });
    await answerTo(engine.client, user('x'), { steps: 64, sampling: { maxTokens: 1 } });
    const before = residentMb();
    await engine.client.call('unload', {});
    expect(before - residentMb()).toBeGreaterThan(200);
    await expect(ask(engine.client, user('x'))).rejects.toMatchObject({ code: 'no_model' });
    await expect(engine.client.call('countTokens', { messages: user('x') })).rejects.toMatchObject({ code: 'no_model' });
  });
});

describe('a file that cannot be used', () => {
  const refused = async (path: string, code: string): Promise<void> => {
    await expect(engine.client.call('load', { path, contextSize: 256 })).rejects.toMatchObject({ code });
  };
  afterAll(async () => {
    const loaded = await engine.client.call('load', { path: model, contextSize: 256, calibrate: false });
    expect(loaded.name).toBe('huginn-tiny');
  });

  it('is missing', () => refused(inFolder('nothing-here.gguf'), 'model_missing'));

  it('is a folder', async () => {
    mkdirSync(inFolder('folder.gguf'));
    await refused(inFolder('folder.gguf'), 'file_unreadable');
  });

  it('is not a GGUF file', async () => {
    writeFileSync(inFolder('text.gguf'), 'Once upon a time there was a file that was no model.');
    await refused(inFolder('text.gguf'), 'model_corrupt');
  });

  it('is empty', async () => {
    writeFileSync(inFolder('empty.gguf'), '');
    await refused(inFolder('empty.gguf'), 'model_corrupt');
  });

  it.each([0.5, 0.99])('ends at %d of its length', async (part) => {
    copyFileSync(model, inFolder('cut.gguf'));
    truncateSync(inFolder('cut.gguf'), Math.floor(readFileSync(model).length * part));
    await refused(inFolder('cut.gguf'), 'model_corrupt');
  });

  it('ends inside its header', async () => {
    copyFileSync(model, inFolder('head.gguf'));
    truncateSync(inFolder('head.gguf'), 3000);
    await refused(inFolder('head.gguf'), 'model_corrupt');
  });

  it('is of a kind that the engine does not know', async () => {
    writeFileSync(inFolder('other.gguf'), readFileSync(model).toString('latin1').replace('general.architecture\x08\0\0\0\x06\0\0\0\0\0\0\0huginn', 'general.architecture\x08\0\0\0\x06\0\0\0\0\0\0\0muninn'), 'latin1');
    await refused(inFolder('other.gguf'), 'model_unsupported');
  });

  it('has no vocabulary', async () => {
    writeFileSync(inFolder('mute.gguf'), layOutGguf([['general.architecture', 'string', 'llama'], ['llama.context_length', 'u32', 64]], []).header);
    await refused(inFolder('mute.gguf'), 'model_without_vocabulary');
  });

  it('is damaged in any other way: a code, and the engine lives', async () => {
    const sound = readFileSync(model);
    const outcomes = new Set<string>();
    for (let seed = 1; seed <= 40; seed++) {
      let state = seed * 7919;
      const random = (below: number): number => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) % below;
      const damaged = Buffer.from(sound.subarray(0, seed % 4 === 0 ? random(20_000) : sound.length));
      for (let flips = 1 + random(12); flips > 0; flips--) damaged[random(Math.min(20_000, damaged.length))] = random(256);
      if (seed % 3 === 0 && damaged.length > 3008) damaged.writeBigUInt64LE(0xffff_ffff_ffff_ff00n, random(3000));
      writeFileSync(inFolder('damaged.gguf'), damaged);
      outcomes.add(await engine.client.call('load', { path: inFolder('damaged.gguf'), contextSize: 256, calibrate: false }).then(() => 'loaded', ({ code }: { code: string }) => code));
    }
    const allowed = ['loaded', 'model_corrupt', 'model_unsupported', 'model_without_vocabulary', 'out_of_memory', 'chat_template_invalid'];
    expect([...outcomes].filter((outcome) => !allowed.includes(outcome))).toEqual([]);
    expect(outcomes).toContain('model_corrupt');
  });

  it('asks for more memory than there is', async () => {
    await expect(engine.client.call('load', { path: model, contextSize: 1_048_576, kvType: 'f32', kvBudget: 128 })).rejects.toMatchObject({ code: 'out_of_memory' });
  });
});

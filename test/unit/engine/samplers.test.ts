// Proves on a toy model that no way of decoding loses anything where rounds and passes meet: tokens, characters, the end, the limits.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exitCriterionSchema, samplerSettingsSchema, type ExitCriterion, type SamplerSettings } from '../../../core/contract/compute.js';
import { samplingSchema } from '../../../core/contract/conversation.js';
import { recurrenceSettingsSchema, type TokenRecord } from '../../../core/contract/recurrence.js';
import { startRun, type Run } from '../../../core/engine/generate.js';
import { createToy, type Toy, type ToyOptions } from './toy-model.js';

/** Pieces that begin, continue and end characters of one to four bytes. */
const texts = ['a', ' ', 'é', '你', '🚀', '.\n', '的é', 'raven'];
const pieces: Uint8Array[] = [new Uint8Array(0)];
for (const text of texts) {
  const bytes = new TextEncoder().encode(text);
  pieces.push(bytes, bytes.slice(0, 1), bytes.slice(1));
}

interface Told {
  tokens: TokenRecord[];
  text: string;
  reason: string;
  count: number;
}
interface Ask {
  steps?: number;
  temperature?: number;
  seed?: number;
  maxTokens: number;
  stop?: string[];
  exit?: ExitCriterion | null;
  onStart?: (run: Run) => void;
}

async function answer(toy: Toy, sampler: SamplerSettings, { steps = 16, temperature = 0, seed = 1, maxTokens, stop = [], exit = null, onStart }: Ask): Promise<Told> {
  const tokens: TokenRecord[] = [];
  return new Promise((resolve, reject) => {
    const run = startRun(
      toy.loaded,
      {
        runId: 1,
        messages: [{ role: 'user', text: 'x' }],
        recurrence: recurrenceSettingsSchema.parse({ steps, sampler, exit }),
        sampling: samplingSchema.parse({ temperature, seed, maxTokens, stop }),
      },
      {
        tokens: (body) => void tokens.push(...body.tokens),
        step: () => undefined,
        ended: ({ reason, error, stats }) => (error ? reject(new Error(`${error.message} ${error.detail}`)) : resolve({ tokens, text: tokens.map(({ text }) => text).join(''), reason, count: stats.tokens })),
      },
    );
    onStart?.(run);
  });
}

const toys: fc.Arbitrary<ToyOptions> = fc.record({
  seed: fc.nat(),
  contextSize: fc.integer({ min: 8, max: 80 }),
  pieces: fc.constant(pieces),
  settles: fc.integer({ min: 1, max: 16 }),
  prompt: fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 6 }),
});
const speculative = fc.record({ kind: fc.constant('speculative' as const), draftSteps: fc.integer({ min: 1, max: 20 }), lookahead: fc.integer({ min: 1, max: 20 }), adapt: fc.boolean() });
const wavefront = fc.record({
  kind: fc.constant('wavefront' as const),
  innerSteps: fc.integer({ min: 1, max: 20 }),
  headway: fc.integer({ min: 1, max: 5 }),
  limit: fc.integer({ min: 1, max: 24 }),
  freezeThreshold: fc.constantFrom(0.01, 1e-6),
  stateNoise: fc.constant(0),
  embeddingAverage: fc.constant(0),
});
const samplers: fc.Arbitrary<SamplerSettings> = fc.oneof(speculative, wavefront);
const plain = samplerSettingsSchema.parse({ kind: 'plain' });
const asks = fc.record({ maxTokens: fc.integer({ min: 1, max: 60 }) });

describe('speculative and wavefront decoding', () => {
  it('give the plain answer when greedy: the same tokens, the same text, the same end', async () => {
    await fc.assert(
      fc.asyncProperty(toys, samplers, asks, async (options, sampler, ask) => {
        const want = await answer(createToy(options), plain, ask);
        const got = await answer(createToy(options), sampler, ask);
        expect(got.tokens.map(({ id, index, text }) => ({ id, index, text }))).toEqual(want.tokens.map(({ id, index, text }) => ({ id, index, text })));
        expect({ reason: got.reason, count: got.count, text: got.text }).toEqual({ reason: want.reason, count: want.count, text: want.text });
      }),
      { numRuns: 150 },
    );
  });

  it('verify nothing but what was drafted, so that drafts cost no step twice', async () => {
    await fc.assert(
      fc.asyncProperty(toys, speculative, asks, fc.constantFrom(0, 1), async (options, sampler, ask, temperature) => {
        const toy = createToy(options);
        await answer(toy, sampler, { ...ask, temperature });
        expect(toy.startedAnew).toBe(0);
      }),
      { numRuns: 100 },
    );
  });

  it('never split a character, however tokens are drawn', async () => {
    await fc.assert(
      fc.asyncProperty(toys, samplers, asks, fc.nat(1000), async (options, sampler, ask, seed) => {
        const { tokens, text, reason, count } = await answer(createToy(options), sampler, { ...ask, seed, temperature: 1 });
        for (const token of tokens) expect(token.text.isWellFormed()).toBe(true);
        const bytes = tokens.flatMap(({ id }) => [...pieces[id]!]);
        expect(text).toBe(new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes)));
        expect(tokens).toHaveLength(count);
        expect(tokens.map(({ id }) => id)).not.toContain(0);
        expect(['end', 'length', 'context']).toContain(reason);
        if (reason === 'length') expect(count).toBe(ask.maxTokens);
        if (reason === 'context') expect(count + options.prompt.length).toBe(options.contextSize + 1);
      }),
      { numRuns: 200 },
    );
  });

  it('end at the same stop string as plain decoding, wherever rounds and passes meet', async () => {
    const stops = fc.array(fc.array(fc.constantFrom(...texts), { minLength: 1, maxLength: 2 }).map((parts) => parts.join('')), { minLength: 1, maxLength: 3 });
    let hits = 0;
    await fc.assert(
      fc.asyncProperty(toys, samplers, asks, stops, async (options, sampler, ask, stop) => {
        const free = await answer(createToy(options), plain, ask);
        const want = await answer(createToy(options), plain, { ...ask, stop });
        const got = await answer(createToy(options), sampler, { ...ask, stop });
        expect({ text: got.text, reason: got.reason }).toEqual({ text: want.text, reason: want.reason });
        expect(free.text.startsWith(want.text)).toBe(true);
        expect(want.reason === 'stop').toBe(stop.some((s) => free.text.includes(s)));
        if (want.reason === 'stop') hits++;
      }),
      { numRuns: 150 },
    );
    expect(hits).toBeGreaterThan(5);
  });

  it('leave a cache from which the next answer is the one it would have been', async () => {
    await fc.assert(
      fc.asyncProperty(toys, samplers, asks, async (options, sampler, ask) => {
        const toy = createToy(options);
        const first = await answer(toy, sampler, { maxTokens: 3 });
        const prompt = [...options.prompt, ...first.tokens.map(({ id }) => id), 5];
        if (prompt.length + 1 > options.contextSize) return;
        toy.loaded.chat.toIds = () => Uint32Array.from(prompt);
        expect((await answer(toy, plain, ask)).text).toBe((await answer(createToy({ ...options, prompt }), plain, ask)).text);
      }),
      { numRuns: 200 },
    );
  });

  it('stop at once, with what was there', async () => {
    await fc.assert(
      fc.asyncProperty(toys, samplers, fc.integer({ min: 1, max: 30 }), async (options, sampler, stopAt) => {
        const whole = await answer(createToy(options), plain, { maxTokens: 60 });
        const toy = createToy(options);
        let reads = 0;
        const told = answer(toy, sampler, { maxTokens: 60 });
        toy.onRead = () => void (++reads === stopAt && toy.loaded.context.requestStop(true));
        const got = await told;
        expect(whole.text.startsWith(got.text.replace(/\uFFFD$/, ''))).toBe(true);
        if (got.reason !== 'stopped') expect(got.reason).toBe(whole.reason);
      }),
      { numRuns: 200 },
    );
  });

  it('let "auto" settle the positions of a wavefront as it does the tokens of plain decoding', async () => {
    const options: ToyOptions = { seed: 5, contextSize: 80, pieces, settles: 4, prompt: [1], endless: true };
    const sampler = samplerSettingsSchema.parse({ kind: 'wavefront', freezeThreshold: 1e-9 });
    const depths = async (exit: ExitCriterion | null): Promise<number[]> => (await answer(createToy(options), sampler, { exit, maxTokens: 20 })).tokens.slice(1).map(({ steps }) => steps);
    const latent = exitCriterionSchema.parse({ kind: 'latent-diff', threshold: 0.6 });
    // The toy's states change by 0.5 in every step.
    expect(new Set(await depths(latent))).toEqual(new Set([4]));
    expect(Math.min(...(await depths({ ...latent, minSteps: 9 })))).toBeGreaterThan(9);
    expect(new Set(await depths({ ...latent, threshold: 0.4 }))).toEqual(new Set([16]));
    expect(new Set(await depths({ ...latent, kind: 'kl' }))).toEqual(new Set([16]));
    expect(new Set(await depths(null))).toEqual(new Set([16]));
  });

  it('read each position at the depth the slider has then', async () => {
    const options: ToyOptions = { seed: 5, contextSize: 80, pieces, settles: 4, prompt: [1], endless: true };
    for (const sampler of [samplerSettingsSchema.parse({ kind: 'speculative', adapt: false }), samplerSettingsSchema.parse({ kind: 'wavefront', freezeThreshold: 1e-9 })]) {
      const toy = createToy(options);
      let reads = 0;
      const { tokens } = await answer(toy, sampler, { steps: 8, maxTokens: 40, onStart: (run) => void (toy.onRead = () => void (++reads === 12 && run.setSteps(24))) });
      const depths = new Set(tokens.map(({ steps }) => steps));
      expect(depths).toContain(8);
      expect(depths).toContain(24);
      for (const { steps, trace } of tokens) expect(trace).toHaveLength(steps);
    }
  });

  it('give each token the least depth once the answer is wanted now', async () => {
    const options: ToyOptions = { seed: 5, contextSize: 80, pieces, settles: 4, prompt: [1], endless: true };
    for (const sampler of [samplerSettingsSchema.parse({ kind: 'speculative' }), samplerSettingsSchema.parse({ kind: 'wavefront', freezeThreshold: 1e-9 })]) {
      const toy = createToy(options);
      let reads = 0;
      const { tokens } = await answer(toy, sampler, { steps: 8, maxTokens: 40, onStart: (run) => void (toy.onRead = () => void (++reads === 12 && run.answerNow(true))) });
      const hurried = tokens.filter(({ exitReason }) => exitReason === 'hurried');
      expect(hurried.length).toBeGreaterThan(10);
      expect(tokens.at(-1)).toMatchObject({ exitReason: 'hurried', steps: 1 });
      for (const { steps, trace } of tokens) expect(trace).toHaveLength(steps);
    }
  });

  it('share reads among tokens when drafts are good', async () => {
    const options: ToyOptions = { seed: 3, contextSize: 80, pieces, settles: 8, prompt: [1], endless: true };
    for (const sampler of [samplerSettingsSchema.parse({ kind: 'speculative', adapt: false, lookahead: 4 }), samplerSettingsSchema.parse({ kind: 'wavefront' })]) {
      const toy = createToy(options);
      const { count } = await answer(toy, sampler, { maxTokens: 40 });
      expect(count).toBeGreaterThan(8);
      expect(Math.max(...toy.reads)).toBeGreaterThan(1);
    }
  });

  it('are refused for a model without recurrence, and drafting with a warm start', () => {
    const toy = createToy({ seed: 1, contextSize: 40, pieces, settles: 1, prompt: [1] });
    const start = (sampler: SamplerSettings, warmStart = false) => () =>
      startRun(toy.loaded, { runId: 1, messages: [{ role: 'user', text: 'x' }], recurrence: recurrenceSettingsSchema.parse({ steps: 4, sampler, warmStart }), sampling: samplingSchema.parse({}) }, { tokens: () => undefined, step: () => undefined, ended: () => undefined });
    expect(start(samplerSettingsSchema.parse({ kind: 'speculative' }), true)).toThrow(expect.objectContaining({ code: 'sampler_unsupported' }));
    toy.loaded.info.recurrence = null;
    expect(start(samplerSettingsSchema.parse({ kind: 'speculative' }))).toThrow(expect.objectContaining({ code: 'sampler_unsupported' }));
    expect(start(samplerSettingsSchema.parse({ kind: 'wavefront' }))).toThrow(expect.objectContaining({ code: 'sampler_unsupported' }));
  });
});

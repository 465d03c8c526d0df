// Proves the arithmetic of KV memory against Huginn's published sizes, and what fits.
import { describe, expect, it } from 'vitest';
import { chooseContextSize, estimateLoad, kvBytesPerToken, kvSlots, requireRoom } from '../../../core/engine/memory.js';

const huginn = { preludeBlocks: 2, coreBlocks: 4, codaBlocks: 2, stepsDefault: 32, stepsMin: 1, stepsMax: 128, notches: [32] };
const shape = { blocks: 8, keyLength: 5280, valueLength: 5280 };
const demand = { contextSize: null, modelContextLength: 4096, kvBytesPerToken: 1_000_000, weightBytes: 1_000_000_000, availableBytes: 8_000_000_000 };

describe('KV memory', () => {
  it('of Huginn is 2,787,840 bytes per token at 32 steps and 165 KiB with one slot per core block', () => {
    expect(kvBytesPerToken(shape, kvSlots(shape, huginn, 32, 0), 'f16')).toBe(2_787_840);
    expect(kvBytesPerToken(shape, kvSlots(shape, huginn, 32, 1), 'f16')).toBe(165 * 1024);
  });

  it('grows with the steps up to the budget, without limit when the budget is 0', () => {
    expect(kvSlots(shape, huginn, 3, 8)).toBe(2 + 2 + 4 * 3);
    expect(kvSlots(shape, huginn, 64, 8)).toBe(2 + 2 + 4 * 8);
    expect(kvSlots(shape, huginn, 64, 0)).toBe(2 + 2 + 4 * 64);
  });

  it('of an ordinary model is one slot per block, whatever the budget', () => {
    const ordinary = { blocks: 32, keyLength: 1024, valueLength: 1024 };
    expect(kvBytesPerToken(ordinary, kvSlots(ordinary, null, 64, 7), 'f32')).toBe(32 * 2048 * 4);
  });

  it('shrinks with quantised values', () => {
    expect(kvBytesPerToken(shape, 8, 'q8_0')).toBe((8 * 10560 * 34) / 32);
  });
});

describe('the size of the context', () => {
  it("is the model's own up to 4096 when nothing is asked for", () => {
    expect(chooseContextSize({ ...demand, kvBytesPerToken: 1000 })).toBe(4096);
    expect(chooseContextSize({ ...demand, kvBytesPerToken: 1000, modelContextLength: 1024 })).toBe(1024);
    expect(chooseContextSize({ ...demand, kvBytesPerToken: 1000, modelContextLength: 131_072 })).toBe(4096);
  });

  it('shrinks to what fits when nothing is asked for', () => {
    expect(chooseContextSize({ ...demand, availableBytes: 3_000_000_000 })).toBe(1536);
  });

  it('is taken as asked for or refused, never cut', () => {
    expect(chooseContextSize({ ...demand, contextSize: 6000 })).toBe(6000);
    expect(() => chooseContextSize({ ...demand, contextSize: 8000 })).toThrowError(expect.objectContaining({ code: 'out_of_memory' }));
  });

  it('is refused when not even a short conversation fits', () => {
    expect(() => chooseContextSize({ ...demand, availableBytes: 1_500_000_000 })).toThrowError(expect.objectContaining({ code: 'out_of_memory' }));
  });
});

describe('an estimate before loading', () => {
  const file = { sizeBytes: 4e9, contextLength: 4096, kvShape: shape, recurrence: huginn };
  const want = { contextSize: null, kvBudget: 0, kvType: 'f16' as const, steps: null };

  it('counts the depth, the budget and the type of the cache', () => {
    const bytes = (other: Partial<Parameters<typeof estimateLoad>[1]>): number => estimateLoad(file, { ...want, ...other }, 64e9).kvBytesPerToken;
    expect([bytes({}), bytes({ steps: 64 }), bytes({ kvBudget: 1 }), bytes({ kvBudget: 1, kvType: 'q4_0' })]).toEqual([2_787_840, 5_491_200, 165 * 1024, (165 * 1024 * 9) / 32]);
  });

  it('tells the context that would be allocated, and what is needed when nothing fits', () => {
    expect(estimateLoad(file, want, 6e9)).toMatchObject({ contextSize: 512, fits: true, freeBytes: 6e9 });
    expect(estimateLoad(file, want, 4e9)).toMatchObject({ contextSize: 4096, fits: false, kvBytes: 4096 * 2_787_840 });
  });
});

describe('a new depth', () => {
  it('is refused when its slots do not fit, and free when they are already there', () => {
    expect(() => requireRoom(2e9, 2e9, 64)).toThrowError(expect.objectContaining({ code: 'out_of_memory' }));
    expect(() => requireRoom(1e9, 2e9, 64)).not.toThrow();
    expect(() => requireRoom(0, 0, 64)).not.toThrow();
  });
});

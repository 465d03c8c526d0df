// Proves how the number of threads is chosen from measured tokens, and when it is chosen again.
import { describe, expect, it } from 'vitest';
import { chooseThreads, hasChanged, threadCandidates } from '../../../core/engine/threads.js';

/** Decodes that take what a table says, on a clock of our own; those out of time are stopped. */
async function choose(msOf: Record<number, number>): Promise<{ threads: number; spentMs: Record<number, number> }> {
  let clock = 0;
  const spentMs: Record<number, number> = {};
  const threads = await chooseThreads(
    Object.keys(msOf).map(Number),
    async (count, withinMs) => {
      const ms = Math.min(msOf[count]!, withinMs ?? Infinity);
      clock += ms;
      spentMs[count] = (spentMs[count] ?? 0) + ms;
      return msOf[count]! <= (withinMs ?? Infinity);
    },
    () => clock,
  );
  return { threads, spentMs };
}

describe('the number of threads', () => {
  it('is tried with one, half of the cores and all of them', () => {
    expect([threadCandidates(8), threadCandidates(2), threadCandidates(1)]).toEqual([[1, 4, 8], [1, 2], [1]]);
  });

  it('is the fastest, and among those about as fast the fewest', async () => {
    expect((await choose({ 1: 9, 4: 3, 8: 2 })).threads).toBe(8);
    expect((await choose({ 1: 9, 4: 3.1, 8: 3 })).threads).toBe(4);
    expect((await choose({ 1: 0.4, 2: 6 })).threads).toBe(1);
  });

  it('is not tried for long where threads wait for busy cores', async () => {
    expect(await choose({ 1: 0.5, 2: 1500 })).toEqual({ threads: 1, spentMs: { 1: 2, 2: 20 } });
    expect(await choose({ 1: 50, 2: 1500 })).toEqual({ threads: 1, spentMs: { 1: 200, 2: 150 } });
  });
});

describe('a machine', () => {
  const speed = { fixedMs: 1, stepMs: 0.5, prefillTokensPerSecond: null };
  const run = (ms: number, count = 8) => Array.from({ length: count }, () => ({ steps: 8, ms }));

  it('is another one when tokens take twice or half of what they took, over a few tokens', () => {
    expect([run(5), run(9.9), run(2.6)].map((tokens) => hasChanged(speed, tokens))).toEqual([false, false, false]);
    expect([run(10.1), run(2.4)].map((tokens) => hasChanged(speed, tokens))).toEqual([true, true]);
    expect(hasChanged(speed, run(50, 7))).toBe(false);
  });
});

// Proves the arithmetic of chance: draws follow their distribution, verified drafts follow the target, numbers follow from seed and place.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawFrom, purposes, uniform, verify, type Distribution } from '../../../core/engine/drawing.js';

function distribution(weights: Record<number, number>): Distribution {
  const entries = Object.entries(weights).filter(([, weight]) => weight > 0).toSorted(([, a], [, b]) => b - a);
  const sum = entries.reduce((total, [, weight]) => total + weight, 0);
  return { ids: Uint32Array.from(entries, ([id]) => Number(id)), probabilities: Float64Array.from(entries, ([, weight]) => weight / sum) };
}
const distributions = fc.uniqueArray(fc.tuple(fc.nat(9), fc.integer({ min: 1, max: 100 })), { minLength: 1, maxLength: 6, selector: ([id]) => id }).map((pairs) => distribution(Object.fromEntries(pairs)));
const chances = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('a number of chance', () => {
  it('is the same for the same place, and even over places', () => {
    const buckets = new Array<number>(20).fill(0);
    for (let position = 0; position < 20_000; position++) {
      const chance = uniform(7, position, purposes.token);
      expect(chance).toBe(uniform(7, position, purposes.token));
      buckets[Math.floor(chance * 20)]! += 1;
    }
    // Chi-square with 19 degrees of freedom: above 50 once in 10,000 seeds; the seed is fixed.
    expect(buckets.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)).toBeLessThan(50);
  });

  it('says nothing about its neighbours: next position, other purpose, next seed', () => {
    const neighbours = [(i: number) => uniform(1, i + 1, 0), (i: number) => uniform(1, i, 1), (i: number) => uniform(2, i, 0)];
    for (const neighbour of neighbours) {
      let product = 0;
      for (let i = 0; i < 20_000; i++) product += (uniform(1, i, 0) - 0.5) * (neighbour(i) - 0.5);
      // Standard deviation of the mean product: 1/12/sqrt(20,000) = 5.9e-4.
      expect(Math.abs(product / 20_000)).toBeLessThan(3e-3);
    }
  });
});

describe('a draw', () => {
  it('takes each candidate for just its share of chances', () => {
    fc.assert(
      fc.property(distributions, (given) => {
        const shares = new Map<number, number>();
        for (let i = 0; i < 2000; i++) {
          const id = drawFrom(given, (i + 0.5) / 2000);
          shares.set(id, (shares.get(id) ?? 0) + 1 / 2000);
        }
        for (const [i, id] of given.ids.entries()) expect(shares.get(id) ?? 0).toBeCloseTo(given.probabilities[i]!, 2);
      }),
    );
  });
});

describe('a verified draft', () => {
  it('is distributed as the target, whatever was drafted from', () => {
    fc.assert(
      fc.property(distributions, distributions, (draft, target) => {
        // The three chances are independent: a fine grid over one of them at a time is the integral.
        const grid = Array.from({ length: 500 }, (_, i) => (i + 0.5) / 500);
        const shares = new Map<number, number>();
        const add = (id: number, share: number): void => void shares.set(id, (shares.get(id) ?? 0) + share);
        for (const [i, drafted] of draft.ids.entries()) {
          const accepting = grid.filter((chance) => verify(drafted, draft, target, chance, 0.5).accepted).length / grid.length;
          add(drafted, draft.probabilities[i]! * accepting);
          if (accepting === 1) continue;
          for (const chance of grid) add(verify(drafted, draft, target, 1, chance).id, (draft.probabilities[i]! * (1 - accepting)) / grid.length);
        }
        let distance = 0;
        for (const [i, id] of target.ids.entries()) distance += Math.abs((shares.get(id) ?? 0) - target.probabilities[i]!) / 2;
        for (const [id, share] of shares) if (share > 0) expect(target.ids).toContain(id);
        // Total variation; what is left is the coarseness of the grid.
        expect(distance).toBeLessThan(0.01);
      }),
    );
  });

  it('is accepted for sure where both agree, and with greedy sampling only there', () => {
    fc.assert(
      fc.property(distributions, chances, chances, chances, (same, a, b, c) => {
        expect(verify(drawFrom(same, a), same, same, b, c).accepted).toBe(true);
      }),
    );
    const [one, other] = [distribution({ 3: 1 }), distribution({ 4: 1 })];
    expect(verify(3, one, other, 0, 0)).toEqual({ accepted: false, id: 4 });
    expect(verify(3, one, one, 0.999, 0)).toEqual({ accepted: true, id: 3 });
  });
});

// Proves the comparison that parity rests on: nothing unequal passes.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { caseLine, countLine, failed, firstDifference, largestError, skipped, within } from '../../../core/cli/parity/compare.js';

describe('the largest error', () => {
  it('is the largest absolute difference', () => {
    expect(largestError([1, 2, 3], [1, 2.5, 2.75])).toBe(0.5);
    expect(largestError(Float32Array.of(0.5), [0.5])).toBe(0);
  });

  it('is infinite for other lengths, for nothing, and wherever a value is not a number', () => {
    expect(largestError([1, 2], [1])).toBe(Infinity);
    expect(largestError([1], [1, 2])).toBe(Infinity);
    expect(largestError([], [])).toBe(Infinity);
    expect(largestError([NaN, 1], [0, 1])).toBe(Infinity);
    expect(largestError([0, 1], [0, NaN])).toBe(Infinity);
    expect(largestError([1, NaN, 1], [9, NaN, 1])).toBe(Infinity);
  });

  it('never hides one wrong value, wherever it stands', () => {
    fc.assert(
      fc.property(fc.array(fc.float({ noNaN: true, min: -100, max: 100 }), { minLength: 1 }), fc.nat(), (values, at) => {
        const changed = values.with(at % values.length, values[at % values.length]! + 1);
        expect(largestError(changed, values)).toBeGreaterThan(0.99);
      }),
    );
  });
});

describe('the first difference', () => {
  it('is null only for equal lists', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.array(fc.integer()), (a, b) => {
        const at = firstDifference(a, b);
        if (at === null) expect(a).toEqual(b);
        else {
          expect(a.slice(0, at)).toEqual(b.slice(0, at));
          expect(a[at]).not.toBe(b[at]);
        }
      }),
    );
  });
});

describe('a case', () => {
  it('passes up to its limit and not beyond', () => {
    expect(within('g', 'a', 0.005, 0.005).outcome).toBe('passed');
    expect(within('g', 'a', 0.0051, 0.005).outcome).toBe('failed');
    expect(within('g', 'a', Infinity, 0.005).outcome).toBe('failed');
    expect(within('g', 'a', NaN, 0.005).outcome).toBe('failed');
  });

  it('is one line with its largest error', () => {
    expect(caseLine(within('latent', 'p17', 2.34e-5, 1e-3, '8 of 8 steps'))).toMatch(/^passed {3}latent p17 +largest error 2\.3e-5, limit 1e-3; 8 of 8 steps$/);
    expect(caseLine(skipped('adaptive', 'kl', 'not covered yet'))).toMatch(/^skipped {2}adaptive kl +not covered yet$/);
  });

  it('is counted in the last line', () => {
    expect(countLine([within('g', 'a', 0, 1), within('g', 'b', 2, 1), failed('g', 'c', 'x'), skipped('g', 'd', 'y')])).toBe('1 passed, 2 failed, 1 skipped');
    expect(countLine([])).toBe('0 passed, 0 failed, 0 skipped');
  });
});

// Proves the statistics of reports against published and hand-computed values.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { spearman, tokenCorrelation, wilson } from '../../../core/cli/statistics.js';
import { classify, describeTrajectory, type Point } from '../../../core/cli/trajectory.js';

describe('the Wilson interval', () => {
  it('has its textbook values', () => {
    // Newcombe 1998, table I: 81/263, 15/148, 0/20, 1/29.
    const rounded = (right: number, problems: number): number[] => Object.values(wilson(right, problems)).map((value) => Number(value.toFixed(4)));
    expect(rounded(81, 263)).toEqual([0.2553, 0.3662]);
    expect(rounded(15, 148)).toEqual([0.0624, 0.1605]);
    expect(rounded(0, 20)).toEqual([0, 0.1611]);
    expect(rounded(1, 29)).toEqual([0.0061, 0.1718]);
  });

  it('contains the share, lies in 0..1, and knows nothing without problems', () => {
    expect(wilson(0, 0)).toEqual({ low: 0, high: 1 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.nat(), (problems, some) => {
        const right = some % (problems + 1);
        const { low, high } = wilson(right, problems);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        expect(low).toBeLessThanOrEqual(right / problems);
        expect(high).toBeGreaterThanOrEqual(right / problems);
      }),
    );
  });
});

describe('rank correlation', () => {
  it('is 1 for any rising relation, -1 for a falling one, and gives ties the mean of their ranks', () => {
    expect(spearman([1, 2, 3, 4], [1, 10, 100, 1000])).toBeCloseTo(1, 12);
    expect(spearman([1, 2, 3, 4], [5, 4, 3, -9])).toBeCloseTo(-1, 12);
    // Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: Pearson 4.5 / sqrt(4.5 * 5).
    expect(spearman([1, 2, 2, 3], [1, 2, 3, 4])).toBeCloseTo(4.5 / Math.sqrt(22.5), 12);
  });

  it('does not exist for one pair or for a list that never changes', () => {
    expect(spearman([1], [2])).toBeNull();
    expect(spearman([1, 1, 1], [1, 2, 3])).toBeNull();
    expect(() => spearman([1, 2], [1])).toThrow(RangeError);
  });

  it('does not depend on the order of the pairs', () => {
    const pairs = fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 })), { minLength: 2, maxLength: 30 });
    fc.assert(
      fc.property(pairs, (list) => {
        const rho = (some: [number, number][]): number => spearman(some.map(([a]) => a), some.map(([, b]) => b)) ?? 9;
        expect(rho(list)).toBeCloseTo(rho(list.toReversed()), 9);
      }),
    );
  });
});

describe('token correlation', () => {
  it('is 1 when all positions hold the same direction, 0 for orthogonal ones, and the mean over pairs between', () => {
    expect(tokenCorrelation([1, 0, 5, 0, 0.1, 0], 3)).toBeCloseTo(1, 12);
    expect(tokenCorrelation([1, 0, 0, 3], 2)).toBeCloseTo(0, 12);
    // Pairs: cos 0, cos 45°, cos 45°.
    expect(tokenCorrelation([1, 0, 0, 1, 1, 1], 3)).toBeCloseTo((2 * Math.SQRT1_2) / 3, 12);
    expect(tokenCorrelation([1, 2], 1)).toBeNull();
  });
});

describe('a trajectory', () => {
  const path = (at: (t: number) => Point): Point[] => Array.from({ length: 32 }, (_, t) => at(t));
  const kinds: [string, (t: number) => Point, string][] = [
    ['spirals into a point', (t) => [0.7 ** t * Math.cos(t), 0.7 ** t * Math.sin(t)], 'fixed point'],
    ['never moves', () => [1, 1], 'fixed point'],
    ['goes round and round', (t) => [Math.cos(t / 2), Math.sin(t / 2)], 'orbit'],
    ['jumps to and fro', (t) => [t % 2, 0], 'orbit'],
    ['walks straight on', (t) => [t, t / 3], 'drift'],
    ['arrives, then walks on slowly', (t) => [t < 16 ? 0.6 ** t : (t - 16) / 10, 0], 'drift'],
  ];
  it.each(kinds)('that %s is a %s', (_, at, kind) => {
    expect(classify(path(at)).kind).toBe(kind);
  });

  it('keeps its kind when it is moved, turned and made larger', () => {
    for (const [, at, kind] of kinds) {
      const moved = path(at).map(([x, y]): Point => [700 + 30 * (0.6 * x - 0.8 * y), -9 + 30 * (0.8 * x + 0.6 * y)]);
      expect(classify(moved).kind).toBe(kind);
    }
  });

  it('is looked at in the plane that holds most of it', () => {
    // A circle in the plane of axes 2 and 4 of six, with a little noise along axis 0.
    const states = Array.from({ length: 40 }, (_, t) => [0.01 * (t % 3), 0, 3 * Math.cos(t / 3), 0, 3 * Math.sin(t / 3), 0]);
    const { points, explained, kind } = describeTrajectory(states);
    expect(explained).toBeGreaterThan(0.99);
    expect(kind).toBe('orbit');
    for (let t = 1; t < 40; t++) {
      const inPlane = Math.hypot(points[t]![0] - points[t - 1]![0], points[t]![1] - points[t - 1]![1]);
      expect(inPlane).toBeCloseTo(6 * Math.sin(1 / 6), 2);
    }
  });

  it('that stands still has no plane and is a fixed point; too short a one is refused', () => {
    expect(describeTrajectory(Array.from({ length: 10 }, () => [1, 2, 3])).kind).toBe('fixed point');
    expect(() => describeTrajectory([[1], [2]])).toThrow(RangeError);
  });
});

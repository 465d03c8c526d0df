// Proves the fit of a token's cost and how runs refine it.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calibrate, fitSpeed, refineSpeed } from '../../../core/engine/speed.js';

describe('the cost of a token', () => {
  it('is found exactly when it is a line', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 500, noNaN: true }), fc.double({ min: 0.001, max: 500, noNaN: true }), (fixedMs, stepMs) => {
        const fit = fitSpeed([1, 4, 8].map((steps) => ({ steps, ms: fixedMs + stepMs * steps })));
        expect(fit.fixedMs).toBeCloseTo(fixedMs, 6);
        expect(fit.stepMs).toBeCloseTo(stepMs, 6);
      }),
    );
  });

  it('has no negative part, whatever the noise', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ steps: fc.integer({ min: 1, max: 128 }), ms: fc.double({ min: 0, max: 1e4, noNaN: true }) }), { minLength: 1 }), (points) => {
        const { fixedMs, stepMs } = fitSpeed(points);
        expect(fixedMs).toBeGreaterThanOrEqual(0);
        expect(stepMs).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('goes to the steps when a deep token costs more than its share', () => {
    expect(fitSpeed([{ steps: 1, ms: 1 }, { steps: 8, ms: 20 }])).toEqual({ fixedMs: 0, stepMs: expect.closeTo(161 / 65, 9) });
  });

  it('is all fixed when only one depth was measured', () => {
    expect(fitSpeed([{ steps: 4, ms: 10 }, { steps: 4, ms: 12 }])).toEqual({ fixedMs: 11, stepMs: 0 });
  });
});

describe('refining', () => {
  const known = { fixedMs: 10, stepMs: 2, prefillTokensPerSecond: 100 };
  const tokens = (count: number, ms: number): { steps: number; ms: number }[] => Array.from({ length: count }, () => ({ steps: 5, ms }));

  it('goes half of the way to what a run measured', () => {
    expect(refineSpeed(known, { tokens: tokens(10, 40), prefillTokensPerSecond: null })).toEqual({ fixedMs: 15, stepMs: 3, prefillTokensPerSecond: 100 });
  });

  it('ignores a run of fewer than four tokens but takes its prompt speed', () => {
    expect(refineSpeed(known, { tokens: tokens(3, 400), prefillTokensPerSecond: 7 })).toEqual({ ...known, prefillTokensPerSecond: 7 });
  });
});

describe('calibration', () => {
  it('measures two depths even when a token is slow, and stops then', async () => {
    const decoded: number[] = [];
    const speed = await calibrate(async (steps) => {
      decoded.push(steps);
      await new Promise((resolve) => setTimeout(resolve, 60 + 5 * steps));
    }, [1, 8, 1, 8]);
    expect(decoded).toEqual([1, 1, 8]);
    expect(speed.stepMs).toBeGreaterThan(0);
  });
});

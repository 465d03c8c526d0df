// Owns the estimate of what a token costs: fixedMs + stepMs * steps, fitted to measured tokens.
import type { Speed } from '../contract/recurrence.js';

export interface SpeedPoint {
  steps: number;
  ms: number;
}

/**
 * Least squares through measured tokens. Neither part can be negative: noise on a busy machine can tilt the line; then the whole
 * cost goes to the steps, which is where a recurrent model spends it. One depth only: all of it counts as fixed.
 */
export function fitSpeed(points: readonly SpeedPoint[]): Pick<Speed, 'fixedMs' | 'stepMs'> {
  const n = points.length;
  if (n === 0) throw new Error('fitSpeed needs at least one measured token');
  const meanSteps = points.reduce((sum, { steps }) => sum + steps, 0) / n;
  const meanMs = points.reduce((sum, { ms }) => sum + ms, 0) / n;
  const spread = points.reduce((sum, { steps }) => sum + (steps - meanSteps) ** 2, 0);
  if (spread === 0) return { fixedMs: meanMs, stepMs: 0 };
  const slope = points.reduce((sum, { steps, ms }) => sum + (steps - meanSteps) * (ms - meanMs), 0) / spread;
  const fixedMs = meanMs - slope * meanSteps;
  if (slope > 0 && fixedMs >= 0) return { fixedMs, stepMs: slope };
  const throughOrigin = points.reduce((sum, { steps, ms }) => sum + steps * ms, 0) / points.reduce((sum, { steps }) => sum + steps * steps, 0);
  return { fixedMs: 0, stepMs: throughOrigin };
}

/** A run's own tokens weigh as much as all that was known before: the machine may be busy now or cooler then. */
const weightOfRun = 0.5;

/** Moves an estimate towards a finished run: both parts scale, so the shape of the line stays. Fewer than 4 tokens say too little. */
export function refineSpeed(known: Speed, run: { tokens: readonly SpeedPoint[]; prefillTokensPerSecond: number | null }): Speed {
  const expectedMs = run.tokens.reduce((sum, { steps }) => sum + known.fixedMs + known.stepMs * steps, 0);
  const measuredMs = run.tokens.reduce((sum, { ms }) => sum + ms, 0);
  const factor = run.tokens.length >= 4 && expectedMs > 0 ? 1 + weightOfRun * (measuredMs / expectedMs - 1) : 1;
  return {
    fixedMs: known.fixedMs * factor,
    stepMs: known.stepMs * factor,
    prefillTokensPerSecond: run.prefillTokensPerSecond ?? known.prefillTokensPerSecond,
  };
}

/** Depths to measure, after one unmeasured token that touches every weight. */
export const calibrationSteps = [1, 8, 1, 8, 4] as const;
/** No further token is measured once this much time is gone. A large model gets two points, enough for a line. */
const calibrationBudgetMs = 100;

/** Measures tokens of different depths. `decode` runs one token and ends when its logits are there. */
export async function calibrate(decode: (steps: number) => Promise<void>, depths: readonly number[]): Promise<Speed> {
  const points: SpeedPoint[] = [];
  const startedMs = performance.now();
  await decode(depths[0]!);
  for (const steps of depths) {
    if (points.length >= 2 && performance.now() - startedMs > calibrationBudgetMs) break;
    const beganMs = performance.now();
    await decode(steps);
    points.push({ steps, ms: performance.now() - beganMs });
  }
  // The fastest of each depth: other programs can only make a token slower.
  const fastest = [...new Set(depths)].flatMap((steps) => {
    const ms = points.filter((point) => point.steps === steps).map((point) => point.ms);
    return ms.length === 0 ? [] : [{ steps, ms: Math.min(...ms) }];
  });
  return { ...fitSpeed(fastest), prefillTokensPerSecond: null };
}

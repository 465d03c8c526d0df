// Owns the statistics that reports rest on: intervals, rank correlation, cosines. Pure.
import { sampleRankCorrelation } from 'simple-statistics';

/** Two-sided 95 % point of the normal distribution. */
const z95 = 1.959963984540054;

/**
 * 95 % score interval of a share (Wilson 1927): stays inside 0..1 and is usable for few problems and for shares near 0 and 1.
 * Without problems nothing is known: 0 to 1.
 */
export function wilson(right: number, problems: number): { low: number; high: number } {
  if (problems === 0) return { low: 0, high: 1 };
  const share = right / problems;
  const z2 = z95 ** 2 / problems;
  const middle = (share + z2 / 2) / (1 + z2);
  const half = (z95 * Math.sqrt((share * (1 - share)) / problems + z2 / (4 * problems))) / (1 + z2);
  // At the ends the interval touches them exactly; rounding must not put the share outside.
  return { low: right === 0 ? 0 : Math.max(0, middle - half), high: right === problems ? 1 : Math.min(1, middle + half) };
}

/** Spearman's rho, ties with the mean of their ranks. null where it does not exist: fewer than two pairs, or a list that never changes. */
export function spearman(a: readonly number[], b: readonly number[]): number | null {
  if (a.length !== b.length) throw new RangeError('The lists must have the same length.');
  if (a.length < 2) return null;
  const rho = sampleRankCorrelation([...a], [...b]);
  return Number.isFinite(rho) ? rho : null;
}

/**
 * Mean cosine between the states of different positions. Near 1: all positions hold the same, the model has collapsed.
 * @param states [nTokens * nEmbd], row by row
 */
export function tokenCorrelation(states: ArrayLike<number>, nTokens: number): number | null {
  if (nTokens < 2) return null;
  const size = states.length / nTokens;
  // The sum over all pairs is the squared length of the sum of the unit vectors.
  const sum = new Float64Array(size);
  for (let row = 0; row < nTokens; row++) {
    let square = 0;
    for (let i = 0; i < size; i++) square += states[row * size + i]! ** 2;
    const length = Math.sqrt(square) || 1;
    for (let i = 0; i < size; i++) sum[i]! += states[row * size + i]! / length;
  }
  const total = sum.reduce((all, value) => all + value * value, 0);
  return (total - nTokens) / (nTokens * (nTokens - 1));
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

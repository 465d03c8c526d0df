// Owns the comparison of numbers and ids with expected ones, and the words for its outcome. Pure.

export interface CaseResult {
  group: string;
  id: string;
  outcome: 'passed' | 'failed' | 'skipped';
  /** Largest absolute error where numbers were compared. */
  error: number | null;
  limit: number | null;
  /** Counts of a passed case, the reason of a failed or skipped one. */
  note: string;
}

/** Largest absolute difference; infinite when the lengths differ or a value is not a number. */
export function largestError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length || expected.length === 0) return Infinity;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(actual[i]! - expected[i]!);
    // A comparison with NaN is false, so it must not decide.
    if (!(error <= largest)) largest = Number.isNaN(error) ? Infinity : error;
  }
  return largest;
}

/** Index where two lists part, or null when they are equal. */
export function firstDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number | null {
  const common = Math.min(actual.length, expected.length);
  for (let i = 0; i < common; i++) if (actual[i] !== expected[i]) return i;
  return actual.length === expected.length ? null : common;
}

/** A case that compares numbers. */
export function within(group: string, id: string, error: number, limit: number, note = ''): CaseResult {
  return { group, id, outcome: error <= limit ? 'passed' : 'failed', error, limit, note };
}

export function failed(group: string, id: string, note: string, error: number | null = null, limit: number | null = null): CaseResult {
  return { group, id, outcome: 'failed', error, limit, note };
}

export function skipped(group: string, id: string, note: string): CaseResult {
  return { group, id, outcome: 'skipped', error: null, limit: null, note };
}

/** One line per case. */
export function caseLine({ group, id, outcome, error, limit, note }: CaseResult): string {
  const number = error === null ? '' : `largest error ${error.toExponential(1)}${limit === null ? '' : `, limit ${limit.toExponential(0)}`}`;
  return `${outcome.padEnd(7)}  ${`${group} ${id}`.padEnd(44)}  ${[number, note].filter((part) => part !== '').join('; ')}`.trimEnd();
}

/** The last line. */
export function countLine(results: readonly CaseResult[]): string {
  const count = (outcome: CaseResult['outcome']): number => results.filter((result) => result.outcome === outcome).length;
  return `${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`;
}

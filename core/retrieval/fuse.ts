// Owns how rankings of several methods become one: reciprocal-rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009).
import type { Ranking } from './retrieval.js';

/** The paper's constant. */
const k = 60;

export interface Weighted {
  ranking: Ranking;
  weight: number;
}

/** Best first. Equal sums keep the order of the first ranking that has them. */
export function fuse(rankings: readonly Weighted[]): Ranking {
  const sums = new Map<number, number>();
  for (const { ranking, weight } of rankings) {
    ranking.forEach(({ passageId }, index) => sums.set(passageId, (sums.get(passageId) ?? 0) + weight / (k + index + 1)));
  }
  return [...sums].map(([passageId, score]) => ({ passageId, score })).toSorted((a, b) => b.score - a.score);
}

export function rankOf(ranking: Ranking | null, passageId: number): number | null {
  const index = ranking?.findIndex((entry) => entry.passageId === passageId) ?? -1;
  return index < 0 ? null : index + 1;
}

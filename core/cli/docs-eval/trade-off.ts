// Owns the trade-off of "not in your documents": how many unanswerable questions are recognised for how many answerable ones turned away.
import { wilson } from '../statistics.js';
import type { Outcome } from './measure.js';

export interface Judgement {
  unanswerable: boolean;
  score: number;
}

export interface TradeOffPoint {
  /** Share of the answerable questions of the tuning half that may be turned away. */
  allowed: number;
  /** Set on the tuning half, and used for everything here. */
  threshold: number;
  tune: Shares;
  report: Shares;
  /** Of the reporting half. */
  languages: Record<string, Shares>;
}

export interface Shares {
  /** Of the unanswerable questions. */
  recognised: number;
  /** Of the answerable ones. */
  turnedAway: number;
  /** Of 95 %, by Wilson. */
  recognisedInterval: [number, number];
  turnedAwayInterval: [number, number];
}

export const allowedShares = [0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5] as const;

/** Just below the lowest score that must still count as found, when this share of the answerable ones may be lost. */
export function thresholdOf(answerable: readonly number[], allowed: number): number {
  const sorted = answerable.toSorted((a, b) => a - b);
  const last = Math.floor(sorted.length * allowed);
  return Math.round((((sorted[last] ?? 0) + (sorted[last - 1] ?? 0)) / 2) * 1000) / 1000;
}

/** Under the ROC curve: how often an answerable question scores higher than an unanswerable one. */
export function areaOf(judged: readonly Judgement[]): number {
  const unanswerable = judged.filter((one) => one.unanswerable);
  const wins = judged.filter((one) => !one.unanswerable).flatMap((yes) => unanswerable.map((no) => (yes.score === no.score ? 0.5 : Number(yes.score > no.score))));
  return wins.reduce((sum, win) => sum + win, 0) / Math.max(1, wins.length);
}

export function sharesAt(judged: readonly Judgement[], threshold: number): Shares {
  const below = (unanswerable: boolean): { share: number; interval: [number, number] } => {
    const of = judged.filter((one) => one.unanswerable === unanswerable);
    const part = of.filter(({ score }) => score < threshold).length;
    const { low, high } = wilson(part, of.length);
    return { share: part / Math.max(1, of.length), interval: [low, high] };
  };
  const [none, some] = [below(true), below(false)];
  return { recognised: none.share, turnedAway: some.share, recognisedInterval: none.interval, turnedAwayInterval: some.interval };
}

export function tradeOffOf(outcomes: readonly Outcome[]): TradeOffPoint[] {
  const judged = outcomes.map(({ question: { unanswerable, half, language }, foundScore }) => ({ unanswerable, half, language, score: foundScore }));
  const [tune, report] = [judged.filter(({ half }) => half === 'tune'), judged.filter(({ half }) => half === 'report')];
  const answerable = tune.filter(({ unanswerable }) => !unanswerable).map(({ score }) => score);
  const languages = [...new Set(report.flatMap(({ language }) => language ?? []))].toSorted();
  return allowedShares.map((allowed) => {
    const threshold = thresholdOf(answerable, allowed);
    const byLanguage = languages.map((name) => [name, sharesAt(report.filter(({ language }) => language === name), threshold)]);
    return { allowed, threshold, tune: sharesAt(tune, threshold), report: sharesAt(report, threshold), languages: Object.fromEntries(byLanguage) as Record<string, Shares> };
  });
}

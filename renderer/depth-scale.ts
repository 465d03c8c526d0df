// Owns the compute slider's arithmetic: a logarithmic scale over a model's own range, its notches, and what a depth costs.
import { stepsLimit, tokenMs, type RecurrenceInfo, type Speed } from '../core/contract/recurrence.js';

export interface DepthScale {
  min: number;
  max: number;
  /** Ascending, inside min..max. */
  notches: readonly number[];
}

/** The slider ends at the model's largest notch: steps beyond it exist, but nobody measured them to help. */
export function depthScale(info: RecurrenceInfo): DepthScale {
  const min = Math.max(stepsLimit.min, info.stepsMin);
  const max = Math.max(min, Math.min(info.stepsMax, info.notches.at(-1) ?? info.stepsMax));
  const notches = info.notches.filter((notch) => notch >= min && notch <= max);
  return { min, max, notches: notches.length > 0 ? notches : [min, max] };
}

/** 0..1 along the track. */
export function positionOf(scale: DepthScale, steps: number): number {
  if (scale.max === scale.min) return 0;
  return Math.min(1, Math.max(0, Math.log(steps / scale.min) / Math.log(scale.max / scale.min)));
}

/** The nearest whole number of steps at a position of the track. */
export function stepsAt(scale: DepthScale, position: number): number {
  const p = Math.min(1, Math.max(0, position));
  return clampSteps(scale, Math.round(scale.min * (scale.max / scale.min) ** p));
}

/** As `stepsAt`, but a notch closer than `reach` (in track lengths) catches the thumb. */
export function snappedStepsAt(scale: DepthScale, position: number, reach = 0.025): number {
  const near = scale.notches.find((notch) => Math.abs(positionOf(scale, notch) - position) <= reach);
  return near ?? stepsAt(scale, position);
}

export function clampSteps(scale: DepthScale, steps: number): number {
  return Math.min(scale.max, Math.max(scale.min, Math.round(steps)));
}

/** The next notch above (+1) or below (-1). */
export function nextNotch(scale: DepthScale, steps: number, direction: 1 | -1): number {
  const beyond = direction === 1 ? scale.notches.find((notch) => notch > steps) : scale.notches.findLast((notch) => notch < steps);
  return beyond ?? (direction === 1 ? scale.max : scale.min);
}

/** Tokens of an answer when there is nothing to learn from yet. */
const answerTokensGuess = 64;

/** Length of the next answer: the mean of recent ones. */
export function expectedAnswerTokens(recent: readonly number[]): number {
  const some = recent.filter((tokens) => tokens > 0).slice(-8);
  return some.length === 0 ? answerTokensGuess : Math.max(1, Math.round(some.reduce((sum, tokens) => sum + tokens, 0) / some.length));
}

/** What an answer of so many tokens costs at a depth. Without a measured speed there is nothing honest to say: null. */
export function costOf(speed: Speed | null, steps: number, answerTokens: number): { answerMs: number; tokensPerSecond: number } | null {
  if (!speed) return null;
  const ms = tokenMs(speed, steps);
  return ms > 0 ? { answerMs: ms * answerTokens, tokensPerSecond: 1000 / ms } : null;
}

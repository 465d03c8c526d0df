// Owns what an effort means: when a token stops, and after how many steps at the latest. Pure; calibration is data.
import { exitCriterionSchema, exitThresholds, type CalibrationPoint, type ComputeChoice, type Effort, type EffortCalibration, type ExitCriterion } from './compute.js';
import { stepsLimit, type RecurrenceInfo, type RecurrenceSettings } from './recurrence.js';

/** Where the named efforts stand on the scale. */
export const effortAt: Readonly<Record<Effort, number>> = { quick: 0, balanced: 0.5, deep: 1 };

/** For a model that was not calibrated: the reference's threshold in the middle, about three times as much and as little at the ends. */
export const generalCalibration: EffortCalibration = { quick: 0.1, balanced: exitThresholds['latent-diff'], deep: 0.01 };

/** The latest step, as a multiple of the depth a model was trained around: hard tokens may go deeper than that. */
const latestStep: Readonly<Record<Effort, number>> = { quick: 1, balanced: 2, deep: 4 };

/** Between the named efforts on a logarithmic scale: halving the way halves the ratio. */
function between({ quick, balanced, deep }: Readonly<Record<Effort, number>>, effort: number): number {
  const [from, to, part] = effort <= effortAt.balanced ? [quick, balanced, effort / effortAt.balanced] : [balanced, deep, (effort - effortAt.balanced) / (effortAt.deep - effortAt.balanced)];
  return from * (to / from) ** part;
}

/** The name an effort is nearest to. */
export function nearestEffort(effort: number): Effort {
  return effort < 0.25 ? 'quick' : effort <= 0.75 ? 'balanced' : 'deep';
}

/** Least share of tokens that must stay what they are at full depth, by effort. */
export const agreementOf: Readonly<Record<Effort, number>> = { quick: 0.95, balanced: 0.99, deep: 1 };

/** The shallowest threshold of each effort that keeps its share; where none does, the deepest one tried. Null without points. */
export function calibrationOf(points: readonly CalibrationPoint[]): EffortCalibration | null {
  const shallowFirst = [...points].sort((a, b) => b.threshold - a.threshold);
  const deepest = shallowFirst.at(-1);
  if (!deepest) return null;
  // From the deep end: a shallow threshold counts only if everything deeper than it keeps the share as well.
  const choose = (share: number): number => {
    const failed = shallowFirst.findLastIndex(({ agreement }) => agreement < share);
    return (shallowFirst[failed + 1] ?? deepest).threshold;
  };
  return { quick: choose(agreementOf.quick), balanced: choose(agreementOf.balanced), deep: choose(agreementOf.deep) };
}

export interface EffortPlan {
  exit: ExitCriterion;
  /** The most a token may run. */
  steps: number;
}

/** More effort never stops a token earlier: the threshold falls and the latest step grows. Steps stay in the model's range, which ends at its largest notch. */
export function planOfEffort(effort: number, info: RecurrenceInfo, calibration: EffortCalibration | null = null): EffortPlan {
  const least = Math.max(stepsLimit.min, info.stepsMin);
  const most = Math.max(least, Math.min(info.stepsMax, info.notches.at(-1) ?? info.stepsMax));
  const steps = Math.min(most, Math.max(least, Math.round(info.stepsDefault * between(latestStep, effort))));
  const threshold = Number(between(calibration ?? generalCalibration, effort).toPrecision(3));
  return { exit: exitCriterionSchema.parse({ kind: 'latent-diff', threshold }), steps };
}

export type RunChoice = Pick<RecurrenceSettings, 'steps' | 'exit' | 'warmStart' | 'sampler'>;

/** A run's settings from a choice. `steps` is the slider's; `info` null is an ordinary model, which has no steps to save. */
export function runSettingsOf(choice: ComputeChoice, steps: number, info: RecurrenceInfo | null): RunChoice {
  if (info === null) return { steps, exit: null, warmStart: false, sampler: { kind: 'plain' } };
  const { mode, effort, calibration, exit, warmStart, sampler } = choice;
  if (mode === 'fixed') return { steps, exit: null, warmStart, sampler };
  const plan = planOfEffort(effort, info, calibration);
  return { steps: plan.steps, exit: exit ?? plan.exit, warmStart, sampler };
}

// Proves what an effort means for a model: when its tokens stop, and how late at most.
import { describe, expect, it } from 'vitest';
import { defaultCompute, efforts, exitCriterionSchema } from '../../../core/contract/compute.js';
import { effortAt, nearestEffort, planOfEffort, runSettingsOf } from '../../../core/contract/effort.js';

const huginn = { preludeBlocks: 2, coreBlocks: 4, codaBlocks: 2, stepsDefault: 32, stepsMin: 1, stepsMax: 128, notches: [4, 8, 16, 32, 64] };
const small = { ...huginn, stepsDefault: 16, notches: [1, 2, 4, 8, 16, 32, 64] };
const looped = { ...huginn, stepsDefault: 4, stepsMax: 4, notches: [1, 2, 3, 4] };
const scale = Array.from({ length: 21 }, (_, at) => at / 20);

describe('effort', () => {
  it('grows: more of it never stops a token earlier and never makes the latest step earlier', () => {
    const plans = scale.map((effort) => planOfEffort(effort, small));
    const thresholds = plans.map(({ exit }) => exit.threshold);
    const steps = plans.map((plan) => plan.steps);
    expect(thresholds).toEqual([...thresholds].sort((a, b) => b - a));
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
    expect([thresholds[0], thresholds[10], thresholds[20]]).toEqual([0.1, 0.03, 0.01]);
    expect([steps[0], steps[10], steps[20]]).toEqual([16, 32, 64]);
  });

  it('keeps to the steps a model is good for', () => {
    expect(efforts.map((name) => planOfEffort(effortAt[name], huginn).steps)).toEqual([32, 64, 64]);
    expect(efforts.map((name) => planOfEffort(effortAt[name], looped).steps)).toEqual([4, 4, 4]);
  });

  it('goes through the thresholds that a calibration found for the model', () => {
    const calibration = { quick: 0.4, balanced: 0.1, deep: 0.025 };
    expect(scale.filter((_, at) => at % 5 === 0).map((effort) => planOfEffort(effort, small, calibration).exit.threshold)).toEqual([0.4, 0.2, 0.1, 0.05, 0.025]);
  });

  it('has a name near every place', () => {
    expect([0, 0.2, 0.3, 0.5, 0.75, 0.8, 1].map(nearestEffort)).toEqual(['quick', 'quick', 'balanced', 'balanced', 'balanced', 'deep', 'deep']);
  });
});

describe('the settings of a run', () => {
  it('are as they always were when nobody chose anything: the slider, every step', () => {
    expect(runSettingsOf(defaultCompute, 9, small)).toEqual({ steps: 9, exit: null, warmStart: false, sampler: { kind: 'plain' } });
  });

  it('leave the slider to the fixed mode: by effort a token has its own latest step', () => {
    expect(runSettingsOf({ ...defaultCompute, mode: 'auto' }, 9, small)).toMatchObject({ steps: 32, exit: { kind: 'latent-diff', threshold: 0.03 } });
  });

  it('take a criterion of one’s own in place of the effort’s, and only where tokens may stop early', () => {
    const exit = exitCriterionSchema.parse({ kind: 'kl', threshold: 0.5 });
    expect(runSettingsOf({ ...defaultCompute, mode: 'auto', exit }, 9, small).exit).toEqual(exit);
    expect(runSettingsOf({ ...defaultCompute, mode: 'fixed', exit }, 9, small).exit).toBeNull();
  });

  it('ask nothing of an ordinary model that only a recurrent one can do', () => {
    const choice = { ...defaultCompute, mode: 'auto' as const, warmStart: true, sampler: { kind: 'wavefront' as const, innerSteps: 4, headway: 1, limit: 32, freezeThreshold: 0.03, stateNoise: 0, embeddingAverage: 0 } };
    expect(runSettingsOf(choice, 1, null)).toEqual({ steps: 1, exit: null, warmStart: false, sampler: { kind: 'plain' } });
  });
});

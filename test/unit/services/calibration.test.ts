// Proves that efforts are calibrated on the open model and remembered with its choices, and what follows from measured points.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { calibrationOf } from '../../../core/contract/effort.js';
import { agreeing } from '../../../core/engine/calibrate.js';
import { startTestApp, type TestApp } from '../../fakes/test-app.js';

describe('thresholds from measured points', () => {
  const points = [0.3, 0.1, 0.03, 0.01].map((threshold, i) => ({ threshold, agreement: [0.9, 0.96, 0.99, 1][i]!, meanSteps: 4 * (i + 1) }));
  it('are the shallowest that keep each share of tokens', () => expect(calibrationOf(points)).toEqual({ quick: 0.1, balanced: 0.03, deep: 0.01 }));
  it('do not trust a lucky shallow point above a failed deeper one', () => {
    const lucky = points.map((point) => (point.threshold === 0.3 ? { ...point, agreement: 1 } : point));
    expect(calibrationOf(lucky)).toEqual({ quick: 0.3, balanced: 0.03, deep: 0.01 });
  });
  it('fall back to the deepest one tried', () => expect(calibrationOf(points.map((point) => ({ ...point, agreement: 0.5 })))).toEqual({ quick: 0.01, balanced: 0.01, deep: 0.01 }));
  it('are none without points', () => expect(calibrationOf([])).toBeNull());
});

describe('the agreement with full depth', () => {
  it('counts tokens one by one, also behind one that differs', () => expect(agreeing([5, 6, 7, 8], [5, 9, 7, 8])).toBe(3));
  it('counts what is missing as different', () => expect(agreeing([5, 6], [5])).toBe(1));
});

describe('models.calibrate', () => {
  let test: TestApp;
  beforeEach(async () => {
    test = startTestApp();
    await test.until('ready');
  });
  afterEach(() => test.dispose());

  it('remembers the thresholds beside the choices that were there', async () => {
    await test.client.call('settings.set', { computeByModel: { 'built-in-tiny': { mode: 'auto', effort: 0.25, calibration: null, exit: null, warmStart: false, sampler: { kind: 'plain' }, kvBudget: 0, kvType: 'f16' } } });
    const { calibration } = await test.client.call('models.calibrate', { modelId: 'built-in-tiny' });
    const { settings } = await test.client.call('app.hello', {});
    expect(settings.computeByModel['built-in-tiny']).toMatchObject({ mode: 'auto', effort: 0.25, calibration });
    expect(calibration.quick).toBeGreaterThanOrEqual(calibration.balanced);
    expect(calibration.balanced).toBeGreaterThanOrEqual(calibration.deep);
  });
  it('refuses a model that is not open', async () => {
    await expect(test.client.call('models.calibrate', { modelId: 'other' })).rejects.toMatchObject({ code: 'no_model' });
  });
});

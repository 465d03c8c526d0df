// Proves on the real engine that calibration says what stopping early would change, and refuses what it cannot measure.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { calibrationOf } from '../../core/contract/effort.js';
import type { EngineLink } from '../../core/services/engine-link.js';
import { root, startEngine, user } from './engine-harness.js';

let engine: EngineLink;
beforeAll(async () => {
  engine = await startEngine();
});
afterAll(() => engine.kill());

const prompts = [user('A ball is under cup 2. Swap 2 and 5. Swap 1 and 5. Swap 3 and 4. Swap 1 and 4. Swap 4 and 2. Swap 3 and 5. Swap 2 and 1. Where is the ball?'), user('What can you do?')];
// The seventh token of the first answer is the cup, which takes as many steps as there are swaps.
const ask = { prompts, steps: 32, tokens: 8, budgetMs: 60_000 };

describe('calibration', () => {
  it('needs a model', () => expect(engine.client.call('calibrate', ask)).rejects.toMatchObject({ code: 'no_model' }));

  it('finds that deeper thresholds take more steps, up to keeping all tokens', async () => {
    await engine.client.call('load', { path: join(root, 'resources', 'plumb-mini.gguf'), calibrate: false });
    const { points, tokens, prompts: done } = await engine.client.call('calibrate', ask);
    expect(done).toBe(2);
    expect(tokens).toBeGreaterThan(2);
    expect(tokens).toBeLessThanOrEqual(16);
    const steps = points.map(({ meanSteps }) => meanSteps);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
    expect(steps[0]).toBeLessThan(steps.at(-1)!);
    expect(points.at(-1)!.agreement).toBe(1);
    // The prompt stops early too, and the cup is found while it is read: some threshold must show.
    expect(Math.min(...points.map(({ agreement }) => agreement))).toBeLessThan(1);
    for (const { agreement } of points) expect(agreement * tokens).toBeCloseTo(Math.round(agreement * tokens), 9);
    expect(Math.min(...points.map(({ agreement }) => agreement))).toBeGreaterThan(0.5);
    const calibration = calibrationOf(points)!;
    expect(calibration.quick).toBeGreaterThanOrEqual(calibration.deep);
  });

  it('ends after the prompt in which its time ran out', async () => {
    const { prompts: done } = await engine.client.call('calibrate', { ...ask, budgetMs: 0.001 });
    expect(done).toBe(1);
  });
});

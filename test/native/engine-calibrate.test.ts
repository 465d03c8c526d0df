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

const prompts = [user('A ball is under cup 2. Swap 2 and 5. Swap 1 and 5. Swap 3 and 4. Where is the ball?'), user('What can you do?')];
const ask = { prompts, steps: 32, tokens: 6, budgetMs: 60_000 };

describe('calibration', () => {
  it('needs a model', () => expect(engine.client.call('calibrate', ask)).rejects.toMatchObject({ code: 'no_model' }));

  it('finds that deeper thresholds take more steps and keep more tokens, up to all of them', async () => {
    await engine.client.call('load', { path: join(root, 'resources', 'plumb-mini.gguf'), calibrate: false });
    const { points, tokens, prompts: done } = await engine.client.call('calibrate', ask);
    expect(done).toBe(2);
    expect(tokens).toBeGreaterThan(2);
    expect(tokens).toBeLessThanOrEqual(12);
    const steps = points.map(({ meanSteps }) => meanSteps);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
    expect(steps[0]).toBeLessThan(steps.at(-1)!);
    expect(points.at(-1)!.agreement).toBe(1);
    // Nothing has settled after a step or two: a threshold that shallow changes tokens.
    expect(points[0]!.agreement).toBeLessThan(1);
    const calibration = calibrationOf(points)!;
    expect(calibration.quick).toBeGreaterThanOrEqual(calibration.deep);
  });

  it('ends after the prompt in which its time ran out', async () => {
    const { prompts: done } = await engine.client.call('calibrate', { ...ask, budgetMs: 0.001 });
    expect(done).toBe(1);
  });
});

// Proves that the shipped model does what the first launch promises: a guess at two steps, the answer at sixteen and at thirty-two.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EngineLink } from '../../core/services/engine-link.js';
import { makeCupsQuestion, namesCup } from '../harness/cups.js';
import { createRandom } from '../harness/kill.js';
import { ask, root, startEngine, user } from './engine-harness.js';

const modelPath = join(root, 'resources', 'plumb-mini.gguf');
const questions = 40;

let engine: EngineLink;
beforeAll(async () => {
  engine = await startEngine();
  await engine.client.call('load', { path: modelPath, calibrate: false });
});
afterAll(() => engine.kill());

async function answerTo(text: string, steps: number): Promise<string> {
  const { answer } = await ask(engine.client, user(text), { steps, sampling: { temperature: 0, maxTokens: 60 } });
  return (await answer).text;
}

async function accuracy(steps: number): Promise<number> {
  const random = createRandom(4711);
  let right = 0;
  for (let at = 0; at < questions; at += 1) {
    const { text, cup } = makeCupsQuestion(random, 8 + (at % 5));
    if (namesCup(await answerTo(text, steps), cup)) right += 1;
  }
  return right / questions;
}

describe('the built-in model', () => {
  it('weighs no more than 12 MB', () => {
    expect(statSync(modelPath).size).toBeLessThanOrEqual(12_000_000);
  });

  it('guesses at 2 steps where the ball is after 8 to 12 swaps, and knows at 16 and at 32', async () => {
    const [shallow, deep, deeper] = [await accuracy(2), await accuracy(16), await accuracy(32)];
    console.log(`8 to 12 swaps, ${questions} questions: ${shallow} at 2 steps, ${deep} at 16, ${deeper} at 32`);
    expect(shallow).toBeLessThan(0.5);
    expect(deep).toBeGreaterThanOrEqual(0.9);
    expect(deeper).toBeGreaterThanOrEqual(0.9);
  });

  it.each(['Who are you?', 'What is the capital of Peru?', 'Write a poem about the sea in French.', 'asdf qwer zxcv', '12 * 17 = ?'])('answers “%s” with an honest sentence', async (text) => {
    expect(await answerTo(text, 16)).toMatch(/small|demonstration|cups/i);
  });
});

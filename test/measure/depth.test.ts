// Measures the built-in model through the real engine: right answers by swaps and steps, greedy. Prints a table only.
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeCupsQuestion, namesCup } from '../harness/cups.js';
import { createRandom } from '../harness/kill.js';
import { answerTo, root, startEngine, user } from '../native/engine-harness.js';

const questions = 20;
const depths = [1, 2, 4, 8, 16, 32, 64];

it('counts right answers', async () => {
  const engine = await startEngine();
  await engine.client.call('load', { path: join(root, 'resources', 'plumb-mini.gguf'), calibrate: false });
  const rows: string[] = [];
  for (const swaps of [8, 12, 16, 20, 24]) {
    const random = createRandom(5);
    const asked = Array.from({ length: questions }, () => makeCupsQuestion(random, swaps));
    const right: number[] = [];
    for (const steps of depths) {
      let count = 0;
      for (const { text, cup } of asked) if (namesCup((await answerTo(engine.client, user(text), { steps, stateSeed: 1, sampling: { temperature: 0, seed: 1, maxTokens: 80 } })).text, cup)) count += 1;
      right.push(count);
    }
    rows.push(`| ${[swaps, ...right].join(' | ')} |`);
  }
  console.log([`| swaps | ${depths.join(' | ')} |`, ...rows].join('\n'));
  engine.kill();
  expect(rows).toHaveLength(5);
});

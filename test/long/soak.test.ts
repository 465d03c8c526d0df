// Proves that hours of use leave no trace in memory: messages, loads and locks, with the resident memory of app and engine flat after the warm-up.
import { expect, it } from 'vitest';
import { soak } from '../harness/soak.js';

/** PLUMB_SOAK=400 shortens it; the processes are still warming up then, and the figures say less. */
const messages = Number(process.env['PLUMB_SOAK'] ?? 10_000);

it(`${messages} messages, a load for every twenty of them and a lock for every two hundred: memory stays within 5 %`, async () => {
  const summary = await soak(messages);
  console.log(JSON.stringify(summary));
  expect(summary.failed).toEqual([]);
  expect(summary.host.ratio).toBeLessThan(1.05);
  expect(summary.engine.ratio).toBeLessThan(1.05);
}, 6 * 3_600_000);

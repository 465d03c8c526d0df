// Ten thousand hostile frames for every operation of the contract; test/fuzz sends sixty.
import { expect, it, vi } from 'vitest';
import { fuzzOperation, startFuzzApp } from '../harness/fuzz-app.js';
import { operationNames } from '../harness/hostile-frames.js';

// What a passphrase costs would be all that is measured: three thousand tries of the real one take half an hour.
vi.mock('../../core/services/vault/argon-thread.js', () => import('../fakes/quick-argon.js'));

const framesEach = Number(process.env.PLUMB_FRAMES ?? 10_000);
/** A fresh app so often: conversations pile up, and reading them all again for every frame would test patience alone. */
const framesPerApp = 1000;

it.each(operationNames)('%s answers ten thousand hostile frames each with a result or a code', async (op) => {
  const answers: Record<string, number> = {};
  for (let sent = 0; sent < framesEach; sent += framesPerApp) {
    const test = await startFuzzApp();
    try {
      const outcome = await fuzzOperation(test, op, Math.min(framesPerApp, framesEach - sent), 1_000_000 + sent);
      expect(outcome.faults).toEqual([]);
      for (const [kind, count] of Object.entries(outcome.answers)) answers[kind] = (answers[kind] ?? 0) + count;
      expect((await test.client.call('app.hello', {})).version).toBe('0.0.0');
    } finally {
      test.dispose();
    }
  }
  console.log(op, JSON.stringify(answers));
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

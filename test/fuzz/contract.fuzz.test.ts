// Hostile frames for every operation of the contract: the answer is a result of the agreed form or a coded error, never `internal`.
import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { TestApp } from '../fakes/test-app.js';
import { faultOf, fuzzOperation, openRawWindow, startFuzzApp } from '../harness/fuzz-app.js';
import { brokenFrames, operationNames, paramsFor, unknownOperations } from '../harness/hostile-frames.js';

/** test/long sends 10,000. */
const framesEach = 60;

let test: TestApp;
afterEach(() => {
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  test.dispose();
});

describe('hostile frames', () => {
  it.each(operationNames)('%s answers each with a result or a code', async (op) => {
    test = await startFuzzApp();
    const { faults, answers } = await fuzzOperation(test, op, framesEach, 1);
    expect(faults).toEqual([]);
    // Hostile frames that are all refused, or all taken, would not be hostile.
    expect(answers.bad_request).toBeGreaterThan(framesEach / 20);
    expect((await test.client.call('app.hello', {})).version).toBe('0.0.0');
  });

  it('of unknown operations are refused by name, briefly', async () => {
    test = await startFuzzApp();
    const window = openRawWindow((pipe) => test.app.connect(pipe));
    for (const op of unknownOperations) {
      const answer = await window.call(op, {});
      expect(answer).toMatchObject({ kind: 'error', error: { code: 'bad_request' } });
      expect(JSON.stringify(answer).length).toBeLessThan(500);
    }
  });

  it('that are no calls, in any order and from windows that leave, disturb nobody', async () => {
    test = await startFuzzApp();
    for (let round = 0; round < 10; round++) {
      const window = openRawWindow((pipe) => test.app.connect(pipe));
      for (const frame of fc.sample(brokenFrames, { numRuns: 40, seed: round })) window.send(frame);
      const answers = operationNames.map((op) => window.call(op, fc.sample(paramsFor(op), { numRuns: 1, seed: round })[0]).then((answer) => faultOf(op, answer)));
      // Half of the windows close while they are owed answers.
      if (round % 2 === 0) window.close();
      else expect((await Promise.all(answers)).filter((fault) => fault !== null)).toEqual([]);
      expect((await test.client.call('app.hello', {})).version).toBe('0.0.0');
    }
  });
});

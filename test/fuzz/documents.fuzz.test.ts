// Damages documents of every format: the reader process reads each or says why not, never hangs, and the test that started it never notices more.
import { expect, it } from 'vitest';
import { fuzzReader } from '../harness/fuzz-reader.js';

it('a hundred damaged files: each is read or refused with a code', async () => {
  const report = await fuzzReader(100);
  expect(report).toMatchObject({ hung: [], uncoded: [], ended: [] });
  expect(report.read + Object.values(report.refused).reduce((sum, count) => sum + count, 0)).toBe(100);
});

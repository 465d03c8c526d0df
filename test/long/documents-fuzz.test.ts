// A thousand damaged files of every format through the real reader process.
import { expect, it } from 'vitest';
import { fuzzReader } from '../harness/fuzz-reader.js';

it('a thousand damaged files: each is read or refused with a code', async () => {
  const report = await fuzzReader(1000, 1001);
  process.stdout.write(`${JSON.stringify(report)}\n`);
  expect(report).toMatchObject({ hung: [], uncoded: [] });
  // A reader may end itself for memory; the file is then too big, and the next reader goes on.
  expect(report.ended.filter((how) => !how.endsWith('code 86'))).toEqual([]);
});

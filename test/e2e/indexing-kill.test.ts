// Proves that kill -9 while documents are read leaves an index that is whole and ends complete; test/long has the thirty kills. No browser.
import { expect, it } from 'vitest';
import { killWhileIndexing } from '../harness/index-kill.js';

it('three kills while a changing folder is read leave the index consistent, and it ends as the files are', async () => {
  const { broken } = await killWhileIndexing(3, 7);
  expect(broken).toEqual([]);
}, 240_000);

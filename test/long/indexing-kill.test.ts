// Proves that kill -9 at any moment of indexing leaves an index that is whole, goes on, and ends complete: the long version.
import { describe, expect, it } from 'vitest';
import { killWhileIndexing } from '../harness/index-kill.js';

describe('thirty kills while a changing folder is read, on one database', () => {
  it('leave the index consistent, without duplicates or orphans, and it ends as the files are', async () => {
    const summary = await killWhileIndexing(30, 20_261_124);
    console.log(`30 kills while indexing: ${summary.amidReading} amid a file, ${summary.leftBehind} unfinished rows left behind and cleared`);
    expect(summary.broken).toEqual([]);
    expect(summary.amidReading).toBeGreaterThan(10);
  });
});

// Proves that kill -9 at any moment of streaming loses nothing that was shown before the last flush: the long version.
import { describe, expect, it } from 'vitest';
import { killMany } from '../harness/kill.js';

describe('fifty kills of the whole app on one database', () => {
  it('leave it whole, with every token that was owed', async () => {
    const summary = await killMany(50, 20_261_123);
    console.log(`50 kills: ${summary.seen} tokens seen, ${summary.stored} stored, largest loss ${summary.largestLoss} tokens`);
    expect(summary.broken).toEqual([]);
    expect(summary.stored).toBeGreaterThan(1000);
  });
});

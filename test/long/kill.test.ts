// Proves that kill -9 of the app, the engine or both at any moment of streaming loses nothing that was shown before the last flush: the long version.
import { describe, expect, it } from 'vitest';
import { killMany } from '../harness/kill.js';

describe('two hundred kills of app, engine and both on one database', () => {
  it('leave it whole, with every token that was owed', async () => {
    const summary = await killMany(Number(process.env['PLUMB_KILLS'] ?? 200), Number(process.env['PLUMB_KILL_SEED'] ?? 20_261_124), 1500);
    console.log(JSON.stringify(summary));
    expect(summary.broken).toEqual([]);
    expect(summary.stored).toBeGreaterThan(summary.kills * 20);
  });
});

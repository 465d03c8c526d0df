// Proves that a disk which fills up at any moment costs nothing that was acknowledged: the long version.
import { describe, expect, it } from 'vitest';
import { canMount, fillMany } from '../harness/small-disk.js';

if (!canMount) console.warn('SKIPPED: the disk-full episodes need root and the right to mount a tmpfs.');

describe.runIf(canMount)('twenty times a disk fills up', () => {
  it('and everything that was acknowledged is there', async () => {
    const summary = await fillMany(20, 7);
    console.log(JSON.stringify(summary));
    expect(summary).toMatchObject({ lost: [], integrity: 'ok' });
    expect(summary.refused + summary.unsaved).toBeGreaterThan(3);
    expect(summary.acknowledged).toBeGreaterThan(3);
  });
});

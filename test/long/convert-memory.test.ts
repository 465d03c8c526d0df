// Proves that a conversion's memory does not grow with the checkpoint: 44 MB against 3.6 GB.
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeCheckpoint } from '../fixtures/make-checkpoint.js';
import { scratchDir } from '../unit/convert/scratch.js';

const child = path.resolve(import.meta.dirname, '../fixtures/convert-child.mjs');

interface Run {
  sizeBytes: number;
  durationMs: number;
  peakBytes: number;
}

async function convertZeros(nEmbd: number, blocks: number, type: string): Promise<Run> {
  const dir = scratchDir();
  await makeCheckpoint(path.join(dir, 'hf'), { sparse: true, nEmbd, nHead: 32, nFeedForward: 3 * nEmbd, prelude: 1, core: blocks, coda: 1, format: 'F32', shards: 4, head: 'same' });
  const run = JSON.parse(execFileSync(process.execPath, [child, path.join(dir, 'hf'), path.join(dir, 'out.gguf'), type], { stdio: ['ignore', 'pipe', 'ignore'] }).toString()) as Run;
  rmSync(dir, { recursive: true, force: true });
  return run;
}

describe('memory', () => {
  it.each(['f32', 'bf16', 'f16'])('stays the same for a checkpoint of 3.6 GB as for one of 44 MB, to %s', async (type) => {
    const small = await convertZeros(512, 1, type);
    const large = await convertZeros(4096, 2, type);
    console.log(`${type}: ${Math.round(small.sizeBytes / 1e6)} MB -> peak ${Math.round(small.peakBytes / 1e6)} MB; ${Math.round(large.sizeBytes / 1e6)} MB in ${Math.round(large.durationMs / 1000)} s -> peak ${Math.round(large.peakBytes / 1e6)} MB`);
    expect(large.sizeBytes).toBeGreaterThan(25 * small.sizeBytes);
    expect(large.peakBytes).toBeLessThan(small.peakBytes + 40e6);
    expect(large.peakBytes).toBeLessThan(200e6);
  });
});

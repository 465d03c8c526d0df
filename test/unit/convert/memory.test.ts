// Memory stays far below the checkpoint's size; test/long/convert-memory.test.ts does the same with gigabytes.
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect, it } from 'vitest';
import { makeCheckpoint } from '../../fixtures/make-checkpoint.js';
import { scratchDir } from './scratch.js';

it('converts a checkpoint of 270 MB with a peak of less than 180 MB, Node included', { timeout: 60_000 }, async () => {
  const dir = scratchDir();
  await makeCheckpoint(path.join(dir, 'hf'), { sparse: true, nEmbd: 1280, nHead: 8, nFeedForward: 3840, prelude: 1, core: 1, coda: 1, format: 'F32', shards: 2 });
  const child = path.resolve(import.meta.dirname, '../../fixtures/convert-child.mjs');
  const run = JSON.parse(execFileSync(process.execPath, [child, path.join(dir, 'hf'), path.join(dir, 'out.gguf'), 'f16'], { stdio: ['ignore', 'pipe', 'ignore'] }).toString()) as { sizeBytes: number; peakBytes: number };
  expect(run.sizeBytes).toBeGreaterThan(130e6);
  expect(run.peakBytes).toBeLessThan(180e6);
});

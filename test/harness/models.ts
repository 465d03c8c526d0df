// Owns the model files of end-to-end tests: the small reference checkpoint, converted once per test file.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expandShards } from '../../core/convert/compressed-shards.js';
import { convertCheckpoint } from '../../core/convert/convert.js';
import { root } from './app.js';

export interface ModelFolder {
  /** For PLUMB_RESOURCES: holds huginn-tiny.gguf alone, so that it is the built-in model. */
  resources: string;
  /** A file that says GGUF and then nothing sensible. */
  corrupt: string;
  remove(): void;
}

/** huginn-tiny as the built-in model: its answers are long noise, which is what tests of streaming need. */
export async function makeModelFolder(): Promise<ModelFolder> {
  const folder = mkdtempSync(join(tmpdir(), 'plumb-models-'));
  const resources = join(folder, 'resources');
  mkdirSync(resources);
  await expandShards(join(root, 'test', 'fixtures', 'huginn-tiny'), join(folder, 'checkpoint'));
  await convertCheckpoint({ sourceDir: join(folder, 'checkpoint'), targetPath: join(resources, 'huginn-tiny.gguf'), type: 'f16' });
  const corrupt = join(folder, 'corrupt.gguf');
  writeFileSync(corrupt, Buffer.concat([Buffer.from('GGUF'), Buffer.alloc(400, 0xff)]));
  return { resources, corrupt, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

// Expands checkpoints whose shards are stored Brotli-compressed, as the test checkpoint in this repository is.
import { createReadStream, createWriteStream } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { AppError } from '../contract/errors.js';
import { systemCode } from './bounded-file.js';
import { writeError } from './partial-file.js';

const suffix = '.safetensors.br';
/** Compressed shards are for small test checkpoints; a file that grows beyond this is not one of them. */
const MAX_EXPANDED_BYTES = 2 ** 30;

/**
 * Runs `use` on a folder with plain shards: `dir` itself, or an expanded copy among the system's temporary files, removed afterwards.
 * Errors: those of `use` and of {@link expandShards}.
 */
export async function withPlainShards<T>(dir: string, use: (plainDir: string) => Promise<T>): Promise<T> {
  if (!(await hasCompressedShards(dir))) return use(dir);
  const expanded = await mkdtemp(path.join(tmpdir(), 'plumb-expanded-'));
  // The folder's name may become the model's name.
  const plainDir = path.join(expanded, path.basename(path.resolve(dir)));
  try {
    await expandShards(dir, plainDir);
    return await use(plainDir);
  } finally {
    await rm(expanded, { recursive: true, force: true });
  }
}

/** True when the folder's weights must be expanded before they can be converted. */
export async function hasCompressedShards(dir: string): Promise<boolean> {
  try {
    return (await readdir(dir)).some((name) => name.endsWith(suffix));
  } catch (error) {
    if (systemCode(error) === '') throw error;
    return false; // openCheckpoint() finds better words for a folder that is not there
  }
}

/**
 * Copies a checkpoint's own files (not its subfolders) into `targetDir`, compressed shards expanded. The caller removes `targetDir`.
 * Errors: safetensors_invalid for a broken stream, convert_no_space, file_unwritable.
 */
export async function expandShards(sourceDir: string, targetDir: string): Promise<void> {
  await mkdir(targetDir, { recursive: true });
  for (const entry of await readdir(sourceDir, { withFileTypes: true })) {
    if (entry.isDirectory()) continue;
    const source = path.join(sourceDir, entry.name);
    if (entry.name.endsWith(suffix)) await expand(source, path.join(targetDir, entry.name.slice(0, -'.br'.length)));
    else await copyFile(source, path.join(targetDir, entry.name));
  }
}

async function expand(source: string, target: string): Promise<void> {
  let total = 0;
  const limit = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      total += chunk.length;
      if (total > MAX_EXPANDED_BYTES) done(broken(source, `it grows beyond ${MAX_EXPANDED_BYTES} bytes`));
      else done(null, chunk);
    },
  });
  try {
    await pipeline(createReadStream(source), createBrotliDecompress(), limit, createWriteStream(target));
  } catch (error) {
    if (error instanceof AppError) throw error;
    const code = systemCode(error);
    throw code.startsWith('ERR_') || code.startsWith('Z_') ? broken(source, 'it is damaged') : writeError(target, error);
  }
}

function broken(source: string, why: string): AppError {
  return new AppError('safetensors_invalid', `The compressed file ${path.basename(source)} cannot be expanded: ${why}. Get it again.`, source);
}

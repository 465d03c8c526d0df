// Owns looking at a model file without loading it: its description from the header, its hash, a path as a person types it.
import { createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppError, toErrorBody } from '../contract/errors.js';
import type { Model } from '../contract/models.js';
import { readGgufSummary } from '../convert/gguf-summary.js';

export interface ModelFile {
  id: string;
  path: string;
  builtIn: boolean;
}

const hashedBytes = 2 ** 20;

/** Answers kept for as long as a file has the same size and time. */
function remembered<T>(work: (path: string) => Promise<T>): (path: string) => Promise<T> {
  const kept = new Map<string, { key: string; value: T }>();
  return async (path) => {
    const found = await stat(path).catch(() => null);
    const key = found === null ? '' : `${found.size} ${found.mtimeMs}`;
    const before = kept.get(path);
    if (before && key !== '' && before.key === key) return before.value;
    const value = await work(path);
    kept.set(path, { key, value });
    return value;
  };
}

const summaryOf = remembered(readGgufSummary);

/** A missing or damaged file is described too: `problem` says what is wrong with it. */
export async function describeModel({ id, path, builtIn }: ModelFile): Promise<Model> {
  try {
    const summary = await summaryOf(path);
    const { name, architecture, fileType, contextLength, fileBytes: sizeBytes, parameterCount: parameters } = summary;
    // Without a vocabulary llama.cpp ends the whole engine process; better said here.
    const { purpose, usable } = summary.purpose;
    const problem =
      summary.vocabularySize === 0 ? new AppError('model_without_vocabulary', 'This file has no vocabulary, so it cannot read or write text.', basename(path))
      : usable ? null
      : new AppError('model_unsupported', 'The file does not say how the words of a text become one vector.', architecture);
    return { id, path, builtIn, name, architecture, fileType, contextLength, sizeBytes, parameters, purpose, problem: problem && toErrorBody(problem), recurrence: recurrenceOf(summary.recurrence) };
  } catch (thrown) {
    const unknown = { architecture: '', purpose: 'chat' as const, fileType: '', contextLength: 0, sizeBytes: 0, parameters: 0, recurrence: null };
    return { id, path, builtIn, name: basename(path, '.gguf'), ...unknown, problem: toErrorBody(thrown) };
  }
}

function recurrenceOf(found: Awaited<ReturnType<typeof readGgufSummary>>['recurrence']): Model['recurrence'] {
  if (found === null) return null;
  const { preludeBlocks, coreBlocks, codaBlocks, stepsDefault, stepsMin, stepsMax, notches } = found;
  return { preludeBlocks, coreBlocks, codaBlocks, stepsDefault, stepsMin, stepsMax, notches };
}

/** SHA-256 over the size and the first and last mebibyte: tells files apart without reading gigabytes. Error: model_missing. */
export const hashModelFile = remembered(async (path) => {
  const file = await open(path).catch((cause: unknown) => {
    throw new AppError('model_missing', 'The model file is no longer there.', basename(path), { cause });
  });
  try {
    const { size } = await file.stat();
    const hash = createHash('sha256').update(String(size));
    for (const position of [0, Math.max(0, size - hashedBytes)]) {
      const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(hashedBytes), position });
      hash.update(buffer.subarray(0, bytesRead));
    }
    return hash.digest('hex');
  } finally {
    await file.close();
  }
});

/** An absolute path from what people paste: quotes around it, a file address, a leading ~. Error: model_missing for an address that names no file here. */
export function pathFromPerson(given: string): string {
  const bare = given.trim().replace(/^(["'])(.*)\1$/, '$2');
  if (bare.startsWith('file://')) {
    try {
      return fileURLToPath(bare);
    } catch (cause) {
      throw new AppError('model_missing', 'This address names no file on this machine.', undefined, { cause });
    }
  }
  if (bare === '~' || bare.startsWith('~/')) return join(homedir(), bare.slice(1));
  return resolve(bare);
}

// Opens files nobody has vouched for: regular files only, sizes capped before reading, errors with a code.
import type { Stats } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { AppError, type ErrorCode } from '../contract/errors.js';

/** The system's error code ("ENOENT", "ENOSPC", ...) or an empty string. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** True when `file` exists and is a regular file (links are followed: the Hugging Face cache is made of links). */
export async function isFile(file: string): Promise<boolean> {
  return (await statOrNothing(file))?.isFile() === true;
}

export async function isFolder(dir: string): Promise<boolean> {
  return (await statOrNothing(dir))?.isDirectory() === true;
}

async function statOrNothing(file: string): Promise<Stats | undefined> {
  try {
    return await stat(file);
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined;
    throw unreadable(file, error);
  }
}

export interface OpenFile {
  handle: FileHandle;
  sizeBytes: number;
}

/**
 * Opens a regular file for reading. A pipe or a device is refused before it is opened, because opening one can block for ever.
 * Errors: `missing` when there is no such file, file_unreadable otherwise.
 */
export async function openRegularFile(file: string, missing: ErrorCode): Promise<OpenFile> {
  try {
    const info = await stat(file);
    if (!info.isFile()) throw new AppError('file_unreadable', `${path.basename(file)} is not a file. Choose a regular file.`, file);
    return { handle: await open(file, 'r'), sizeBytes: info.size };
  } catch (error) {
    if (error instanceof AppError) throw error;
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new AppError(missing, `The file ${path.basename(file)} is missing. Download it into ${path.dirname(file)} and try again.`, file);
    }
    throw unreadable(file, error);
  }
}

/** Fills `target` from `position`; `truncated` is thrown when the file ends before. */
export async function readExactly(handle: FileHandle, target: Uint8Array, position: number, truncated: () => AppError): Promise<void> {
  let done = 0;
  while (done < target.byteLength) {
    const { bytesRead } = await handle.read(target, done, target.byteLength - done, position + done);
    if (bytesRead === 0) throw truncated();
    done += bytesRead;
  }
}

/**
 * Reads one JSON object from a file of at most `maxBytes`.
 * Errors: convert_missing_file, convert_bad_json, file_unreadable.
 */
export async function readJsonObject(file: string, maxBytes: number): Promise<Record<string, unknown>> {
  const name = path.basename(file);
  const value = parseJson(name, await readText(file, maxBytes));
  if (!isRecord(value)) throw badJson(name, 'it is not a JSON object');
  return value;
}

/** Reads a UTF-8 text of at most `maxBytes`. Errors: convert_missing_file, convert_bad_json, file_unreadable. */
export async function readText(file: string, maxBytes: number): Promise<string> {
  const name = path.basename(file);
  const { handle, sizeBytes } = await openRegularFile(file, 'convert_missing_file');
  try {
    if (sizeBytes > maxBytes) throw badJson(name, `it has ${sizeBytes} bytes, more than the ${maxBytes} allowed`);
    const bytes = new Uint8Array(sizeBytes);
    await readExactly(handle, bytes, 0, () => badJson(name, 'it became shorter while it was read'));
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof AppError) throw error;
    if (error instanceof TypeError) throw badJson(name, 'it is not UTF-8 text');
    throw unreadable(file, error);
  } finally {
    await handle.close();
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw badJson(name, error instanceof Error ? error.message : 'it cannot be parsed');
  }
}

function badJson(name: string, why: string): AppError {
  return new AppError('convert_bad_json', `The file ${name} cannot be used: ${why}. Download it again.`, why);
}

function unreadable(file: string, error: unknown): AppError {
  const why = error instanceof Error ? error.message : String(error);
  return new AppError('file_unreadable', `The file ${path.basename(file)} cannot be read: ${why}`, file);
}

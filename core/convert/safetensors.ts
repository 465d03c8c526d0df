// Reads the header of one safetensors file as untrusted data: every length capped, every offset checked against the file.
import path from 'node:path';
import type { FileHandle } from 'node:fs/promises';
import { AppError } from '../contract/errors.js';
import { isRecord, openRegularFile, readExactly } from './bounded-file.js';
import { shown } from './untrusted-text.js';

/** Far above real headers (Huginn: about 10 kB per shard), low enough that a hostile file cannot exhaust memory. */
const MAX_HEADER_BYTES = 8 * 1024 * 1024;
const MAX_DIMENSIONS = 8;

const DTYPE_BYTES: Readonly<Record<string, number>> = {
  F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4, I16: 2, I8: 1, U64: 8, U32: 4, U16: 2, U8: 1, BOOL: 1, F8_E4M3: 1, F8_E5M2: 1,
};

export interface SafetensorsEntry {
  name: string;
  dtype: string;
  /** Torch order: slowest dimension first. */
  shape: readonly number[];
  /** Absolute position in the file. */
  position: number;
  sizeBytes: number;
}

export interface SafetensorsFile {
  file: string;
  handle: FileHandle;
  sizeBytes: number;
  entries: ReadonlyMap<string, SafetensorsEntry>;
}

/**
 * Opens a file and checks its header: lengths in range, dtype x shape equals the byte range, ranges cover the data without holes or overlap.
 * The caller closes `handle`. Format: https://github.com/huggingface/safetensors (README, "Format").
 * Errors: convert_missing_shard, convert_truncated, convert_wrong_dtype, safetensors_invalid, file_unreadable.
 */
export async function openSafetensors(file: string): Promise<SafetensorsFile> {
  const { handle, sizeBytes } = await openRegularFile(file, 'convert_missing_shard');
  try {
    return { file, handle, sizeBytes, entries: await readEntries(file, handle, sizeBytes) };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function readEntries(file: string, handle: FileHandle, sizeBytes: number): Promise<Map<string, SafetensorsEntry>> {
  const prefix = new Uint8Array(8);
  if (sizeBytes < 8) throw truncated(file, 8, sizeBytes);
  await readExactly(handle, prefix, 0, () => truncated(file, 8, sizeBytes));
  const headerBytes = Number(new DataView(prefix.buffer).getBigUint64(0, true));
  if (headerBytes < 2 || headerBytes > MAX_HEADER_BYTES) {
    throw invalid(file, `its header claims ${headerBytes} bytes (at most ${MAX_HEADER_BYTES} are accepted)`);
  }
  const dataStart = 8 + headerBytes;
  if (dataStart > sizeBytes) throw truncated(file, dataStart, sizeBytes);
  const bytes = new Uint8Array(headerBytes);
  await readExactly(handle, bytes, 8, () => truncated(file, dataStart, sizeBytes));

  const header = parseHeader(file, bytes);
  const entries = new Map<string, SafetensorsEntry>();
  for (const [name, value] of Object.entries(header)) {
    if (name !== '__metadata__') entries.set(name, parseEntry(file, name, value, dataStart));
  }
  checkCoverage(file, [...entries.values()], dataStart, sizeBytes);
  return entries;
}

function parseHeader(file: string, bytes: Uint8Array): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw invalid(file, 'its header is not valid JSON');
  }
  if (!isRecord(header)) throw invalid(file, 'its header is not a JSON object');
  return header;
}

function parseEntry(file: string, name: string, value: unknown, dataStart: number): SafetensorsEntry {
  if (!isRecord(value)) throw invalid(file, `the entry ${shown(name)} is not an object`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string' || !Object.hasOwn(DTYPE_BYTES, dtype)) {
    throw new AppError('convert_wrong_dtype', `The tensor ${shown(name)} in ${path.basename(file)} has the number format ${shown(dtype)}, which is not known here. Plumb converts F32, F16 and BF16 checkpoints.`, file);
  }
  if (!Array.isArray(shape) || shape.length > MAX_DIMENSIONS || !shape.every(isSize)) throw invalid(file, `the shape of ${shown(name)} is not a list of sizes`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize)) throw invalid(file, `the byte range of ${shown(name)} is not a pair of sizes`);
  const [begin, end] = offsets as [number, number];
  const expectedBytes = (shape as number[]).reduce((product, size) => product * size, DTYPE_BYTES[dtype] ?? 0);
  if (!Number.isSafeInteger(expectedBytes) || end - begin !== expectedBytes) {
    throw invalid(file, `${shown(name)} should take ${expectedBytes} bytes but its range is ${begin} to ${end}`);
  }
  return { name, dtype, shape: shape as number[], position: dataStart + begin, sizeBytes: expectedBytes };
}

/** The format allows no holes and no trailing bytes; a name used twice in the JSON also shows up here, as a hole. */
function checkCoverage(file: string, entries: SafetensorsEntry[], dataStart: number, sizeBytes: number): void {
  let expected = dataStart;
  for (const entry of entries.sort((a, b) => a.position - b.position || a.sizeBytes - b.sizeBytes)) {
    if (entry.position !== expected) throw invalid(file, `the data of ${shown(entry.name)} overlaps another tensor or leaves a gap`);
    expected += entry.sizeBytes;
  }
  if (expected > sizeBytes) throw truncated(file, expected, sizeBytes);
  if (expected < sizeBytes) throw invalid(file, `it has ${sizeBytes - expected} bytes after the last tensor`);
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function truncated(file: string, neededBytes: number, sizeBytes: number): AppError {
  return new AppError('convert_truncated', `The file ${path.basename(file)} is cut short: it needs ${neededBytes} bytes and has ${sizeBytes}. Download it again.`, file);
}

function invalid(file: string, why: string): AppError {
  return new AppError('safetensors_invalid', `The file ${path.basename(file)} is not a valid safetensors file: ${why}. Download it again.`, file);
}

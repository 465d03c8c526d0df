// Moves one tensor from a shard to the GGUF in blocks, so that memory does not depend on the tensor's size.
import path from 'node:path';
import type { FileHandle } from 'node:fs/promises';
import { AppError } from '../contract/errors.js';
import { readExactly, systemCode } from './bounded-file.js';
import type { CheckpointTensor } from './checkpoint.js';
import type { PlannedTensor } from './huginn-tensors.js';
import { convertFloats, FLOAT_BYTES, isFloatFormat, type FloatFormat, type FormatCounts } from './number-formats.js';
import { writeError } from './partial-file.js';

/** Numbers per block: 1 Mi, at most 4 MiB read and 4 MiB written at a time. */
const BLOCK_LENGTH = 1 << 20;

/** Three buffers of 4 MiB, reused for every tensor of a conversion. */
export interface BlockBuffers {
  source: Uint8Array;
  target: Uint8Array;
  scratch: Float32Array;
}

export function allocateBlocks(): BlockBuffers {
  return { source: new Uint8Array(BLOCK_LENGTH * 4), target: new Uint8Array(BLOCK_LENGTH * 4), scratch: new Float32Array(BLOCK_LENGTH) };
}

export interface Destination {
  handle: FileHandle;
  file: string;
  /** Where the tensor starts. */
  position: number;
}

/**
 * Writes one planned tensor as `to`, then zeros up to the next multiple of 32.
 * `onBlock` gets the bytes written by each block. Errors: convert_aborted, convert_truncated, convert_no_space, file_unreadable, file_unwritable.
 */
export async function copyTensor(tensor: PlannedTensor, to: FloatFormat, destination: Destination, buffers: BlockBuffers, signal: AbortSignal | undefined, onBlock: (bytes: number) => void): Promise<FormatCounts> {
  const counts = { nonFinite: 0, overflowed: 0 };
  let position = destination.position;
  const write = async (bytes: Uint8Array): Promise<void> => {
    await writeAll(destination, bytes, position);
    position += bytes.length;
    onBlock(bytes.length);
  };
  for await (const count of readBlocks(tensor, buffers.source, signal)) {
    const block = convertFloats(buffers.source, tensor.sourceFormat, buffers.target, to, count, buffers.scratch);
    counts.nonFinite += block.nonFinite;
    counts.overflowed += block.overflowed;
    await write(buffers.target.subarray(0, count * FLOAT_BYTES[to]));
  }
  const written = position - destination.position + (tensor.zeroTail ?? 0) * FLOAT_BYTES[to];
  const zeros = (tensor.zeroTail ?? 0) * FLOAT_BYTES[to] + ((32 - (written % 32)) % 32);
  if (zeros > 0) await write(new Uint8Array(zeros));
  return counts;
}

/** Fills `buffer` with the next numbers of a tensor, columns already cut out, and yields how many there are. */
async function* readBlocks(tensor: PlannedTensor, buffer: Uint8Array, signal: AbortSignal | undefined): AsyncGenerator<number> {
  const { source, columns } = tensor;
  const numberBytes = FLOAT_BYTES[tensor.sourceFormat];
  const rowBytes = (columns?.of ?? 1) * numberBytes;
  const blockBytes = Math.floor((BLOCK_LENGTH * numberBytes) / rowBytes) * rowBytes;
  for (let at = 0; at < source.sizeBytes; at += blockBytes) {
    throwIfAborted(signal);
    const bytes = buffer.subarray(0, Math.min(blockBytes, source.sizeBytes - at));
    await readSource(source, bytes, at);
    yield columns === undefined ? bytes.length / numberBytes : packColumns(bytes, columns, numberBytes);
  }
}

/** Moves the wanted columns of each row together, in place: the target of each move lies before its source. */
function packColumns(bytes: Uint8Array, { from, to, of }: { from: number; to: number; of: number }, numberBytes: number): number {
  const rows = bytes.length / (of * numberBytes);
  for (let row = 0; row < rows; row++) {
    const start = row * of * numberBytes;
    bytes.copyWithin(row * (to - from) * numberBytes, start + from * numberBytes, start + to * numberBytes);
  }
  return rows * (to - from);
}

/**
 * True when two tensors of one shape hold the same values, whatever their formats. Stops at the first difference.
 * `maxBytes` limits how much of the first is looked at. Errors: as {@link copyTensor}.
 */
export async function sameValues(a: CheckpointTensor, b: CheckpointTensor, buffers: BlockBuffers, signal: AbortSignal | undefined, maxBytes = Infinity): Promise<boolean> {
  if (!isFloatFormat(a.dtype) || !isFloatFormat(b.dtype)) return false;
  const formatA = a.dtype;
  const formatB = b.dtype;
  const total = a.sizeBytes / FLOAT_BYTES[formatA];
  const half = BLOCK_LENGTH / 2;
  const wide = [new Uint8Array(half * 4), new Uint8Array(half * 4)] as const;
  for (let at = 0; at < total && at * FLOAT_BYTES[formatA] < maxBytes; at += half) {
    throwIfAborted(signal);
    const count = Math.min(half, total - at);
    const bytesA = buffers.source.subarray(0, count * FLOAT_BYTES[formatA]);
    const bytesB = buffers.target.subarray(0, count * FLOAT_BYTES[formatB]);
    await readSource(a, bytesA, at * FLOAT_BYTES[formatA]);
    await readSource(b, bytesB, at * FLOAT_BYTES[formatB]);
    if (formatA === formatB) {
      if (Buffer.compare(bytesA, bytesB) !== 0) return false;
      continue;
    }
    convertFloats(bytesA, formatA, wide[0], 'F32', count, buffers.scratch);
    convertFloats(bytesB, formatB, wide[1], 'F32', count, buffers.scratch);
    if (Buffer.compare(wide[0].subarray(0, count * 4), wide[1].subarray(0, count * 4)) !== 0) return false;
  }
  return true;
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new AppError('convert_aborted', 'The conversion was stopped. Nothing was left behind.');
}

async function readSource(source: CheckpointTensor, bytes: Uint8Array, at: number): Promise<void> {
  const file = path.basename(source.shard.file);
  try {
    await readExactly(source.shard.handle, bytes, source.position + at, () => new AppError('convert_truncated', `The file ${file} became shorter while it was read. Download it again.`, source.shard.file));
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('file_unreadable', `The file ${file} cannot be read (${systemCode(error)}). Check the disk and try again.`, source.shard.file, { cause: error });
  }
}

/** Writes all of `bytes`; the system may take a part at a time. Errors: convert_no_space, file_unwritable. */
export async function writeAll({ handle, file }: Destination, bytes: Uint8Array, position: number): Promise<void> {
  try {
    for (let done = 0; done < bytes.length; ) {
      done += (await handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
    }
  } catch (error) {
    throw writeError(file, error);
  }
}

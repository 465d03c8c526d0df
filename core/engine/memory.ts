// Owns the arithmetic of memory: bytes the KV cache takes per token, and whether a model and its context fit.
import { freemem } from 'node:os';
import type { KvType } from '../contract/compute.js';
import { AppError } from '../contract/errors.js';
import type { LoadEstimate } from '../contract/models.js';
import type { RecurrenceInfo } from '../contract/recurrence.js';

/** Bytes of one value; the quantised types hold blocks of 32 with a scale of two bytes. */
const bytesPerValue: Readonly<Record<KvType, number>> = { f32: 4, f16: 2, q8_0: 34 / 32, q4_0: 18 / 32 };

export interface KvShape {
  /** Blocks that keep keys and values once per token: all of an ordinary model, prelude and coda of a recurrent one. */
  blocks: number;
  /** Elements of one key and one value of a block, over all heads. */
  keyLength: number;
  valueLength: number;
}

/**
 * Slots over all layers that `steps` steps fill: a core block keeps one per step, up to the budget (0: no limit, the full cache).
 * The fork takes memory for a slot when it is first used, so what counts is the deepest token so far, not the budget.
 */
export function kvSlots(shape: KvShape, recurrence: RecurrenceInfo | null, steps: number, kvBudget: number): number {
  if (recurrence === null) return shape.blocks;
  return recurrence.preludeBlocks + recurrence.codaBlocks + recurrence.coreBlocks * Math.min(steps, kvBudget || recurrence.stepsMax);
}

export function kvBytesPerToken(shape: KvShape, slots: number, kvType: KvType): number {
  return Math.ceil(slots * (shape.keyLength + shape.valueLength) * bytesPerValue[kvType]);
}

/** Left for the rest of the machine and for compute buffers, which are not known before. */
const reserveBytes = 256 * 1024 * 1024;
/** What is taken and what was estimated differ by paddings: no reason to refuse anything. */
const roundingBytes = 8 * 1024 * 1024;
/** Contexts are allocated in such pieces (llama.cpp pads to them). */
const contextPiece = 256;
/** Below this a conversation makes no sense; it is better to say that memory is short. */
const smallestContext = 512;
/** The widest context taken without being asked for. */
const widestUnasked = 4096;

export interface ContextDemand {
  /** null: as the model likes, up to 4096, or what fits. */
  contextSize: number | null;
  modelContextLength: number;
  kvBytesPerToken: number;
  /** Weights, as the size of the file. */
  weightBytes: number;
  availableBytes: number;
  /** Whoever asked was told that it does not fit, and wants it all the same. */
  anyway?: boolean;
}

/**
 * Size of the context to allocate. A size asked for is taken as it is or refused; the default shrinks to what fits.
 * Checked beforehand because Linux grants memory it does not have and kills the process later.
 * Errors: out_of_memory.
 */
export function chooseContextSize(demand: ContextDemand): number {
  const room = demand.availableBytes - demand.weightBytes - reserveBytes;
  const fitting = Math.floor(room / Math.max(1, demand.kvBytesPerToken));
  const unasked = Math.min(demand.modelContextLength || widestUnasked, widestUnasked);
  const wanted = demand.contextSize ?? unasked;
  if (wanted <= fitting) return wanted;
  const shrunk = Math.floor(fitting / contextPiece) * contextPiece;
  if (demand.contextSize === null && shrunk >= Math.min(smallestContext, unasked)) return shrunk;
  if (demand.anyway) return demand.contextSize ?? Math.min(smallestContext, unasked);
  const needed = demand.weightBytes + wanted * demand.kvBytesPerToken + reserveBytes;
  throw new AppError(
    'out_of_memory',
    `This model with ${wanted} tokens of context needs about ${gigabytes(needed)} of memory; ${gigabytes(demand.availableBytes)} are free.`,
    `weights ${demand.weightBytes}, KV ${demand.kvBytesPerToken} bytes per token`,
  );
}

/** What a file's header says about the memory it will take. */
export interface MemoryShape {
  sizeBytes: number;
  contextLength: number;
  kvShape: KvShape;
  recurrence: RecurrenceInfo | null;
}

/** What loading would take, or would need if it does not fit. Sizes as {@link chooseContextSize} takes them. */
export function estimateLoad(file: MemoryShape, want: { contextSize: number | null; kvBudget: number; kvType: KvType; steps: number | null }, freeBytes: number): LoadEstimate {
  const slots = kvSlots(file.kvShape, file.recurrence, want.steps ?? file.recurrence?.stepsDefault ?? 0, want.kvBudget);
  const perToken = kvBytesPerToken(file.kvShape, slots, want.kvType);
  const demand = { contextSize: want.contextSize, modelContextLength: file.contextLength, kvBytesPerToken: perToken, weightBytes: file.sizeBytes };
  const estimate = (contextSize: number, fits: boolean): LoadEstimate => ({ contextSize, weightBytes: file.sizeBytes, kvBytesPerToken: perToken, kvBytes: perToken * contextSize, freeBytes, fits });
  try {
    return estimate(chooseContextSize({ ...demand, availableBytes: freeBytes }), true);
  } catch {
    return estimate(chooseContextSize({ ...demand, availableBytes: Infinity }), false);
  }
}

export interface EncoderShape {
  sizeBytes: number;
  embeddingLength: number;
  feedForwardLength: number;
  heads: number;
  kvShape: KvShape;
}

/** What an encoder with its context takes: weights, a cache for those that have one, and the buffers of one batch with all its attention. */
export function encoderBytes(file: EncoderShape, contextSize: number): number {
  const rows = 4 * contextSize * (8 * file.embeddingLength + 2 * file.feedForwardLength);
  const attention = 4 * 2 * file.heads * contextSize * contextSize;
  return file.sizeBytes + contextSize * kvBytesPerToken(file.kvShape, file.kvShape.blocks, 'f16') + rows + attention;
}

/** Refuses an encoder that would not fit. Errors: out_of_memory. */
export function requireRoomForEncoder(bytes: number, free: number): void {
  if (bytes + reserveBytes <= free) return;
  throw new AppError('out_of_memory', `This model needs about ${gigabytes(bytes + reserveBytes)} of memory to read documents; ${gigabytes(free)} are free.`);
}

/** Refuses a depth whose slots would not fit. `bytes`: what they take in addition. Errors: out_of_memory. */
export function requireRoom(bytes: number, free: number, steps: number): void {
  if (bytes + reserveBytes <= free || bytes < roundingBytes) return;
  throw new AppError('out_of_memory', `Thinking ${steps} steps deep needs ${gigabytes(bytes)} more memory than is taken now; ${gigabytes(free)} are free. Fewer steps fit.`);
}

/** Memory this process may still take: what the machine has free, or less when it runs in a limited group. */
export function availableBytes(): number {
  return Math.min(freemem(), process.availableMemory());
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

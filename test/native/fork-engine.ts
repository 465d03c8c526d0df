// Loads the built fork through node-llama-cpp and runs single decodes on it, for the tests of this folder.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { getLlama, type Llama, type LlamaContext, type LlamaContextSequence, type LlamaModel, type Token } from 'node-llama-cpp';

export interface Native {
  plumbForkId(): string;
  plumbModelRecurrence(model: unknown): Record<string, number> | null;
  plumbSetNextKvBudget(n: number): void;
  plumbKv(ctx: unknown): { budget: number; slotsOpen: number; sizeBytes: number; touchedBytes: number; bytesPerToken: number } | null;
  plumbSetRecurrence(ctx: unknown, options: { nSteps?: number; seed?: number; initScale?: number; start?: number; hold?: number; exit?: { kind: number; threshold: number; minSteps: number; checkEvery: number } | null }): void;
  plumbSetInitialState(ctx: unknown, state: Float32Array | null): void;
  plumbRequestStop(ctx: unknown, stop: boolean): void;
  plumbHurry(ctx: unknown, on: boolean): void;
  plumbProgress(ctx: unknown): { decode: number; steps: number; nSteps: number; deltas: Float32Array } | null;
  plumbTrace(ctx: unknown): { nSteps: number; exitReason: string; deltas: Float32Array; exitValues: Float32Array } | null;
  plumbDeltas(ctx: unknown): Float32Array;
  plumbLogits(ctx: unknown, row?: number): Float32Array;
  plumbTap(ctx: unknown, enable: boolean): void;
  plumbLatentStates(ctx: unknown): { nSteps: number; nTokens: number; nEmbd: number; states: Float32Array };
  plumbQuantize(source: string, target: string, options: { type: string; nThreads?: number }, onTensor?: (tensor: { name: string; type: string; index: number; total: number }) => void):
    Promise<{ tensors: { name: string; type: string }[] }>;
}

export const forkId = (JSON.parse(fs.readFileSync(new URL('../../native/base.json', import.meta.url), 'utf8')) as { forkId: string }).forkId;

export const forkOptions = { gpu: false, build: 'never', usePrebuiltBinaries: false, progressLogs: false, cmakeOptions: { PLUMB_FORK: forkId } } as const;

export async function loadFork(): Promise<{ llama: Llama; native: Native }> {
  const llama = await getLlama({ ...forkOptions, logLevel: 'error' as never });
  return { llama, native: (llama as unknown as { _bindings: Native })._bindings };
}

export function temporaryFolder(): string {
  return fs.mkdtempSync(path.join(os.tmpdir(), 'plumb-fork-'));
}

/** node-llama-cpp's native context object. */
export function handle(context: LlamaContext): unknown {
  return (context as unknown as { _ctx: unknown })._ctx;
}

export function modelHandle(model: LlamaModel): unknown {
  return (model as unknown as { _model: unknown })._model;
}

/** F32 cache and no flash attention unless the options say otherwise: what can be compared with exact numbers. */
export async function openContext(model: LlamaModel, options: object = {}): Promise<{ context: LlamaContext; sequence: LlamaContextSequence; ctx: unknown }> {
  const context = await model.createContext({
    contextSize: 256, batchSize: 128, threads: 1, flashAttention: false,
    experimentalKvCacheKeyType: 'F32', experimentalKvCacheValueType: 'F32', ...options,
  } as never);
  return { context, sequence: context.getSequence(), ctx: handle(context) };
}

/** Decodes tokens as one batch (if they fit in one) and returns the logits of the last. */
export async function decode(native: Native, context: LlamaContext, sequence: LlamaContextSequence, ids: number[]): Promise<Float32Array> {
  const last = ids.length - 1;
  await sequence.controlledEvaluate(ids.map((id, i) => (i === last ? [id as Token, { generateNext: { probabilities: true } }] : (id as Token))) as never);
  return native.plumbLogits(handle(context));
}

export function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Infinity;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i]! - expected[i]!);
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}

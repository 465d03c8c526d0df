// The fork's functions on the addon's exports, in their own words.
import type { ExitKind } from '../contract/compute.js';
import type { AddonContext, AddonModel, StockAddon } from './addon-shape.js';
import type { Distribution } from './drawing.js';
import type { DraftAsk, Drafts, RefineAsk, Refined, SamplerOptions, WaveOptions } from './native-sampling.js';
import type { InsideTensor, KvUse, LatentStates, NativeRecurrence, Progress, QuantizedTensor, RecurrenceOptions, Trace } from './native-types.js';

/** The fork's additions to the addon (native/overlay/addon). */
export interface ForkAddon extends StockAddon {
  plumbForkId(): string;
  plumbModelRecurrence(model: AddonModel): NativeRecurrence | null;
  plumbSetNextKvBudget(slots: number, anchored: boolean): void;
  plumbSetRecurrence(context: AddonContext, options: ForkRecurrence): void;
  plumbSetInitialState(context: AddonContext, state: Float32Array | null): void;
  plumbRequestStop(context: AddonContext, stop: boolean): void;
  plumbHurry(context: AddonContext, on: boolean): void;
  plumbKv(context: AddonContext): KvUse | null;
  plumbProgress(context: AddonContext): Progress;
  plumbTrace(context: AddonContext): Trace;
  plumbDeltas(context: AddonContext): Float32Array;
  plumbDistribution(context: AddonContext, row: number, options: Omit<SamplerOptions, 'seed' | 'recent'>, recent: Uint32Array): Distribution;
  plumbDraft(context: AddonContext, token: number, position: number, options: DraftAsk['sampling'], recent: Uint32Array, chances: Float64Array): Promise<Drafts>;
  plumbWaveBegin(context: AddonContext, options: WaveOptions): void;
  plumbWaveUpdate(context: AddonContext, options: WaveOptions): void;
  plumbWaveEnd(context: AddonContext): void;
  plumbRefine(context: AddonContext, tokens: Uint32Array, position: number, options: RefineAsk['sampling'], recent: Uint32Array, chances: Float64Array, shift: number): Promise<Refined>;
  plumbLogits(context: AddonContext, row?: number): Float32Array;
  plumbTap(context: AddonContext, on: boolean, inside: boolean): void;
  plumbInside(context: AddonContext): InsideTensor[];
  plumbLatentStates(context: AddonContext): LatentStates;
  plumbQuantize(source: string, target: string, options: { type: string; nThreads?: number }): Promise<{ tensors: QuantizedTensor[] }>;
}

interface ForkRecurrence {
  nSteps?: number | undefined;
  seed?: number | undefined;
  initScale?: number | undefined;
  start?: number | undefined;
  hold: number;
  exit?: { kind: number; threshold: number; minSteps: number; checkEvery: number } | null | undefined;
}

/** llama-recurrence.h, enum llama_recurrence_criterion, llama_recurrence_hold and llama_recurrence_start. */
const criteria: Readonly<Record<ExitKind, number>> = { none: 0, 'latent-diff': 1, cosine: 2, 'second-order': 3, 'entropy-diff': 4, kl: 5, 'minp-kl': 6, 'argmax-stability': 7 };
const holds = { keep: 1, resume: 2 } as const;
const starts = { seeded: 0, carried: 1, 'carried-normed': 2 } as const;

export function toForkRecurrence({ start, exit, hold, ...rest }: RecurrenceOptions): ForkRecurrence {
  return { ...rest, hold: hold ? holds[hold] : 0, start: start && starts[start], exit: exit && { ...exit, kind: criteria[exit.kind] } };
}

/** Every field is there and equal; criteria are compared as objects, because a run has one. */
export function sameOptions(a: RecurrenceOptions, b: RecurrenceOptions): boolean {
  return a.nSteps !== undefined && a.nSteps === b.nSteps && a.seed === b.seed && a.initScale === b.initScale && a.start === b.start && a.exit === b.exit && a.hold === b.hold;
}

// Owns the choice of a decoder for a run, and what it works with: the model in memory, the run's settings, the slider.
import type { Sampling } from '../contract/conversation.js';
import { AppError } from '../contract/errors.js';
import { exitReasons, type ExitReason, type RecurrenceSettings } from '../contract/recurrence.js';
import { decodePlain, type Decoder, type DecoderTools, type Depth, type ReadOptions } from './decoder.js';
import { createDraftControl, emptyMemory, type DraftMemory } from './draft-control.js';
import type { Sequence } from './sequence.js';
import type { Loaded } from './session.js';
import { decodeSpeculative, type SpeculativeOptions } from './speculative.js';
import { toTrace } from './progress-watch.js';
import { decodeWavefront, type WavefrontOptions, type WaveRules } from './wavefront.js';

/** Errors: sampler_unsupported (this model, or these settings together). */
export function requireSampler({ info }: Loaded, { sampler, warmStart }: RecurrenceSettings): void {
  if (sampler.kind === 'plain') return;
  if (!info.recurrence) throw new AppError('sampler_unsupported', 'This model has no recurrence, so its tokens can only be decoded one after the other.', sampler.kind);
  // A token is verified beside the one before it, whose last state is not there yet.
  if (sampler.kind === 'speculative' && warmStart) throw new AppError('sampler_unsupported', 'Drafting and the warm start exclude each other.', sampler.kind);
}

export interface DecoderRun {
  loaded: Loaded;
  sampling: Sampling;
  seed: number;
  recent: readonly number[];
  /** Reads behind the cache's end, with the run's settings where `how` does not say otherwise. */
  read(tokens: Uint32Array, how: ReadOptions): Promise<'done' | 'stopped'>;
  /** Behind the cache's end, with the run's settings but for the steps. */
  draft: DecoderTools['draft'];
  refine: DecoderTools['refine'];
  steps(): number;
  hurried(): boolean;
  remaining(): number;
  isEnd(id: number): boolean;
  draw(): Promise<number>;
}

export function decoderTools({ loaded, sampling, ...run }: DecoderRun): DecoderTools {
  const { context, info, batchSize } = loaded;
  const sequence: Sequence = loaded.sequence;
  return {
    get length() {
      return sequence.length;
    },
    contextSize: info.contextSize,
    batchSize,
    seed: run.seed,
    recent: run.recent,
    steps: run.steps,
    hurried: run.hurried,
    remaining: run.remaining,
    isEnd: run.isEnd,
    read: (tokens, how) => run.read(Uint32Array.from(tokens), how),
    draft: run.draft,
    refine: run.refine,
    truncate: (length) => sequence.truncate(length),
    distribution: (row, recent) => context.distribution(row, sampling, Uint32Array.from(recent)),
    depth: () => readDepth(loaded),
    depths: (rows) => readDepths(loaded, rows),
    async draw() {
      const id = await run.draw();
      if (id < 0) throw new AppError('decode_failed', 'The model gave no next token.');
      return id;
    },
    wave: { begin: context.waveBegin, update: context.waveUpdate, end: context.waveEnd },
  };
}

/** What the parity cases and measurements hear and change; nothing in an answer of a conversation. */
export interface DecoderInsight {
  rules?: WaveRules | undefined;
  onRound?: SpeculativeOptions['onRound'];
  onPass?: WavefrontOptions['onPass'];
}

export function openDecoder(tools: DecoderTools, loaded: Loaded, sampling: Sampling, { sampler, warmStart, exit }: RecurrenceSettings, insight: DecoderInsight = {}): Decoder {
  if (sampler.kind === 'wavefront') return decodeWavefront(tools, { ...sampler, warmStart, exit, rules: insight.rules, onPass: insight.onPass });
  if (sampler.kind === 'plain') return decodePlain(tools);
  const { recurrence, speed } = loaded.info;
  // Costs follow the clock only where the answer does not depend on them: a seed gives the same answer again.
  const measured = sampling.temperature === 0 && speed !== null;
  const blocks = (steps: number): number => recurrence!.preludeBlocks + recurrence!.codaBlocks + recurrence!.coreBlocks * steps;
  const tokenCost = measured ? (steps: number) => speed.fixedMs + speed.stepMs * steps : blocks;
  const control = createDraftControl({ ...sampler, measured, tokenCost, memory: measured ? memoryOf(loaded) : emptyMemory() });
  return decodeSpeculative(tools, { control, onRound: insight.onRound });
}

const memories = new WeakMap<Loaded['context'], DraftMemory>();

/** Answers are short; what one taught is known in the next, for as long as the model stays loaded. */
function memoryOf({ context }: Loaded): DraftMemory {
  const memory = memories.get(context) ?? emptyMemory();
  memories.set(context, memory);
  return memory;
}

/** An ordinary model has none. */
function readDepth({ info, context }: Loaded): Depth {
  if (!info.recurrence) return { steps: 0, exitReason: 'none', trace: [] };
  const { nSteps, exitReason, deltas } = context.trace();
  return { steps: nSteps, exitReason: reasonOf(exitReason), trace: toTrace(deltas) };
}

function readDepths({ context }: Loaded, rows: number): Depth[] {
  const { nSteps, exitReason: word } = context.trace();
  const exitReason = reasonOf(word);
  const deltas = context.deltas();
  return Array.from({ length: rows }, (_, row) => ({
    steps: nSteps,
    exitReason,
    trace: toTrace(Float32Array.from({ length: nSteps }, (__, step) => deltas[step * rows + row]!)),
  }));
}

function reasonOf(word: string): ExitReason {
  return exitReasons.find((known) => known === word) ?? 'limit';
}

// What the native side is asked for, and answers, about drawing tokens: settings of the sampler chain, rows of drafts, passes of a wave.
import type { Distribution } from './drawing.js';

export interface SamplerOptions {
  temperature: number;
  topK: number;
  topP: number;
  minP: number;
  seed: number;
  repeatPenalty: number;
  /** Tokens before the first one drawn, for the repeat penalty. */
  recent: Uint32Array;
}

export interface DraftAsk {
  sampling: Omit<SamplerOptions, 'seed' | 'recent'>;
  /** The tokens up to the first one read. */
  recent: Uint32Array;
  /** In [0, 1), one for every token to draw. */
  chances: Float64Array;
}

export interface Drafts {
  ids: Uint32Array;
  /** What each of them was drawn from. */
  distributions: Distribution[];
}

/** One pass over the window of a wave. */
export interface RefineAsk {
  sampling: Omit<SamplerOptions, 'seed' | 'recent'>;
  /** The tokens before the window. */
  recent: Uint32Array;
  /** In [0, 1), for what follows each position. */
  chances: Float64Array;
  /** How far the states before the pass are shifted against those after it. */
  shift: number;
}

export interface Refined {
  /** What follows each position. */
  ids: Uint32Array;
  /** |x - y| / |x| of every position: x after the pass, y before it at the position `shift` further on. */
  changes: Float32Array;
}

/** How the window of a wave is decoded. */
export interface WaveOptions {
  /** The cache slots of a pass are those of steps firstStep, firstStep + 1, ... */
  firstStep: number;
  /** Weight of the pass before in the averaged embedding of a position. */
  embeddingAverage: number;
  /** Share of a fresh state mixed in before each pass, divided by 1 + the steps done. */
  stateNoise: number;
  /** Also positions without a pass before, which enter scaled by 1 - embeddingAverage: as the reference. */
  averageNew: boolean;
  /** A new position starts from the last state of the position so many before it; 0: from the seeded state. */
  carry: number;
}

// Owns the shape of the native side as the engine sees it: one binary, models, and contexts with one sequence each.
import type { ExitCriterion, KvType } from '../contract/compute.js';
import type { Distribution } from './drawing.js';
import type { DraftAsk, Drafts, Refined, RefineAsk, SamplerOptions, WaveOptions } from './native-sampling.js';

/** What a model's file says about its recurrence. */
export interface NativeRecurrence {
  nLayerPrelude: number;
  nLayerCore: number;
  nLayerCoda: number;
  nSteps: number;
  nStepsMin: number;
  nStepsMax: number;
  stateStd: number;
  nEmbd: number;
}

export interface RecurrenceOptions {
  nSteps?: number;
  seed?: number;
  /** 0: the zero state. */
  initScale?: number;
  /** Where a token read alone starts if the one before it was the last one read: seeded, or from its last state, raw or after the final norm. */
  start?: 'seeded' | 'carried' | 'carried-normed';
  /** All tokens of a batch leave together. null: they run all steps. */
  exit?: ExitCriterion | null;
  /** Tokens that were read with `keep` and then forgotten go on with `resume`; a read without it forgets them. */
  hold?: 'keep' | 'resume' | undefined;
}

export interface Trace {
  nSteps: number;
  exitReason: string;
  /** [n_steps], |x_t - x_(t-1)| / |x_t|. */
  deltas: Float32Array;
  /** At every check; NaN: not defined there. */
  exitValues: Float32Array;
}

export interface InsideTensor {
  /** Ends in the layer. */
  name: string;
  /** From 1; 0: prelude or coda. */
  step: number;
  values: Float32Array;
}

export interface Progress {
  /** Counts decodes; two polls with the same number saw the same one. */
  decode: number;
  steps: number;
  nSteps: number;
  deltas: Float32Array;
}

export interface LatentStates {
  nSteps: number;
  nTokens: number;
  nEmbd: number;
  /** Row after row, step after step. */
  states: Float32Array;
}

export interface KvUse {
  /** Address space for every slot of the budget. */
  sizeBytes: number;
  /** Memory taken so far: whole slots, for all of the context. */
  touchedBytes: number;
}

export interface QuantizedTensor {
  name: string;
  type: string;
}

export interface NativeOptions {
  /** `stock` loads node-llama-cpp's own binary, which is refused: for the test that proves it. */
  binary?: 'fork' | 'stock';
  gpu?: boolean;
}

export interface Native {
  readonly forkId: string;
  /** Name of the GPU backend, null on the CPU. */
  readonly gpu: string | null;
  /** Cores that are useful for arithmetic. */
  readonly mathCores: number;
  readonly freeVideoBytes: () => number;
  /** What llama.cpp said since the last call, newest last. */
  takeLog(): Promise<string[]>;
  /** Null: llama.cpp could not load it or was told to stop; the log says why. */
  loadModel(path: string, options: ModelOptions): Promise<NativeModel | null>;
  /** llama.cpp's quantiser, GGUF to GGUF, off the JavaScript thread. Throws plain errors with its reason. */
  quantize(source: string, target: string, type: string): Promise<{ tensors: QuantizedTensor[] }>;
}

export interface ModelOptions {
  vocabOnly: boolean;
  gpuLayers: number;
  /** Map the file instead of reading it: less memory, but the process dies when someone rewrites the file. */
  mapped: boolean;
  onProgress(progress: number): void;
  signal: AbortSignal;
}

export interface NativeModel {
  /** Null: an ordinary model. */
  readonly recurrence: NativeRecurrence | null;
  readonly trainContextSize: number;
  /** llama.cpp's enum llama_vocab_type. */
  readonly vocabularyType: number;
  /** -1: none. */
  readonly bos: number;
  readonly eos: number;
  readonly sep: number;
  /** The vocabulary wants a BOS before every text. */
  readonly wantsBos: boolean;
  readonly wantsEos: boolean;
  memoryBytes(): number;
  /** Ids of a text; nothing is added. With `parseSpecial`, the texts of control tokens become those tokens. */
  tokenize(text: string, parseSpecial: boolean): Uint32Array;
  /** The vocabulary's entry, in its own spelling. */
  tokenEntry(id: number): string;
  /** llama.cpp's enum llama_token_attr, bits. */
  tokenAttributes(id: number): number;
  /** End of turn or of text: generation stops here. */
  isEnd(id: number): boolean;
  /** Null: llama.cpp could not allocate it. `kvBudget` means nothing to ordinary models. */
  createContext(options: ContextOptions): Promise<NativeContext | null>;
  /** A context that makes vectors or scores. Null: llama.cpp could not allocate it. */
  createEncoder(options: EncoderOptions): Promise<NativeEncoder | null>;
  dispose(): Promise<void>;
}

export interface ContextOptions {
  contextSize: number;
  batchSize: number;
  threads: number;
  kvBudget: number;
  kvLayout: 'ring' | 'anchor';
  kvType: KvType;
}

export interface EncoderOptions {
  contextSize: number;
  threads: number;
  /** Pool by the classifier head. */
  ranking: boolean;
}

/** One text at a time, nothing is kept between two. Only one `encode` may be in flight. */
export interface NativeEncoder {
  memoryBytes(): number;
  /** The pooled vector, not yet of unit length, or the classifier's first value; `stopped` after requestStop. Errors: decode_failed. */
  encode(tokens: Uint32Array): Promise<Float64Array | 'stopped'>;
  requestStop(stop: boolean): void;
  dispose(): Promise<void>;
}

/** One sequence of tokens and its KV cache. Only one `decode` or draw may be in flight. */
export interface NativeContext {
  readonly contextSize: number;
  readonly threads: number;
  /** From the next decode on. */
  setThreads(threads: number): void;
  memoryBytes(): number;
  /**
   * Runs tokens through the model on a worker thread; their cells must be free. Logits are kept for the last token or for all.
   * Returns `stopped` after requestStop; the cells of these tokens are then undefined. Errors: decode_failed.
   */
  decode(tokens: Uint32Array, position: number, logits: 'last' | 'all'): Promise<'done' | 'stopped'>;
  /** `draw(row)` gives a token for the logits of a batch row and remembers it for the repeat penalty; -1: nothing can be drawn. */
  createSampler(options: SamplerOptions): { draw(row: number): Promise<number>; dispose(): void };
  /** What `draw` would draw from, for any row of the last decode and with any tokens before it; remembers nothing. -1: the last row. */
  distribution(row: number, options: Omit<SamplerOptions, 'seed' | 'recent'>, recent: Uint32Array): Distribution;
  /**
   * Reads a token, draws the next with the first chance, reads that, and so on: one call for all of them. Ends early behind a token that ends an answer.
   * As `decode` otherwise; the tokens stay in the cache, also when it was stopped.
   */
  draft(token: number, position: number, ask: DraftAsk): Promise<Drafts | 'stopped'>;
  /** From now on decodes are passes over a window: its states are kept from one to the next. Recurrent models only. */
  waveBegin(options: WaveOptions): void;
  waveUpdate(options: WaveOptions): void;
  /** As `decode` of a window, with the tokens behind each position drawn in the same call. */
  refine(tokens: Uint32Array, position: number, ask: RefineAsk): Promise<Refined | 'stopped'>;
  /** What is left in the cache is ordinary from now on. */
  waveEnd(): void;
  /** Forgets every cell from `position` on. False: this model's memory cannot forget a part. */
  truncate(position: number): boolean;
  /** Takes effect at the next decode. Only for models with recurrence. */
  setRecurrence(options: RecurrenceOptions): void;
  /** For the next decode only: [n_tokens * n_embd], or [n_embd] for all of them. */
  setInitialState(state: Float32Array | null): void;
  /** Ends the decode in flight between two recurrence steps; stays in force until withdrawn. */
  requestStop(stop: boolean): void;
  /** While on, batches leave after their next step, not before the model's least depth. Ends only when taken back. */
  hurry(on: boolean): void;
  /** Null: an ordinary model, its cache is taken at once. */
  kvUse(): KvUse | null;
  /** Of the decode in flight. */
  progress(): Progress;
  /** Of the last row of the last decode. */
  trace(): Trace;
  /** Of every position of the last decode, [n_steps asked for][n_tokens]. */
  deltas(): Float32Array;
  /** A copy, [n_vocab]. */
  logits(row?: number): Float32Array;
  tap(on: boolean, inside?: boolean): void;
  inside(): InsideTensor[];
  latentStates(): LatentStates;
  dispose(): Promise<void>;
}

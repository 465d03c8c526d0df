// Owns the seam between an answer and the way its tokens are decoded, and the plain way: one token after the other.
import type { ExitReason } from '../contract/recurrence.js';
import type { Distribution } from './drawing.js';
import type { DraftAsk, Drafts, RefineAsk, Refined, WaveOptions } from './native-sampling.js';
import type { Role } from './sequence.js';

/** How deep the position went whose logits gave a token. */
export interface Depth {
  steps: number;
  exitReason: ExitReason;
  trace: number[];
}
export interface DrawnToken extends Depth {
  id: number;
}

/**
 * Yields tokens one by one and returns why there are no more. The prompt has been read before: its last row waits to be sampled.
 * Whoever has enough calls `return()`: the cache then holds tokens of the answer only. It may hold some that were not asked for.
 */
export type Decoder = AsyncGenerator<DrawnToken, 'stopped' | 'context', void>;

/** What a decoder works with. One sequence; nothing else reads while it decodes. */
export interface DecoderTools {
  /** Tokens in the cache: the position of the next one read. */
  readonly length: number;
  readonly contextSize: number;
  /** Tokens of one read. */
  readonly batchSize: number;
  /** Seed of all draws. */
  readonly seed: number;
  /** The last tokens of the prompt, for the repeat penalty. */
  readonly recent: readonly number[];
  /** Depth as it is at this moment: the slider may move in the middle of an answer. */
  steps(): number;
  /** "Answer now" was asked for: reads end after the model's least depth, whatever depth they ask for. */
  hurried(): boolean;
  /** Tokens the answer may still have. */
  remaining(): number;
  /** The answer ends with this token. */
  isEnd(id: number): boolean;
  /** Reads tokens behind the cache's end. After `stopped` the cache is as before. */
  read(tokens: readonly number[], how: ReadOptions): Promise<'done' | 'stopped'>;
  /** Draws tokens behind `token`, one after the other with so many steps each, one for each chance at most; the cache is as before. */
  draft(token: number, steps: number, ask: Omit<DraftAsk, 'sampling'>): Promise<Drafts | 'stopped'>;
  /** Reads a window behind the cache's end while a wave is on, and draws what follows each of its positions. After `stopped` the cache is as before. */
  refine(tokens: readonly number[], steps: number, ask: Omit<RefineAsk, 'sampling'>): Promise<Refined | 'stopped'>;
  /** Forgets everything in the cache from this length on. */
  truncate(length: number): void;
  /** Of a row of the last read, after temperature, cuts and penalty. `recent`: the tokens before the one to draw, at least the last 64. */
  distribution(row: number, recent: readonly number[]): Distribution;
  /** Of the last row of the last read. */
  depth(): Depth;
  /** Of every row of the last read, which had so many. */
  depths(rows: number): Depth[];
  /** llama.cpp's own draw from the last row of the last read; it remembers what it drew. -1: nothing can be drawn. */
  draw(): Promise<number>;
  readonly wave: WaveTools;
}

export interface ReadOptions {
  steps: number;
  logits: 'last' | 'all';
  as: Exclude<Role, 'prompt' | 'last' | 'draft' | 'wave'>;
  resume?: boolean;
}

/** While a wave is on, windows are refined: their latent states are kept from pass to pass. */
export interface WaveTools {
  begin(options: WaveOptions): void;
  update(options: WaveOptions): void;
  end(): void;
}

/** The window of tokens the repeat penalty looks at. */
export const recentTokens = 64;

export async function* decodePlain(tools: DecoderTools): Decoder {
  for (;;) {
    const id = await tools.draw();
    yield { id, ...tools.depth() };
    if (tools.length >= tools.contextSize) return 'context';
    if ((await tools.read([id], { steps: tools.steps(), logits: 'last', as: 'answer' })) === 'stopped') return 'stopped';
  }
}

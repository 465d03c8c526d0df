// Owns the tokens in the KV cache: what is there, at which depth it was read, and how much of it a new prompt can keep.
import type { RecurrenceSettings } from '../contract/recurrence.js';
import type { NativeContext } from './native-types.js';

export interface Sequence {
  /** Tokens in the cache. */
  readonly length: number;
  /**
   * Keeps the longest beginning of `ids` that is in the cache and was read at the same settings, but never all of `ids`:
   * the last token must be read for its logits. The rest of the cache is forgotten. Returns the tokens kept.
   *
   * Same settings, because keys and values of a recurrent model differ from step to step: a prompt read at 2 steps and
   * continued at 16 would give an answer that depends on what was asked before.
   */
  keep(ids: Uint32Array, settings: RecurrenceSettings): number;
  /** Reads tokens behind the cache's end. After `stopped` or an error the cache is as before. Errors: decode_failed. */
  read(ids: Uint32Array, settings: RecurrenceSettings, options?: SequenceReadOptions): Promise<'done' | 'stopped'>;
  /** Forgets the tokens from this length on; all of them if this model's memory cannot forget a part. */
  truncate(length: number): void;
  clear(): void;
}

export interface SequenceReadOptions {
  logits?: 'last' | 'all';
  /** The keys and values are not those that a prompt read with these settings would have: no later prompt keeps them. */
  unlikePrompt?: boolean;
}

export function createSequence(context: NativeContext, hasRecurrence: boolean): Sequence {
  let tokens: number[] = [];
  /** Settings each token was read with, as one comparable word. */
  let readWith: string[] = [];
  const word = ({ steps, stateSeed, stateScale }: RecurrenceSettings): string => (hasRecurrence ? `${steps}/${stateSeed}/${stateScale}` : '');

  function truncate(length: number): number {
    if (length === tokens.length) return length;
    const kept = context.truncate(length) ? length : 0;
    if (kept !== length) context.truncate(0);
    tokens = tokens.slice(0, kept);
    readWith = readWith.slice(0, kept);
    return kept;
  }

  return {
    get length() {
      return tokens.length;
    },
    keep(ids, settings) {
      const limit = Math.min(tokens.length, ids.length - 1);
      const wanted = word(settings);
      let same = 0;
      while (same < limit && tokens[same] === ids[same] && readWith[same] === wanted) same += 1;
      return truncate(same);
    },
    async read(ids, settings, { logits = 'last', unlikePrompt = false } = {}) {
      if (hasRecurrence) context.setRecurrence({ nSteps: settings.steps, seed: settings.stateSeed, initScale: settings.stateScale });
      const before = tokens.length;
      let outcome: 'done' | 'stopped' | 'failed' = 'failed';
      try {
        outcome = await context.decode(ids, before, logits);
        return outcome;
      } finally {
        if (outcome === 'done') {
          tokens.push(...ids);
          readWith.push(...Array.from(ids, () => (unlikePrompt ? 'unlike a prompt' : word(settings))));
        } else if (!context.truncate(before)) {
          tokens = [];
          readWith = [];
          context.truncate(0);
        }
      }
    },
    truncate(length) {
      truncate(Math.min(length, tokens.length));
    },
    clear() {
      truncate(0);
    },
  };
}

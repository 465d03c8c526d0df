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
  read(ids: Uint32Array, settings: RecurrenceSettings, logits?: 'last' | 'all'): Promise<'done' | 'stopped'>;
  clear(): void;
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
    async read(ids, settings, logits = 'last') {
      if (hasRecurrence) context.setRecurrence({ nSteps: settings.steps, seed: settings.stateSeed, initScale: settings.stateScale });
      const before = tokens.length;
      let outcome: 'done' | 'stopped' | 'failed' = 'failed';
      try {
        outcome = await context.decode(ids, before, logits);
        return outcome;
      } finally {
        if (outcome === 'done') {
          tokens.push(...ids);
          readWith.push(...Array.from(ids, () => word(settings)));
        } else if (!context.truncate(before)) {
          tokens = [];
          readWith = [];
          context.truncate(0);
        }
      }
    },
    clear() {
      truncate(0);
    },
  };
}

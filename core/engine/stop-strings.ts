// Owns stop strings: an answer ends before the first of them, wherever tokens happen to be cut, and nothing else is lost.
import type { TokenRecord } from '../contract/recurrence.js';

export interface StopStrings {
  /** The records that are sure to stay, in order. After `hit` nothing may be pushed. */
  push(records: readonly TokenRecord[]): TokenRecord[];
  /** A stop string has come: the answer is over. */
  readonly hit: boolean;
  /** What was held back because it could have become a stop string. */
  end(): TokenRecord[];
}

/**
 * Records wait while the end of their text could be the beginning of a stop string; at most the longest string's length waits.
 * On a hit the record in which the string begins keeps the text before it and is dropped if there is none; those after it are dropped.
 * The first place in the text wins; of strings that begin there any one, for the outcome is the same.
 */
export function createStopStrings(strings: readonly string[]): StopStrings {
  const stops = strings.filter((text) => text !== '');
  let held: TokenRecord[] = [];
  let hit = false;

  /** Takes `count` characters' worth of whole records from the front; a record that goes beyond is cut. */
  function upTo(count: number): TokenRecord[] {
    const kept: TokenRecord[] = [];
    let left = count;
    for (const record of held) {
      if (left <= 0) break;
      kept.push(record.text.length <= left ? record : { ...record, text: record.text.slice(0, left) });
      left -= record.text.length;
    }
    return kept;
  }

  return {
    get hit() {
      return hit;
    },
    push(records) {
      if (stops.length === 0) return [...records];
      held.push(...records);
      const text = held.map((record) => record.text).join('');
      const at = Math.min(...stops.map((stop) => text.indexOf(stop)).filter((index) => index >= 0));
      if (Number.isFinite(at)) {
        const kept = upTo(at);
        held = [];
        hit = true;
        return kept;
      }
      const waiting = Math.max(...stops.map((stop) => beginningAtEnd(text, stop)));
      let sure = text.length - waiting;
      // Only whole records leave: one that is half sure waits for its other half. Records without text go with the one before.
      let count = 0;
      for (; count < held.length && held[count]!.text.length <= sure; count++) sure -= held[count]!.text.length;
      return held.splice(0, count);
    },
    end() {
      return held.splice(0);
    },
  };
}

/** Length of the longest end of `text` that is a beginning of `stop`, and not all of it. */
function beginningAtEnd(text: string, stop: string): number {
  for (let length = Math.min(stop.length - 1, text.length); length > 0; length--) if (text.endsWith(stop.slice(0, length))) return length;
  return 0;
}

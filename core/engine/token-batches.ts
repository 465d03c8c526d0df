// Owns the pace of what leaves the engine: token records in batches, none of them cutting a character in two.
import type { TokenRecord } from '../contract/recurrence.js';
import { createStopStrings } from './stop-strings.js';
import { TextAssembler } from './token-text.js';

/** A batch leaves after this time or this many tokens, whichever is first: 60 a second is what a screen can show. */
export const batchLimits = { maxAgeMs: 16, maxTokens: 8 } as const;

export interface TokenBatches {
  /** A token with the bytes it stands for. Its record waits while the last character is incomplete. */
  push(token: Omit<TokenRecord, 'text'>, bytes: Uint8Array): void;
  /** A stop string has come. What stood before it is sent; nothing more may be pushed. */
  readonly stopped: boolean;
  /** Sends everything that waits; a character that never came to its end becomes U+FFFD on the last record. */
  end(): void;
}

/** `now` in milliseconds and `later` (like setTimeout, returning its undo) are given so that tests own the clock. */
export interface Clock {
  now(): number;
  later(callback: () => void, delayMs: number): () => void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  later(callback, delayMs) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

export function createTokenBatches(send: (tokens: TokenRecord[]) => void, clock: Clock = systemClock, stopStrings: readonly string[] = []): TokenBatches {
  const text = new TextAssembler();
  /** Records whose text is part of a character that is not complete yet. */
  let unfinished: TokenRecord[] = [];
  const stops = createStopStrings(stopStrings);
  const batch: TokenRecord[] = [];
  let lastSentMs = -Infinity;
  let cancelTimer: (() => void) | null = null;

  function flush(): void {
    cancelTimer?.();
    cancelTimer = null;
    if (batch.length === 0) return;
    lastSentMs = clock.now();
    // A character of several tokens can come on top of a nearly full batch.
    while (batch.length > 0) send(batch.splice(0, batchLimits.maxTokens));
  }

  return {
    get stopped() {
      return stops.hit;
    },
    push(token, bytes) {
      unfinished.push({ ...token, text: text.push(bytes) });
      if (text.holding) return;
      batch.push(...stops.push(unfinished));
      unfinished = [];
      if (batch.length === 0) return;
      const ageMs = clock.now() - lastSentMs;
      if (batch.length >= batchLimits.maxTokens || ageMs >= batchLimits.maxAgeMs) return flush();
      cancelTimer ??= clock.later(flush, batchLimits.maxAgeMs - ageMs);
    },
    end() {
      const rest = text.end();
      const last = unfinished.at(-1);
      if (last) last.text += rest;
      if (!stops.hit) batch.push(...stops.push(unfinished), ...(stops.hit ? [] : stops.end()));
      unfinished = [];
      flush();
    },
  };
}

// Owns the pace of what leaves the engine: token records in batches, none of them cutting a character in two.
import type { TokenRecord } from '../contract/recurrence.js';
import { TextAssembler } from './token-text.js';

/** A batch leaves after this time or this many tokens, whichever is first: 60 a second is what a screen can show. */
export const batchLimits = { maxAgeMs: 16, maxTokens: 8 } as const;

export interface TokenBatches {
  /** A token with the bytes it stands for. Its record waits while the last character is incomplete. */
  push(token: Omit<TokenRecord, 'text'>, bytes: Uint8Array): void;
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

export function createTokenBatches(send: (tokens: TokenRecord[]) => void, clock: Clock = systemClock): TokenBatches {
  const text = new TextAssembler();
  /** Records whose text is part of a character that is not complete yet. */
  let unfinished: TokenRecord[] = [];
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
    push(token, bytes) {
      unfinished.push({ ...token, text: text.push(bytes) });
      if (text.holding) return;
      batch.push(...unfinished);
      unfinished = [];
      const ageMs = clock.now() - lastSentMs;
      if (batch.length >= batchLimits.maxTokens || ageMs >= batchLimits.maxAgeMs) return flush();
      cancelTimer ??= clock.later(flush, batchLimits.maxAgeMs - ageMs);
    },
    end() {
      const rest = text.end();
      const last = unfinished.at(-1);
      if (last) last.text += rest;
      batch.push(...unfinished);
      unfinished = [];
      flush();
    },
  };
}

// Owns noticing that an engine hangs: no sign of life, or signs of life but no progress in what it was asked to do.

export interface WatchLimits {
  /** Longest silence. The engine says something every second while its JavaScript thread is free; loading and decoding happen elsewhere. */
  silenceMs: number;
  /** Longest time without progress while something is being made, for what is being made now; null: nothing is. */
  stallMs(): number | null;
  hung(why: string): void;
}

export interface EngineWatch {
  /** The engine's own sign of life. `progress` is any number that changes when something was done. */
  alive(progress: number): void;
  /** Tokens, steps, a part of a load: all are progress. */
  progressed(): void;
  close(): void;
}

/** A step over a whole prompt is the longest thing that says nothing: so many tokens at once, with room for a machine that is busy. */
const tokensOfLongestStep = 4 * 512;

/** Time a run may take without a word. @param tokenMs what a token costs at its depth; null: unknown */
export function stallLimitMs(baseMs: number, tokenMs: number | null): number {
  return tokenMs === null ? 30 * baseMs : baseMs + tokensOfLongestStep * tokenMs;
}

/** Watches from the first sign of life on. Its clock does not follow the system's, which may be set. */
export function watchEngine({ silenceMs, stallMs, hung }: WatchLimits): EngineWatch {
  let heardMs: number | null = null;
  let progressMs = performance.now();
  let lastProgress: number | null = null;
  let lookedMs = performance.now();
  const everyMs = Math.max(10, Math.min(5000, silenceMs / 4));
  const timer = setInterval(() => {
    const nowMs = performance.now();
    // This process did not run either: the machine slept, or was so busy that nobody can be blamed.
    if (nowMs - lookedMs > 3 * everyMs) {
      heardMs &&= nowMs;
      progressMs = nowMs;
    }
    lookedMs = nowMs;
    if (heardMs === null) return;
    const stall = stallMs();
    if (stall === null) progressMs = nowMs;
    if (nowMs - heardMs > silenceMs) hung(`no sign of life for ${Math.round((nowMs - heardMs) / 1000)} s`);
    else if (stall !== null && nowMs - progressMs > stall) hung(`no progress for ${Math.round((nowMs - progressMs) / 1000)} s`);
  }, everyMs).unref();
  return {
    alive(progress) {
      heardMs = performance.now();
      if (progress !== lastProgress) progressMs = heardMs;
      lastProgress = progress;
    },
    progressed() {
      progressMs = performance.now();
      heardMs &&= progressMs;
    },
    close: () => clearInterval(timer),
  };
}

// Owns noticing that nobody has touched Plumb for a while.

export interface IdleLock {
  /** Somebody did something. */
  touch(): void;
  close(): void;
}

/**
 * Calls `lock` once `minutes()` have passed without a touch; 0 means never.
 * Looks at the clock now and then instead of setting an alarm: a machine that slept has moved its clock on, but not its timers.
 */
export function createIdleLock({ minutes, lock, now, everyMs }: { minutes(): number; lock(): void; now(): number; everyMs: number }): IdleLock {
  let touchedAtMs = now();
  const timer = setInterval(() => {
    // The clock went back.
    touchedAtMs = Math.min(touchedAtMs, now());
    const limit = minutes();
    if (limit > 0 && now() - touchedAtMs >= limit * 60_000) lock();
  }, everyMs).unref();
  return {
    touch: () => void (touchedAtMs = now()),
    close: () => clearInterval(timer),
  };
}

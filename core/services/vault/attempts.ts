// Owns counting wrong passphrases and how long to wait after them, across restarts.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writePrivately } from './private-file.js';

const countSchema = z.object({ failures: z.number().int().min(0).max(1_000_000), lastAtMs: z.number().int() });

/** Slips of the finger cost nothing. */
const freeTries = 3;
const longestWaitMs = 300_000;

/** 0, 0, 0, then 1 s, 2 s, 4 s … up to five minutes. */
export function waitAfter(failures: number): number {
  return failures < freeTries ? 0 : Math.min(longestWaitMs, 1000 * 2 ** Math.min(failures - freeTries, 20));
}

export interface Attempts {
  waitMs(): number;
  /** Call it before a try: a process killed while it tries has tried. */
  count(): void;
  /** It was right after all. */
  clear(): void;
}

/**
 * Beside the vault and readable: it says how often, never what. Whoever can delete it can copy the folder and try without us;
 * it slows down a person at this keyboard.
 */
export function createAttempts(dir: string, now: () => number): Attempts {
  const path = join(dir, 'vault-attempts.json');
  let { failures, lastAtMs } = read(path, now());
  return {
    waitMs() {
      // A clock that went back must neither lengthen the wait nor end it.
      if (lastAtMs > now()) lastAtMs = now();
      return Math.max(0, lastAtMs + waitAfter(failures) - now());
    },
    count() {
      failures += 1;
      lastAtMs = now();
      writePrivately(path, JSON.stringify({ failures, lastAtMs }));
    },
    clear() {
      failures = 0;
      rmSync(path, { force: true });
    },
  };
}

function read(path: string, nowMs: number): { failures: number; lastAtMs: number } {
  if (!existsSync(path)) return { failures: 0, lastAtMs: 0 };
  try {
    return countSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    // Somebody wrote into it: as after the first wait, rather than as if nothing had happened.
    return { failures: freeTries, lastAtMs: nowMs };
  }
}

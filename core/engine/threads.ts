// Chooses how many threads compute a small model, by measuring tokens: more are not always faster, least of all on a busy machine.
import type { Speed } from '../contract/recurrence.js';
import type { SpeedPoint } from './speed.js';

const measuredTokens = 3;
/** More threads must be at least this much faster: they take the machine from others. */
const worthwhile = 0.9;
/** More threads get this much time for a token, or this multiple of what fewer needed for one: on a busy machine they could take a thousand times as long. */
const patienceMs = 20;
const patience = 3;

/** From fewest to most: one, half of the cores useful for arithmetic, all of them. */
export function threadCandidates(mathCores: number): number[] {
  return [...new Set([1, Math.ceil(mathCores / 2), mathCores])];
}

/**
 * The fewest threads that are about as fast as the fastest. `decode` runs one token with so many threads, within a time if one is
 * given; false: it took longer and was stopped.
 * Sums, not the fastest token: a thread that waits for a busy core now and then is what makes more threads slow.
 */
export async function chooseThreads(
  candidates: readonly number[],
  decode: (threads: number, withinMs: number | null) => Promise<boolean>,
  now: () => number = () => performance.now(),
): Promise<number> {
  let best: { threads: number; ms: number } | null = null;
  for (const threads of candidates) {
    const withinMs: number | null = best && Math.max(patienceMs, (patience * best.ms) / measuredTokens);
    // The first token wakes the threads.
    let inTime = await decode(threads, withinMs);
    const beganMs = now();
    for (let token = 0; token < measuredTokens && inTime; token++) inTime = await decode(threads, withinMs);
    const ms = now() - beganMs;
    if (inTime && (!best || ms < best.ms * worthwhile)) best = { threads, ms };
  }
  return best?.threads ?? 1;
}

/** Whether a run's tokens took twice, or half, of what they took when the threads were chosen: the machine is another one now. */
export function hasChanged(speed: Speed, tokens: readonly SpeedPoint[]): boolean {
  if (tokens.length < 8) return false;
  const expected = tokens.reduce((sum, { steps }) => sum + speed.fixedMs + speed.stepMs * steps, 0);
  const ms = tokens.reduce((sum, token) => sum + token.ms, 0);
  return expected > 0 && (ms > 2 * expected || ms < expected / 2);
}

// Owns stretching a passphrase: Argon2id, with a cost that is measured on this machine when a passphrase is set.
import { randomBytes } from 'node:crypto';
import { argonInThread, type ArgonAnswer } from './argon-thread.js';

export interface ArgonCost {
  memoryKiB: number;
  passes: number;
}

/** What a try costs at least: the second recommended option of RFC 9106, with one lane. */
export const leastCost: ArgonCost = { memoryKiB: 64 * 1024, passes: 3 };
/** And at most: the same vault must open on a smaller machine too. */
export const mostCost: ArgonCost = { memoryKiB: 256 * 1024, passes: 12 };

/** 32 bytes from a passphrase, computed in a thread. The form of the letters is normalised, so that another keyboard's "é" is the same "é". */
export async function stretch(passphrase: string, salt: Uint8Array, cost: ArgonCost): Promise<Buffer> {
  return Buffer.from((await computed(passphrase, salt, cost)).hash);
}

function computed(passphrase: string, salt: Uint8Array, { memoryKiB, passes }: ArgonCost): Promise<ArgonAnswer> {
  // Argon2 refuses an empty passphrase; nobody can set one, and trying it must cost what every other try costs.
  const password = new TextEncoder().encode(passphrase === '' ? '\0' : passphrase.normalize('NFKC'));
  return argonInThread({ password, salt, memoryKiB, passes });
}

/** A cost of about `targetMs` of processor time, between the two bounds: memory first, which is what a graphics card lacks, then passes. */
export async function measureCost(targetMs: number): Promise<ArgonCost> {
  const { cpuMs } = await computed('measured', randomBytes(16), leastCost);
  return costFor(targetMs, cpuMs);
}

/** @param leastMs what {@link leastCost} took */
export function costFor(targetMs: number, leastMs: number): ArgonCost {
  const times = Math.max(1, targetMs / Math.max(leastMs, 1));
  const doublings = Math.floor(Math.log2(times));
  const memoryKiB = Math.min(mostCost.memoryKiB, leastCost.memoryKiB * 2 ** doublings);
  const left = times / (memoryKiB / leastCost.memoryKiB);
  const passes = Math.min(mostCost.passes, Math.max(leastCost.passes, Math.round(leastCost.passes * left)));
  return { memoryKiB, passes };
}

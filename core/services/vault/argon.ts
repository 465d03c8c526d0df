// Owns stretching a passphrase: Argon2id, with a cost that is measured on this machine when a passphrase is set.
import { randomBytes } from 'node:crypto';

export interface ArgonCost {
  memoryKiB: number;
  passes: number;
}

/** What a try costs at least: the second recommended option of RFC 9106, with one lane. */
export const leastCost: ArgonCost = { memoryKiB: 64 * 1024, passes: 3 };
/** And at most: the same vault must open on a smaller machine too. */
export const mostCost: ArgonCost = { memoryKiB: 256 * 1024, passes: 12 };

/**
 * 32 bytes from a passphrase. The form of the letters is normalised, so that another keyboard's "é" is the same "é".
 * Blocks this process for its half second: nothing else can be done before it anyway.
 */
export async function stretch(passphrase: string, salt: Uint8Array, { memoryKiB, passes }: ArgonCost): Promise<Buffer> {
  // Only when needed: most starts stretch nothing, and the package is large.
  const { argon2id } = await import('hash-wasm');
  const password = Buffer.from(passphrase.normalize('NFKC'));
  try {
    // Argon2 refuses an empty passphrase; nobody can set one, and trying it must cost what every other try costs.
    const given = password.length === 0 ? Buffer.from([0]) : password;
    return Buffer.from(await argon2id({ password: given, salt, parallelism: 1, iterations: passes, memorySize: memoryKiB, hashLength: 32, outputType: 'binary' }));
  } finally {
    password.fill(0);
  }
}

/** A cost of about `targetMs` of processor time, between the two bounds: memory first, which is what a graphics card lacks, then passes. */
export async function measureCost(targetMs: number): Promise<ArgonCost> {
  // Compiling the code is paid once and says nothing about a try.
  await stretch('measured', randomBytes(16), { memoryKiB: 64, passes: 1 });
  const before = process.cpuUsage();
  await stretch('measured', randomBytes(16), leastCost);
  const { user, system } = process.cpuUsage(before);
  return costFor(targetMs, (user + system) / 1000);
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

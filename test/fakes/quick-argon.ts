// Owns a stand-in for Argon2id that costs nothing: as different for every input, not as hard. For `vi.mock('hash-wasm', …)`; argon.test.ts has the real one.
import { createHash } from 'node:crypto';

interface Asked {
  password: Uint8Array;
  salt: Uint8Array;
  iterations: number;
  memorySize: number;
}

export function argon2id({ password, salt, iterations, memorySize }: Asked): Promise<Uint8Array> {
  return Promise.resolve(createHash('sha256').update(`${iterations} ${memorySize} `).update(salt).update(password).digest());
}

// Owns a stand-in for Argon2id that costs nothing: as different for every input, not as hard. For `vi.mock` of argon-thread.js; argon.test.ts has the real one.
import { createHash } from 'node:crypto';
import type { ArgonAnswer, ArgonOrder } from '../../core/services/vault/argon-thread.js';

export function argonInThread({ password, salt, memoryKiB, passes }: ArgonOrder): Promise<ArgonAnswer> {
  const hash = createHash('sha256').update(`${passes} ${memoryKiB} `).update(salt).update(password).digest();
  return Promise.resolve({ hash, cpuMs: 1 });
}

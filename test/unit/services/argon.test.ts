// Proves that passphrases are stretched by the real Argon2id: the numbers of the reference, and one vault from passphrase to key.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { argon2id } from 'hash-wasm';
import { expect, it } from 'vitest';
import { stretch } from '../../../core/services/vault/argon.js';
import { createVault } from '../../../core/services/vault/vault.js';

it('Argon2id is the one of the reference implementation', async () => {
  // phc-winner-argon2, src/test.c: version 0x13, t=2, m=2^16, p=1, "password", "somesalt".
  const hex = await argon2id({ password: 'password', salt: Buffer.from('somesalt'), iterations: 2, memorySize: 65_536, parallelism: 1, hashLength: 32, outputType: 'hex' });
  expect(hex).toBe('09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7');
});

it('an empty passphrase is stretched like any other', async () => {
  expect(await stretch('', Buffer.alloc(16), { memoryKiB: 64, passes: 1 })).toHaveLength(32);
});

it('a vault opens with its passphrase and with no other', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'plumb-vault-'));
  const vault = createVault({ dataDir, now: Date.now, argonMs: 0 });
  vault.openByItself();
  const key = Buffer.from(vault.dataKey());
  await vault.setPassphrase(null, 'correct horse');
  vault.lock();
  await expect(vault.unlock('correct horse!')).rejects.toMatchObject({ code: 'wrong_passphrase' });
  await vault.unlock('correct horse');
  expect(key.equals(vault.dataKey())).toBe(true);
  rmSync(dataDir, { recursive: true });
});

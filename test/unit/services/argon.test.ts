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

it('the same letters in another form are the same passphrase', async () => {
  const cost = { memoryKiB: 64, passes: 1 };
  expect(await stretch('e\u0301', Buffer.alloc(16), cost)).toEqual(await stretch('\u00e9', Buffer.alloc(16), cost));
});

it('the host goes on while a passphrase is stretched, and those that are asked for together come one after the other', async () => {
  let turns = 0;
  const clock = setInterval(() => (turns += 1), 1);
  const before = process.memoryUsage().rss;
  const all = await Promise.all(Array.from({ length: 4 }, () => stretch('a passphrase', Buffer.alloc(16), { memoryKiB: 128 * 1024, passes: 1 })));
  clearInterval(clock);
  // Computed here, nothing else would get a turn from the first to the last pass.
  expect(turns).toBeGreaterThan(5);
  expect(new Set(all.map((each) => each.toString('hex'))).size).toBe(1);
  // Four at once would take half a gigabyte.
  expect(process.memoryUsage().rss - before).toBeLessThan(350 * 1024 * 1024);
}, 90_000);

it('a thread that ends without an answer is an error, and the next one is computed', async () => {
  // Two bytes of salt are too few for Argon2.
  await expect(stretch('x', Buffer.alloc(2), { memoryKiB: 64, passes: 1 })).rejects.toThrow(/salt/i);
  expect(await stretch('x', Buffer.alloc(16), { memoryKiB: 64, passes: 1 })).toHaveLength(32);
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

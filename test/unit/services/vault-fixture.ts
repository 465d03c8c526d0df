// Owns a vault on a temporary folder, with a clock that tests turn.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import type { KeyStore } from '../../../core/services/vault/slots.js';
import { createVault, type Vault } from '../../../core/services/vault/vault.js';

export const clock = { nowMs: 0 };
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'plumb-vault-'));
  clock.nowMs = 1_000_000;
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

export const file = (name: string): string => join(dir, name);
export const json = (): { slots: { kind: string }[] } & Record<string, unknown> => JSON.parse(readFileSync(file('vault.json'), 'utf8')) as never;
export const kinds = (): string[] => json().slots.map(({ kind }) => kind);
export const vaultOf = (keyStore?: KeyStore): Vault => createVault({ dataDir: dir, keyStore, now: () => clock.nowMs, argonMs: 0 });
export const keyOf = (vault: Vault): string => Buffer.from(vault.dataKey()).toString('hex');

export function opened(keyStore?: KeyStore): Vault {
  const vault = vaultOf(keyStore);
  vault.openByItself();
  return vault;
}

/** A vault with a passphrase and the key it guards. */
export async function protectedVault(passphrase = 'correct horse'): Promise<{ vault: Vault; key: string }> {
  const vault = opened();
  await vault.setPassphrase(null, passphrase);
  return { vault, key: keyOf(vault) };
}

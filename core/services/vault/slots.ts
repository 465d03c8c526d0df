// Owns wrapping the data key and taking it out again: one function pair for each kind of slot.
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { AppError } from '../../contract/errors.js';
import { stretch, type ArgonCost } from './argon.js';
import type { Slot, SlotOf } from './vault-file.js';

/** The operating system's key store, as a host offers it. `basic_text`: Linux without one, where Chromium uses a key that everybody knows. */
export interface KeyStore {
  available(): 'ok' | 'basic_text' | 'unavailable';
  wrap(key: Uint8Array): Uint8Array;
  unwrap(wrapped: Uint8Array): Uint8Array;
}

const tagBytes = 16;
const keyBytes = 32;

/** Bound into the tag: a slot cannot be moved to another vault, nor its salt or cost be changed. */
function bound(vaultId: string, slot: object): Buffer {
  const { nonce: _nonce, wrapped: _wrapped, ...facts } = slot as Record<string, unknown>;
  return Buffer.from(JSON.stringify([vaultId, Object.entries(facts).toSorted(([a], [b]) => (a < b ? -1 : 1))]));
}

/** Wraps with AES-256-GCM and forgets the wrapping key. */
function seal<F extends object>(vaultId: string, facts: F, wrappingKey: Buffer, key: Uint8Array): F & { nonce: string; wrapped: string } {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', wrappingKey, nonce).setAAD(bound(vaultId, facts));
  const wrapped = Buffer.concat([cipher.update(key), cipher.final(), cipher.getAuthTag()]);
  wrappingKey.fill(0);
  return { ...facts, nonce: nonce.toString('base64'), wrapped: wrapped.toString('base64') };
}

/** null: it was wrapped with another key, or somebody changed it. The two look the same on purpose. */
function unseal(vaultId: string, slot: { nonce: string; wrapped: string }, wrappingKey: Buffer): Buffer | null {
  try {
    const wrapped = Buffer.from(slot.wrapped, 'base64');
    const cipher = createDecipheriv('aes-256-gcm', wrappingKey, Buffer.from(slot.nonce, 'base64'), { authTagLength: tagBytes }).setAAD(bound(vaultId, slot));
    cipher.setAuthTag(wrapped.subarray(-tagBytes));
    const parts = [cipher.update(wrapped.subarray(0, -tagBytes)), cipher.final()];
    const key = Buffer.concat(parts);
    for (const part of parts) part.fill(0);
    return key.length === keyBytes ? key : null;
  } catch {
    return null;
  } finally {
    wrappingKey.fill(0);
  }
}

function derive(secret: Uint8Array, salt: string, what: 'recovery' | 'key file'): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, Buffer.from(salt, 'base64'), `plumb vault: ${what}`, keyBytes));
}

const newSalt = (): string => randomBytes(16).toString('base64');

/** @param key is asked for after the stretching: in the meantime it may have been locked, and the bytes of before would be zeros */
export async function wrapByPassphrase(vaultId: string, key: () => Uint8Array, passphrase: string, cost: ArgonCost): Promise<SlotOf<'passphrase'>> {
  const facts = { kind: 'passphrase' as const, salt: newSalt(), memoryKiB: cost.memoryKiB, passes: cost.passes, lanes: 1 as const };
  const wrappingKey = await stretch(passphrase, Buffer.from(facts.salt, 'base64'), cost);
  return seal(vaultId, facts, wrappingKey, key());
}

export async function unwrapByPassphrase(vaultId: string, slot: SlotOf<'passphrase'>, passphrase: string): Promise<Buffer | null> {
  return unseal(vaultId, slot, await stretch(passphrase, Buffer.from(slot.salt, 'base64'), slot));
}

/** @param code the bytes of a recovery code */
export function wrapByRecovery(vaultId: string, key: Uint8Array, code: Uint8Array): SlotOf<'recovery'> {
  const facts = { kind: 'recovery' as const, salt: newSalt() };
  return seal(vaultId, facts, derive(code, facts.salt, 'recovery'), key);
}

export function unwrapByRecovery(vaultId: string, slot: SlotOf<'recovery'>, code: Uint8Array): Buffer | null {
  return unseal(vaultId, slot, derive(code, slot.salt, 'recovery'));
}

/** @param file the bytes of the key file; they are zeroed */
export function wrapByKeyFile(vaultId: string, key: Uint8Array, file: Buffer): SlotOf<'key_file'> {
  const facts = { kind: 'key_file' as const, salt: newSalt() };
  const slot = seal(vaultId, facts, derive(file, facts.salt, 'key file'), key);
  file.fill(0);
  return slot;
}

export function unwrapByKeyFile(vaultId: string, slot: SlotOf<'key_file'>, file: Buffer): Buffer {
  const key = unseal(vaultId, slot, derive(file, slot.salt, 'key file'));
  file.fill(0);
  if (!key) throw new AppError('vault_damaged', 'The key file does not belong to this vault. Put back the files “key” and “vault.json” from the same backup of Plumb’s data folder.');
  return key;
}

export function wrapByKeyStore(key: Uint8Array, keyStore: KeyStore): SlotOf<'key_store'> {
  return { kind: 'key_store', wrapped: Buffer.from(keyStore.wrap(key)).toString('base64') };
}

/** Errors: key_store_unavailable, also when the key store is another one than before. */
export function unwrapByKeyStore(slot: SlotOf<'key_store'>, keyStore: KeyStore | undefined): Buffer {
  try {
    if (keyStore?.available() !== 'ok') throw new Error(keyStore?.available() ?? 'this way of starting Plumb has no key store');
    const key = Buffer.from(keyStore.unwrap(Buffer.from(slot.wrapped, 'base64')));
    if (key.length !== keyBytes) throw new Error('the key store gave back something else');
    return key;
  } catch (thrown) {
    throw new AppError('key_store_unavailable', 'The key store of this system does not give back the key.', (thrown as Error).message.slice(0, 200), { cause: thrown });
  }
}

export function slotOf<K extends Slot['kind']>(slots: readonly Slot[], kind: K): SlotOf<K> | undefined {
  return slots.find((slot): slot is SlotOf<K> => slot.kind === kind);
}

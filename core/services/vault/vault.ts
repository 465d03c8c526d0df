// Owns the data key: makes it once, keeps it while open, and decides who gets it back: a passphrase, a recovery code, the key store, the key file.
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync } from 'node:fs';
import { AppError, toErrorBody, type ErrorBody } from '../../contract/errors.js';
import type { Protection, VaultState } from '../../contract/vault.js';
import { listBackups } from '../../store/backups.js';
import { kindOfFile, type DataKey } from '../../store/cipher.js';
import { databasePath } from '../../store/database.js';
import { leastCost, measureCost, stretch } from './argon.js';
import { createAttempts } from './attempts.js';
import { keyFileIsOpenToOthers, keyFilePath, makeKeyFile, readKeyFile, removeKeyFile } from './key-file.js';
import { makeRecoveryCode, readCode } from './recovery-code.js';
import { slotOf, unwrapByKeyFile, unwrapByKeyStore, unwrapByPassphrase, unwrapByRecovery, wrapByKeyFile, wrapByKeyStore, wrapByPassphrase, wrapByRecovery, type KeyStore } from './slots.js';
import { readVaultFile, writeVaultFile, type Slot, type VaultFile } from './vault-file.js';

export interface VaultDeps {
  dataDir: string;
  keyStore?: KeyStore | undefined;
  now(): number;
  /** Processor time that one try of a passphrase is to cost. */
  argonMs: number;
}

export interface Vault {
  /** Errors: locked. The very bytes: after `lock` they are zeros. */
  dataKey(): DataKey;
  isOpen(): boolean;
  state(): Omit<VaultState, 'autoLockMinutes'>;
  /** What a person should know about how the key is kept. */
  notices: ErrorBody[];
  /** With the key store or the key file. What fails is in `state().problem`, and thrown to who asked by hand. */
  openByItself(): void;
  /** Errors: wrong_passphrase, too_many_attempts. */
  unlock(passphrase: string): Promise<void>;
  unlockWithRecovery(code: string): void;
  setPassphrase(current: string | null, next: string): Promise<void>;
  removePassphrase(current: string): Promise<void>;
  newRecoveryCode(): string;
  lock(): void;
}

const wrong = (): AppError => new AppError('wrong_passphrase', 'This does not open the vault.');

/** Errors: vault_damaged when the folder holds something encrypted and no readable `vault.json`; nothing is written then. */
export function createVault({ dataDir, keyStore, now, argonMs }: VaultDeps): Vault {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  let key: Buffer | null = null;
  let problem: ErrorBody | null = null;
  let mayReset = false;
  const notices: ErrorBody[] = [];
  const attempts = createAttempts(dataDir, now);
  let file = readVaultFile(dataDir) ?? begin();

  function begin(): VaultFile {
    if ([databasePath(dataDir), ...listBackups(dataDir)].some((path) => kindOfFile(path) === 'cipher')) {
      throw new AppError('vault_damaged', 'The conversations here are encrypted, but vault.json, which holds their key, is missing. Put it back from a backup of this folder.', dataDir);
    }
    const fresh = randomBytes(32);
    const id = randomBytes(16).toString('base64');
    const slot = wrapByItself(id, fresh);
    if (slot.kind === 'key_file' && keyStore) notices.push({ code: 'vault_unprotected', message: 'The key store of this system cannot be used.', detail: keyStore.available() });
    const made: VaultFile = { format: 'plumb-vault', version: 1, id, cipher: { name: 'sqlcipher', legacy: 4 }, slots: [slot] };
    writeVaultFile(dataDir, made);
    fresh.fill(0);
    return made;
  }

  function wrapByItself(id: string, dataKey: Uint8Array): Slot {
    return keyStore?.available() === 'ok' ? wrapByKeyStore(dataKey, keyStore) : wrapByKeyFile(id, dataKey, makeKeyFile(dataDir));
  }

  function replaceSlots(slots: Slot[]): void {
    const next = { ...file, slots };
    writeVaultFile(dataDir, next);
    file = next;
  }

  const others = (kind: Slot['kind']): Slot[] => file.slots.filter((slot) => slot.kind !== kind);
  const protection = (): Protection => (slotOf(file.slots, 'passphrase') ? 'passphrase' : slotOf(file.slots, 'key_store') ? 'key_store' : 'key_file');

  function take(found: Buffer): void {
    key?.fill(0);
    key = found;
    problem = null;
    attempts.clear();
  }

  function openKey(): Buffer {
    if (!key) throw new AppError('locked', 'Plumb is locked.');
    return key;
  }

  /** One try at a time: tries that arrive together must not all be tried before the first has counted. */
  let queue: Promise<unknown> = Promise.resolve();
  function tryPassphrase(passphrase: string): Promise<Buffer> {
    const mine = queue.then(async () => {
      const waitMs = attempts.waitMs();
      if (waitMs > 0) throw new AppError('too_many_attempts', `There were too many wrong tries. Wait ${Math.ceil(waitMs / 1000)} seconds.`);
      attempts.count();
      const slot = slotOf(file.slots, 'passphrase');
      // Without a slot the work is done all the same: how long it takes says nothing about what is there.
      const found = slot ? await unwrapByPassphrase(file.id, slot, passphrase) : (await stretch(passphrase, randomBytes(16), leastCost), null);
      if (!found) throw wrong();
      return found;
    });
    queue = mine.catch(() => undefined);
    return mine;
  }

  /** The person at the keyboard is who set the passphrase: an open window alone does not prove it. */
  async function prove(current: string | null): Promise<void> {
    openKey();
    if (protection() !== 'passphrase' || (mayReset && current === null)) return;
    (await tryPassphrase(current ?? '')).fill(0);
    attempts.clear();
  }

  // A crash came between the new vault and the removal of the old key file.
  if (!slotOf(file.slots, 'key_file')) removeKeyFile(dataDir);
  if (keyFileIsOpenToOthers(dataDir)) {
    chmodSync(keyFilePath(dataDir), 0o600);
    notices.push({ code: 'vault_unprotected', message: 'Other users of this machine could read the key file. Its permissions were corrected; set a passphrase if you do not trust them.', detail: keyFilePath(dataDir) });
  }

  return {
    dataKey: openKey,
    isOpen: () => key !== null,
    state: () => ({ locked: key === null, protection: protection(), hasRecoveryCode: slotOf(file.slots, 'recovery') !== undefined, waitMs: attempts.waitMs(), mayReset, problem }),
    notices,
    openByItself() {
      if (key || protection() === 'passphrase') return;
      try {
        const stored = slotOf(file.slots, 'key_store');
        const filed = slotOf(file.slots, 'key_file');
        if (stored) take(unwrapByKeyStore(stored, keyStore));
        else if (filed) take(unwrapByKeyFile(file.id, filed, readKeyFile(dataDir)));
        else throw new AppError('vault_damaged', 'Only the recovery code opens this vault.');
      } catch (thrown) {
        problem = toErrorBody(thrown);
        throw thrown;
      }
    },
    async unlock(passphrase) {
      const found = await tryPassphrase(passphrase);
      take(found);
    },
    unlockWithRecovery(code) {
      const slot = slotOf(file.slots, 'recovery');
      const bytes = readCode(code);
      const found = slot && bytes ? unwrapByRecovery(file.id, slot, bytes) : null;
      bytes?.fill(0);
      if (!found) throw wrong();
      take(found);
      mayReset = true;
    },
    async setPassphrase(current, next) {
      await prove(current);
      const slot = await wrapByPassphrase(file.id, openKey, next, await measureCost(argonMs));
      // Locked while the last await settled: the slots are good, but whoever locked it relied on the old passphrase.
      openKey();
      // The vault first: between the two steps the key file opens nothing any more.
      replaceSlots([slot, ...file.slots.filter(({ kind }) => kind === 'recovery')]);
      removeKeyFile(dataDir);
      mayReset = false;
    },
    async removePassphrase(current) {
      await prove(current);
      if (protection() !== 'passphrase') return;
      replaceSlots([wrapByItself(file.id, openKey()), ...others('passphrase')]);
      mayReset = false;
    },
    newRecoveryCode() {
      const { bytes, code } = makeRecoveryCode();
      replaceSlots([...others('recovery'), wrapByRecovery(file.id, openKey(), bytes)]);
      bytes.fill(0);
      return code;
    },
    lock() {
      key?.fill(0);
      key = null;
      mayReset = false;
    },
  };
}

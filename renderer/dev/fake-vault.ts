// Owns the vault of the page without services: the same answers and delays of hand, nothing encrypted. The passphrase "wrong" is wrong.
import type { PlumbApi } from '../../core/contract/api.js';
import { AppError } from '../../core/contract/errors.js';
import type { EventBody, EventName, Handlers } from '../../core/contract/rpc.js';
import { defaultAutoLockMinutes, type VaultState } from '../../core/contract/vault.js';

type VaultHandlers = { [K in keyof Handlers<PlumbApi> as K extends `vault.${string}` ? K : never]: Handlers<PlumbApi>[K] };

export const fakeVault: VaultState = { locked: false, protection: 'key_file', hasRecoveryCode: false, waitMs: 0, autoLockMinutes: 0, mayReset: false, problem: null };

export function fakeVaultHandlers(emit: <K extends EventName<PlumbApi>>(name: K, body: EventBody<PlumbApi, K>) => void): VaultHandlers {
  const change = (next: Partial<VaultState>): Record<string, never> => {
    Object.assign(fakeVault, next);
    emit('vault.state', { ...fakeVault });
    return {};
  };
  return {
    'vault.state': () => fakeVault,
    'vault.unlock': ({ passphrase }) => {
      if (passphrase !== 'wrong') return change({ locked: false, waitMs: 0, autoLockMinutes: 10 });
      change({ waitMs: 4000 });
      throw new AppError('wrong_passphrase', 'This does not open the vault.');
    },
    'vault.unlockWithRecovery': () => change({ locked: false, mayReset: true, autoLockMinutes: 10 }),
    'vault.retry': () => change({ locked: false }),
    'vault.lock': () => change({ locked: true, autoLockMinutes: null }),
    'vault.setPassphrase': () => change({ protection: 'passphrase', autoLockMinutes: 10, mayReset: false }),
    'vault.removePassphrase': () => change({ protection: 'key_file', autoLockMinutes: 0 }),
    'vault.newRecoveryCode': () => {
      change({ hasRecoveryCode: true });
      return { code: 'A1B2-C3D4-E5F6-G7H8-J9K0-M1N2-P3Q4-R5S6-T7V8' };
    },
    'vault.setAutoLock': ({ minutes }) => change({ autoLockMinutes: minutes ?? defaultAutoLockMinutes(fakeVault.protection) }),
    'vault.touch': () => ({}),
  };
}

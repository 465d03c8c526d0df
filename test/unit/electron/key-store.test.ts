// Proves which key stores the Electron host calls protection, and that a key comes back from one unchanged.
import { describe, expect, it } from 'vitest';
import { keyStoreOf, type SafeStorage } from '../../../electron/key-store.js';

const storage = (available: boolean, backend?: string): SafeStorage => ({
  isEncryptionAvailable: () => available,
  ...(backend !== undefined && { getSelectedStorageBackend: () => backend }),
  encryptString: (text) => Buffer.from(`sealed:${text}`),
  decryptString: (wrapped) => wrapped.toString().slice('sealed:'.length),
});

describe('the key store', () => {
  it.each([
    ['linux', true, 'gnome_libsecret', 'ok'],
    ['linux', true, 'kwallet6', 'ok'],
    ['linux', true, 'basic_text', 'basic_text'],
    ['linux', true, 'unknown', 'unavailable'],
    ['linux', true, undefined, 'unavailable'],
    ['linux', false, 'gnome_libsecret', 'unavailable'],
    ['darwin', true, undefined, 'ok'],
    ['win32', true, undefined, 'ok'],
    ['win32', false, undefined, 'unavailable'],
  ] as const)('on %s, available %s, backend %s, is %s', (platform, available, backend, expected) => {
    expect(keyStoreOf(storage(available, backend), platform).available()).toBe(expected);
  });

  it('gives back the very bytes', () => {
    const key = new Uint8Array(32).map((_, at) => 255 - at);
    const store = keyStoreOf(storage(true), 'darwin');
    expect([...store.unwrap(store.wrap(key))]).toEqual([...key]);
  });
});

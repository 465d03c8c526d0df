// Owns the operating system's key store as Electron reaches it.
import type { KeyStore } from '../core/services/vault/slots.js';

/** As much of safeStorage as is used. */
export interface SafeStorage {
  isEncryptionAvailable(): boolean;
  /** Linux only. */
  getSelectedStorageBackend?(): string;
  encryptString(text: string): Buffer;
  decryptString(wrapped: Buffer): string;
}

/**
 * Call it after `ready`: before, safeStorage answers for nobody.
 * On Linux without a keyring Electron "encrypts" with a key that is in its source: that is `basic_text`, and never used.
 */
export function keyStoreOf(safeStorage: SafeStorage, platform: NodeJS.Platform = process.platform): KeyStore {
  return {
    available() {
      if (!safeStorage.isEncryptionAvailable()) return 'unavailable';
      if (platform !== 'linux') return 'ok';
      const backend = safeStorage.getSelectedStorageBackend?.() ?? 'unknown';
      return backend === 'basic_text' ? 'basic_text' : backend === 'unknown' ? 'unavailable' : 'ok';
    },
    // Text in, text out: bytes travel as base64.
    wrap: (key) => safeStorage.encryptString(Buffer.from(key).toString('base64')),
    unwrap: (wrapped) => Buffer.from(safeStorage.decryptString(Buffer.from(wrapped)), 'base64'),
  };
}

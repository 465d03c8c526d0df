// Owns what a window may know and ask about the vault: whether it is open, what protects its key, and the limits of what is typed.
import { z } from 'zod';
import { errorBodySchema } from './models.js';

/** What the data key is wrapped by, besides a recovery code. `key_file` protects a copied database, not a copied folder. */
export const protectionSchema = z.enum(['passphrase', 'key_store', 'key_file']);
export type Protection = z.infer<typeof protectionSchema>;

export const vaultStateSchema = z.object({
  locked: z.boolean(),
  protection: protectionSchema,
  hasRecoveryCode: z.boolean(),
  /** Until this many milliseconds have passed, no passphrase is tried. */
  waitMs: z.number().int().nonnegative(),
  /** Minutes without a touch until it locks itself; 0 never, null while locked. */
  autoLockMinutes: z.number().int().nonnegative().nullable(),
  /** It was opened with the recovery code: a new passphrase may be set without the old one until it is locked. */
  mayReset: z.boolean(),
  /** Why it did not open by itself. */
  problem: errorBodySchema.nullable(),
});
export type VaultState = z.infer<typeof vaultStateSchema>;

/** A shorter one is guessed sooner than the stretching can help. */
export const shortestPassphrase = 8;
export const passphraseSchema = z.string().max(1024);
export const newPassphraseSchema = passphraseSchema.min(shortestPassphrase);
/** Far more than a code has, with room for blanks. */
export const recoveryCodeSchema = z.string().max(200);
/** null: the default, see {@link defaultAutoLockMinutes}. */
export const autoLockSchema = z.number().int().min(0).max(24 * 60).nullable();

/** Locking by itself makes sense only where opening needs a person. */
export function defaultAutoLockMinutes(protection: Protection): number {
  return protection === 'passphrase' ? 10 : 0;
}

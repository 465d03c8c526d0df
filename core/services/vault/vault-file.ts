// Owns `vault.json`: its form, reading it without ever guessing, and replacing it in one step. It holds wrapped keys and nothing secret.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { AppError } from '../../contract/errors.js';
import { writePrivately } from './private-file.js';

const bytes = z.base64().max(4096);
/** A key wrapped with AES-256-GCM: 12 bytes of nonce; the wrapped key and its tag of 16 bytes. */
const wrapping = { nonce: bytes, wrapped: bytes };

/** Bounds of what is read: a file that asks for more would only exhaust the machine, one that asks for less was weakened by somebody. */
export const argonBounds = { memoryKiB: { min: 64 * 1024, max: 1024 * 1024 }, passes: { min: 3, max: 64 } } as const;

export const passphraseSlotSchema = z.object({
  kind: z.literal('passphrase'),
  salt: bytes,
  memoryKiB: z.number().int().min(argonBounds.memoryKiB.min).max(argonBounds.memoryKiB.max),
  passes: z.number().int().min(argonBounds.passes.min).max(argonBounds.passes.max),
  lanes: z.literal(1),
  ...wrapping,
});
const recoverySlotSchema = z.object({ kind: z.literal('recovery'), salt: bytes, ...wrapping });
const keyFileSlotSchema = z.object({ kind: z.literal('key_file'), salt: bytes, ...wrapping });
/** Wrapped by the operating system, in its own form. */
const keyStoreSlotSchema = z.object({ kind: z.literal('key_store'), wrapped: bytes });

export const slotSchema = z.discriminatedUnion('kind', [passphraseSlotSchema, recoverySlotSchema, keyFileSlotSchema, keyStoreSlotSchema]);
export type Slot = z.infer<typeof slotSchema>;
export type SlotOf<K extends Slot['kind']> = Extract<Slot, { kind: K }>;

export const vaultVersion = 1;
const vaultFileSchema = z.object({
  format: z.literal('plumb-vault'),
  version: z.literal(vaultVersion),
  /** Random; bound into every wrapping, so that a slot of another vault does not fit here. */
  id: bytes,
  cipher: z.object({ name: z.literal('sqlcipher'), legacy: z.literal(4) }),
  slots: z.array(slotSchema).min(1).max(8),
});
export type VaultFile = z.infer<typeof vaultFileSchema>;
const anyVersionSchema = z.object({ format: z.literal('plumb-vault'), version: z.number().int() });

export const vaultPath = (dir: string): string => join(dir, 'vault.json');

/** null: there is none. Errors: vault_damaged for whatever cannot be understood; the file is left alone. */
export function readVaultFile(dir: string): VaultFile | null {
  const path = vaultPath(dir);
  if (!existsSync(path)) return null;
  const json = parse(path);
  const any = anyVersionSchema.safeParse(json);
  if (any.success && any.data.version > vaultVersion) {
    throw new AppError('vault_damaged', 'A newer version of Plumb wrote the key of your conversations. Please update Plumb.', `vault.json has version ${any.data.version}, this program knows ${vaultVersion}`);
  }
  const parsed = vaultFileSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new AppError('vault_damaged', 'The file with the wrapped key of your conversations is damaged. Put back vault.json from a backup of this folder.', `${path}: ${z.prettifyError(parsed.error).slice(0, 300)}`);
}

function parse(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (thrown) {
    throw new AppError('vault_damaged', 'The file with the wrapped key of your conversations cannot be read. Put back vault.json from a backup of this folder.', `${path}: ${(thrown as Error).name}`, { cause: thrown });
  }
}

export function writeVaultFile(dir: string, file: VaultFile): void {
  writePrivately(vaultPath(dir), `${JSON.stringify(file, null, 2)}\n`);
}

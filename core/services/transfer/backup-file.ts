// Owns the form of a backup file: a header in the open, then pieces of AES-256-GCM under a passphrase. Documented in docs/backup.md.
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { AppError } from '../../contract/errors.js';
import { stretch, type ArgonCost } from '../vault/argon.js';
import { argonBounds } from '../vault/vault-file.js';

const magic = Buffer.from('PLUMBBAK');
export const backupVersion = 1;
const pieceBytes = 2 ** 20;
const tagBytes = 16;
const longestHeaderBytes = 4096;

const headerSchema = z.object({
  version: z.number().int().positive(),
  createdAtMs: z.number().int(),
  kdf: z.object({
    name: z.literal('argon2id'), lanes: z.literal(1), salt: z.base64().length(24),
    memoryKiB: z.number().int().min(argonBounds.memoryKiB.min).max(argonBounds.memoryKiB.max),
    passes: z.number().int().min(argonBounds.passes.min).max(argonBounds.passes.max),
  }),
  cipher: z.literal('aes-256-gcm'),
});

/** The first sealed piece. `key`: what the database in the file is encrypted with; made for this file alone. */
const manifestSchema = z.object({ plumbVersion: z.string(), key: z.base64() });
/** The last one. */
const closingSchema = z.object({ sizeBytes: z.number().int().nonnegative(), sha256: z.string() });

const invalid = (detail: string, cause?: unknown): AppError => new AppError('backup_invalid', 'This is not a whole Plumb backup.', detail, { cause });

/** Counts pieces; the last one says so, so that nothing can be cut off, swapped or added. A key seals one file, so no number comes twice. */
function nonceOf(count: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(count, 7);
  nonce[11] = last ? 1 : 0;
  return nonce;
}

/** @param database bytes of an encrypted database @param manifest its key; zeroed here by nobody */
export async function* sealBackup(database: Iterable<Uint8Array>, manifest: z.infer<typeof manifestSchema>, passphrase: string, cost: ArgonCost, createdAtMs: number): AsyncGenerator<Uint8Array> {
  const salt = randomBytes(16);
  const header = Buffer.from(JSON.stringify({ version: backupVersion, createdAtMs, kdf: { name: 'argon2id', lanes: 1, salt: salt.toString('base64'), ...cost }, cipher: 'aes-256-gcm' }));
  const start = Buffer.alloc(magic.length + 4);
  magic.copy(start);
  start.writeUInt32BE(header.length, magic.length);
  yield Buffer.concat([start, header]);
  const key = await stretch(passphrase, salt, cost);
  let count = 0;
  const seal = (plain: Uint8Array, last = false): Buffer => {
    const cipher = createCipheriv('aes-256-gcm', key, nonceOf(count++, last)).setAAD(header);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(plain.length + tagBytes);
    return Buffer.concat([length, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  };
  try {
    yield seal(Buffer.from(JSON.stringify(manifest)));
    const hash = createHash('sha256');
    let sizeBytes = 0;
    for (const piece of database) {
      for (let at = 0; at < piece.length; at += pieceBytes) yield seal(piece.subarray(at, at + pieceBytes));
      hash.update(piece);
      sizeBytes += piece.length;
    }
    yield seal(Buffer.from(JSON.stringify({ sizeBytes, sha256: hash.digest('hex') })), true);
  } finally {
    key.fill(0);
  }
}

/** Reads a file from its start: so many bytes, or fewer at the end. */
export type ReadBytes = (length: number) => Buffer;

/**
 * Opens a backup. What `take` gets was authenticated piece by piece, but is complete only when this returns: until then nothing may rely on it.
 * Memory: one piece. Errors: backup_invalid, wrong_passphrase (also for a changed header: the two look the same), import_from_future.
 */
export async function openBackup(read: ReadBytes, passphrase: string, take: (bytes: Buffer) => void): Promise<{ key: Buffer; plumbVersion: string }> {
  const start = read(magic.length + 4);
  if (start.length < magic.length + 4 || !start.subarray(0, magic.length).equals(magic)) throw invalid('it does not begin like one');
  const length = start.readUInt32BE(magic.length);
  if (length > longestHeaderBytes) throw invalid('header');
  const header = read(length);
  const { kdf } = readHeader(header);
  const key = await stretch(passphrase, Buffer.from(kdf.salt, 'base64'), kdf);
  let count = 0;
  const unseal = (): { plain: Buffer; last: boolean } | null => {
    const size = read(4);
    if (size.length < 4) return null;
    const sealed = size.readUInt32BE() <= pieceBytes + tagBytes ? read(size.readUInt32BE()) : Buffer.alloc(0);
    if (sealed.length !== size.readUInt32BE() || sealed.length < tagBytes) return null;
    for (const last of [false, true]) {
      const cipher = createDecipheriv('aes-256-gcm', key, nonceOf(count, last), { authTagLength: tagBytes }).setAAD(header);
      cipher.setAuthTag(sealed.subarray(-tagBytes));
      try {
        const plain = Buffer.concat([cipher.update(sealed.subarray(0, -tagBytes)), cipher.final()]);
        count += 1;
        return { plain, last };
      } catch {
        // Not this one; the other nonce, or nobody's.
      }
    }
    return null;
  };
  try {
    const first = unseal();
    if (!first || first.last) throw new AppError('wrong_passphrase', 'This passphrase does not open the backup.');
    const manifest = manifestSchema.parse(JSON.parse(first.plain.toString('utf8')));
    const hash = createHash('sha256');
    let sizeBytes = 0;
    for (;;) {
      const piece = unseal();
      if (!piece) throw invalid(`piece ${count} is damaged or missing`);
      if (piece.last) {
        const closing = closingSchema.parse(JSON.parse(piece.plain.toString('utf8')));
        if (closing.sizeBytes !== sizeBytes || closing.sha256 !== hash.digest('hex') || read(1).length > 0) throw invalid('the sum does not agree');
        return { key: Buffer.from(manifest.key, 'base64'), plumbVersion: manifest.plumbVersion };
      }
      hash.update(piece.plain);
      sizeBytes += piece.plain.length;
      take(piece.plain);
    }
  } finally {
    key.fill(0);
  }
}

function readHeader(bytes: Buffer): z.infer<typeof headerSchema> {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw invalid('header', cause);
  }
  const version = (value as { version?: unknown } | null)?.version;
  if (typeof version === 'number' && version > backupVersion) throw new AppError('import_from_future', 'A newer version of Plumb wrote this backup.', `version ${version}`);
  const parsed = headerSchema.safeParse(value);
  if (!parsed.success) throw invalid('header');
  return parsed.data;
}

// Owns looking at a document's file without reading it: is it there, how big, since when, and the hash of its bytes.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { AppError } from '../../contract/errors.js';
import type { DocumentRow } from '../../store/documents.js';
import type { Store } from '../../store/store.js';

export interface FileFacts {
  sizeBytes: number;
  modifiedAtMs: number;
}

/** No file larger than this is read; of an upload the whole is held in memory once. */
export const largestFileBytes = 512 * 2 ** 20;
export const largestUploadBytes = 256 * 2 ** 20;

/** Errors: document_missing, file_unreadable, document_unsupported for what is not a file. */
export async function factsOf(path: string): Promise<FileFacts> {
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw unreadable(cause);
  });
  if (!found.isFile()) throw new AppError('document_unsupported', 'This is not a file.');
  return { sizeBytes: found.size, modifiedAtMs: Math.trunc(found.mtimeMs) };
}

export function unreadable(cause: NodeJS.ErrnoException): AppError {
  return cause.code === 'ENOENT' || cause.code === 'ENOTDIR'
    ? new AppError('document_missing', 'The file is no longer there.', undefined, { cause })
    : new AppError('file_unreadable', 'The file cannot be read.', cause.code, { cause });
}

/** SHA-256 (hex) of a file. Errors: document_missing, file_unreadable; `signal` aborts with an AbortError. */
export async function hashFile(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  try {
    // Half a megabyte is hashed in a quarter of a millisecond: nobody waits for it.
    for await (const piece of createReadStream(path, { highWaterMark: 2 ** 19, signal })) hash.update(piece as Buffer);
  } catch (thrown) {
    if (signal?.aborted) throw thrown;
    throw unreadable(thrown as NodeJS.ErrnoException);
  }
  return hash.digest('hex');
}

/** The bytes of an upload, put together. */
export function uploadedBytes(store: Store, { id, sizeBytes }: Pick<DocumentRow, 'id' | 'sizeBytes'>): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(sizeBytes);
  for (const { offset } of store.documents.pieces(id)) {
    const piece = store.documents.piece(id, offset);
    if (piece === null || offset + piece.length > sizeBytes) throw new AppError('document_damaged', 'The upload is not complete.');
    bytes.set(piece, offset);
  }
  return bytes;
}

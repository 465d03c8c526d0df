// Owns files that a browser hands over without a path: pieces in order, into the database.
import { createHash, type Hash } from 'node:crypto';
import { AppError } from '../../contract/errors.js';
import type { Store } from '../../store/store.js';
import { largestUploadBytes } from './document-file.js';

export interface UploadDeps {
  store: Store;
  now(): number;
  /** All of a file is there. */
  onWhole(document: { documentId: number; collectionId: number }): void;
  /** Rows were left to be erased. */
  onErased(): void;
}

interface Upload {
  collectionId: number;
  name: string;
  sizeBytes: number;
  received: number;
  hash: Hash;
  touchedMs: number;
}

/** An upload that nobody goes on with for this long is dropped when the next one begins. */
const forgottenMs = 600_000;
/** More at once is a mistake or a mischief. */
const mostUploads = 1000;

export function createUploads({ store, now, onWhole, onErased }: UploadDeps) {
  const uploads = new Map<number, Upload>();

  function drop(id: number): void {
    uploads.delete(id);
    store.erasing.document(id);
    onErased();
  }

  return {
    begin(collectionId: number, name: string, sizeBytes: number): number {
      if (sizeBytes > largestUploadBytes) throw new AppError('document_too_big', 'This file is too large to be handed over by the browser. Type its path instead.', `${sizeBytes} bytes`);
      for (const [id, { touchedMs }] of uploads) if (now() - touchedMs > forgottenMs) drop(id);
      if (uploads.size >= mostUploads) throw new AppError('not_allowed', 'Too many files are being handed over at once.');
      const id = store.documents.beginUpload({ collectionId, name, sizeBytes, nowMs: now() });
      uploads.set(id, { collectionId, name, sizeBytes, received: 0, hash: createHash('sha256'), touchedMs: now() });
      return id;
    },
    add(id: number, offset: number, bytes: Uint8Array, last: boolean): void {
      const upload = uploads.get(id);
      if (!upload) throw new AppError('not_found', 'This upload was given up. Begin again.');
      if (offset !== upload.received || offset + bytes.length > upload.sizeBytes || (last && offset + bytes.length !== upload.sizeBytes)) {
        throw new AppError('bad_request', 'A piece of the file is not where it belongs.', `${offset} after ${upload.received}`);
      }
      if (bytes.length > 0) store.documents.addPiece(id, offset, bytes);
      upload.received += bytes.length;
      upload.hash.update(bytes);
      upload.touchedMs = now();
      if (!last) return;
      const { collectionId, name } = upload;
      const hash = upload.hash.digest('hex');
      // The same file once more, as when something is dropped twice.
      if (store.documents.sameUpload(collectionId, name, hash) !== null) return drop(id);
      uploads.delete(id);
      store.documents.endUpload(id, hash);
      onWhole({ documentId: id, collectionId });
    },
    /** Its collection is being removed. */
    forget(collectionId: number): void {
      for (const [id, upload] of uploads) if (upload.collectionId === collectionId) uploads.delete(id);
    },
    running: (): number[] => [...uploads.keys()],
  };
}
export type Uploads = ReturnType<typeof createUploads>;

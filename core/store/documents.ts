// Owns the rows of documents: which files a collection has, their state in the queue, and the bytes of uploads.
import type { Document } from '../contract/documents.js';
import type { ErrorBody } from '../contract/errors.js';
import type { Writable } from './handles.js';
import { translateAll } from './store-errors.js';

/** A document with what only the services need. */
export interface DocumentRow extends Omit<Document, 'progress'> {
  folderId: number | null;
  title: string | null;
  language: string | null;
  ocr: boolean;
  modifiedAtMs: number | null;
  /** SHA-256 of the file that the passages are of; null: never read. */
  fileHash: string | null;
  /** Which reading is shown; 0: none. The next one is the number after it. */
  reading: number;
}

export interface NewDocument {
  collectionId: number;
  folderId: number | null;
  name: string;
  path: string;
  sizeBytes: number;
  modifiedAtMs: number;
  nowMs: number;
  /** Not to be read at all, and why. */
  error: ErrorBody | null;
}

/** What looking through a folder compares with the disk. */
export interface KnownFile {
  id: number;
  path: string;
  state: DocumentRow['state'];
  sizeBytes: number;
  modifiedAtMs: number | null;
}

export const documentColumns = `id, collection_id AS collectionId, folder_id AS folderId, name, path, format, title, language, state, ocr,
  error_code AS errorCode, error_message AS errorMessage, error_detail AS errorDetail, size_bytes AS sizeBytes, modified_at_ms AS modifiedAtMs,
  file_hash AS fileHash, reading, pages, passages, characters, json_array_length(pages_without_text) AS pagesWithoutText, left_out AS leftOut,
  ocr_confidence AS ocrConfidence, read_at_ms AS readAtMs`;
const shown = "erased = 0 AND state <> 'uploading'";
const known = "SELECT id, path, state, size_bytes AS sizeBytes, modified_at_ms AS modifiedAtMs FROM document WHERE path IS NOT NULL AND erased = 0";

export const documentSql = {
  ofCollection: `SELECT ${documentColumns} FROM document WHERE collection_id = ? AND ${shown} ORDER BY id`,
  next: `SELECT document.id FROM document JOIN collection c ON c.id = collection_id
    WHERE state IN ('waiting', 'reading') AND state = 'waiting' AND document.erased = 0 AND c.erased = 0 AND c.paused = 0 ORDER BY document.id LIMIT 1`,
  ofFolder: `${known} AND folder_id = ?`,
} as const;

export interface DocumentQueries {
  ofCollection(collectionId: number): DocumentRow[];
  find(id: number): DocumentRow | null;
  /** The document to be read next, of a collection that is not paused. */
  next(): DocumentRow | null;
  /** null: the collection has this path already. */
  add(document: NewDocument): number | null;
  ofFolder(folderId: number): KnownFile[];
  /** Files that were added by themselves, of all collections. */
  lone(): KnownFile[];
  byPath(collectionId: number, path: string): DocumentRow | null;
  /** A document whose file is gone and whose text is that of another file: it was renamed. */
  missingByHash(collectionId: number, hash: string): DocumentRow | null;
  /** An upload with the same name and content. */
  sameUpload(collectionId: number, name: string, hash: string): number | null;
  setState(id: number, state: DocumentRow['state']): void;
  /** Reading it again failed although the file is the same: what was read stays, with the error beside it. */
  keep(id: number, error: ErrorBody): void;
  /** Into the queue; `ocr` null leaves the wish as it is. */
  enqueue(id: number, file: { sizeBytes: number; modifiedAtMs: number } | null, ocr: boolean | null): void;
  /** The file has the content that was read: nothing but its time changed, or its place. */
  settle(id: number, file: { path: string | null; name: string; folderId: number | null; sizeBytes: number; modifiedAtMs: number | null }): void;
  /** After an unclean end: what was being read waits again. Returns how many. */
  requeueInterrupted(): number;
  beginUpload(upload: { collectionId: number; name: string; sizeBytes: number; nowMs: number }): number;
  addPiece(documentId: number, offset: number, bytes: Uint8Array): void;
  endUpload(documentId: number, hash: string): void;
  /** Where pieces begin, in order. */
  pieces(documentId: number): { offset: number; sizeBytes: number }[];
  piece(documentId: number, offset: number): Buffer | null;
}

type Raw = Record<string, unknown>;

export function toDocumentRow(raw: Raw): DocumentRow {
  const { errorCode, errorMessage, errorDetail, ocr, leftOut, ...rest } = raw;
  const error = errorCode === null ? null : { code: errorCode, message: errorMessage, ...(errorDetail === null ? {} : { detail: errorDetail }) };
  return { ...rest, ocr: ocr === 1, leftOut: JSON.parse(leftOut as string) as string[], error } as unknown as DocumentRow;
}

export function createDocumentQueries(db: Writable): DocumentQueries {
  const ofCollection = db.prepare<[number], Raw>(documentSql.ofCollection);
  const find = db.prepare<[number], Raw>(`SELECT ${documentColumns} FROM document WHERE id = ? AND ${shown}`);
  const next = db.prepare<[], number>(documentSql.next).pluck();
  const add = db.prepare<[object], number>(`INSERT INTO document (collection_id, folder_id, name, path, state, error_code, error_message, error_detail, size_bytes, modified_at_ms, added_at_ms)
    VALUES (@collectionId, @folderId, @name, @path, @state, @code, @message, @detail, @sizeBytes, @modifiedAtMs, @nowMs) ON CONFLICT DO NOTHING RETURNING id`).pluck();
  const ofFolder = db.prepare<[number], KnownFile>(documentSql.ofFolder);
  const lone = db.prepare<[], KnownFile>(`${known} AND folder_id IS NULL`);
  const byPath = db.prepare<[number, string], Raw>(`SELECT ${documentColumns} FROM document WHERE collection_id = ? AND path = ? AND ${shown}`);
  const missingByHash = db.prepare<[number, string], Raw>(`SELECT ${documentColumns} FROM document WHERE collection_id = ? AND state = 'missing' AND file_hash = ? AND erased = 0 LIMIT 1`);
  const sameUpload = db.prepare<[number, string, string], number>("SELECT id FROM document WHERE collection_id = ? AND path IS NULL AND name = ? AND file_hash = ? AND erased = 0 AND state <> 'uploading' LIMIT 1").pluck();
  const setState = db.prepare('UPDATE document SET state = ?, error_code = NULL, error_message = NULL, error_detail = NULL WHERE id = ?');
  const keep = db.prepare("UPDATE document SET state = 'ready', ocr = 0, error_code = @code, error_message = @message, error_detail = @detail WHERE id = @id");
  const enqueue = db.prepare(`UPDATE document SET state = 'waiting', error_code = NULL, error_message = NULL, error_detail = NULL, ocr = coalesce(@ocr, ocr),
    size_bytes = coalesce(@sizeBytes, size_bytes), modified_at_ms = coalesce(@modifiedAtMs, modified_at_ms) WHERE id = @id AND erased = 0`);
  const settle = db.prepare(`UPDATE document SET state = 'ready', error_code = NULL, error_message = NULL, error_detail = NULL, ocr = 0, path = @path, name = @name, folder_id = @folderId,
    size_bytes = @sizeBytes, modified_at_ms = @modifiedAtMs WHERE id = @id`);
  const requeueInterrupted = db.prepare("UPDATE document SET state = 'waiting' WHERE state IN ('waiting', 'reading') AND state = 'reading'");
  const beginUpload = db.prepare<[object], number>(`INSERT INTO document (collection_id, name, state, size_bytes, added_at_ms) VALUES (@collectionId, @name, 'uploading', @sizeBytes, @nowMs) RETURNING id`).pluck();
  const addPiece = db.prepare('INSERT INTO upload (document_id, offset, bytes) VALUES (?, ?, ?)');
  // The hash stands there only once the file was read: until then it is what the queue compares with.
  const endUpload = db.prepare("UPDATE document SET state = 'waiting', file_hash = ? WHERE id = ? AND state = 'uploading'");
  const pieces = db.prepare<[number], { offset: number; sizeBytes: number }>('SELECT offset, length(bytes) AS sizeBytes FROM upload WHERE document_id = ? ORDER BY offset');
  const piece = db.prepare<[number, number], Buffer>('SELECT bytes FROM upload WHERE document_id = ? AND offset = ?').pluck();
  const orNull = (raw: Raw | undefined): DocumentRow | null => (raw ? toDocumentRow(raw) : null);

  return translateAll({
    ofCollection: (collectionId: number) => ofCollection.all(collectionId).map(toDocumentRow),
    find: (id: number) => orNull(find.get(id)),
    next: () => {
      const id = next.get();
      return id === undefined ? null : orNull(find.get(id));
    },
    add: ({ error, ...rest }: NewDocument) => add.get({ ...rest, state: error ? 'failed' : 'waiting', code: error?.code ?? null, message: error?.message ?? null, detail: error?.detail ?? null }) ?? null,
    ofFolder: (folderId: number) => ofFolder.all(folderId),
    lone: () => lone.all(),
    byPath: (collectionId: number, path: string) => orNull(byPath.get(collectionId, path)),
    missingByHash: (collectionId: number, hash: string) => orNull(missingByHash.get(collectionId, hash)),
    sameUpload: (collectionId: number, name: string, hash: string) => sameUpload.get(collectionId, name, hash) ?? null,
    setState: (id: number, state: DocumentRow['state']) => void setState.run(state, id),
    keep: (id: number, { code, message, detail }: ErrorBody) => void keep.run({ id, code, message, detail: detail ?? null }),
    enqueue: (id: number, file: { sizeBytes: number; modifiedAtMs: number } | null, ocr: boolean | null) =>
      void enqueue.run({ id, ocr: ocr === null ? null : Number(ocr), sizeBytes: file?.sizeBytes ?? null, modifiedAtMs: file?.modifiedAtMs ?? null }),
    settle: (id: number, file: object) => void settle.run({ id, ...file }),
    requeueInterrupted: () => requeueInterrupted.run().changes,
    beginUpload: (upload: object) => beginUpload.get(upload)!,
    addPiece: (documentId: number, offset: number, bytes: Uint8Array) => void addPiece.run(documentId, offset, bytes),
    endUpload: (documentId: number, hash: string) => void endUpload.run(hash, documentId),
    pieces: (documentId: number) => pieces.all(documentId),
    piece: (documentId: number, offset: number) => piece.get(documentId, offset) ?? null,
  });
}

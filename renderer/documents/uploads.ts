// Owns handing files over in pieces: one after the other, with progress, and what went wrong with each.
import { create } from 'zustand';
import { pieceBytes } from '../../core/contract/documents.js';
import { toErrorBody, type ErrorBody } from '../../core/contract/errors.js';
import { call } from '../actions.js';
import type { ChosenFile } from './dropped.js';

export interface Upload {
  key: number;
  collectionId: number;
  name: string;
  sizeBytes: number;
  sentBytes: number;
  error: ErrorBody | null;
}

/** Files that wait, are on their way, or failed; what arrived is a document and no longer here. */
export const useUploads = create<{ uploads: readonly Upload[] }>(() => ({ uploads: [] }));

/** The contract's limit for a name. */
const longestName = 255;
const files = new Map<number, File>();
let nextKey = 1;
let working = false;

function change(key: number, patch: Partial<Upload>): void {
  useUploads.setState(({ uploads }) => ({ uploads: uploads.map((upload) => (upload.key === key ? { ...upload, ...patch } : upload)) }));
}

export function dropUpload(key: number): void {
  files.delete(key);
  useUploads.setState(({ uploads }) => ({ uploads: uploads.filter((upload) => upload.key !== key) }));
}

/** Nothing more is sent, and no name of a file stays. */
export function forgetUploads(): void {
  files.clear();
  useUploads.setState({ uploads: [] });
}

/** Text that a message can carry. In portions: a call takes only so many arguments. */
export function base64Of(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}

async function send(upload: Upload, file: File): Promise<void> {
  const { uploadId } = await call('documents.beginUpload', { collectionId: upload.collectionId, name: upload.name, sizeBytes: file.size });
  let offset = 0;
  do {
    const bytes = new Uint8Array(await file.slice(offset, offset + pieceBytes).arrayBuffer());
    const last = offset + bytes.length >= file.size;
    await call('documents.upload', { uploadId, offset, base64: base64Of(bytes), last });
    offset += bytes.length;
    change(upload.key, { sentBytes: offset });
    // The user took it back.
    if (!files.has(upload.key)) return;
    if (bytes.length === 0 && !last) throw new Error('the file ended early');
  } while (offset < file.size);
}

async function work(): Promise<void> {
  if (working) return;
  working = true;
  const next = (): Upload | undefined => useUploads.getState().uploads.find(({ key, error }) => error === null && files.has(key));
  for (let upload = next(); upload; upload = next()) {
    try {
      await send(upload, files.get(upload.key)!);
      dropUpload(upload.key);
    } catch (thrown) {
      files.delete(upload.key);
      // A file that the browser can no longer read throws an error of its own.
      change(upload.key, { error: thrown instanceof DOMException ? { code: 'file_unreadable', message: '' } : toErrorBody(thrown) });
    }
  }
  working = false;
}

export function upload(collectionId: number, chosen: readonly ChosenFile[]): void {
  const added = chosen.map(({ name, file }): Upload => {
    const key = nextKey++;
    files.set(key, file);
    return { key, collectionId, name: name.slice(-longestName).trim() || 'file', sizeBytes: file.size, sentBytes: 0, error: null };
  });
  useUploads.setState(({ uploads }) => ({ uploads: [...uploads, ...added] }));
  void work();
}

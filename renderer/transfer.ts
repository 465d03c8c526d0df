// Owns files that leave and enter by the window: saved by the host's dialog where there is one, else by the browser's own download.
import { pieceBytes } from '../core/contract/documents.js';
import type { ExportKind, ImportSummary } from '../core/contract/transfer.js';
import { attempt, call } from './actions.js';
import { dispatch, toast, useApp } from './store.js';

export interface ExportChoice {
  ids: number[] | null;
  format: ExportKind;
  branches: 'shown' | 'all';
  withTokens: boolean;
}

export function toBytes(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

function toBase64(bytes: Uint8Array): string {
  let binary = '';
  // In parts: the arguments of one call are limited.
  for (let at = 0; at < bytes.length; at += 0x8000) binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(binary);
}

/** Saves what a transfer holds. False when nothing was saved. */
export async function saveTransfer({ transferId, name, mediaType }: { transferId: number; name: string; mediaType: string }): Promise<boolean> {
  if (useApp.getState().canSaveFile) return (await call('transfer.save', { transferId, name })).saved;
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (let last = false; !last; ) {
    const piece = await call('transfer.read', { transferId });
    parts.push(toBytes(piece.base64));
    last = piece.last;
  }
  const address = URL.createObjectURL(new Blob(parts, { type: mediaType }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The browser has begun to read it by then; without this the copy would stay in memory as long as the page.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
  return true;
}

export async function exportConversations(choice: ExportChoice): Promise<void> {
  const saved = await attempt(call('transfer.export', choice).then(saveTransfer));
  if (saved) toast(choice.ids === null ? 'Exported everything.' : 'Exported the conversation.');
}

/** Hands a file over piece by piece. Returns the transfer. */
export async function sendFile(kind: 'import' | 'backup', file: Blob): Promise<number> {
  const { transferId } = await call('transfer.begin', { kind, sizeBytes: file.size });
  for (let offset = 0; offset < file.size; offset += pieceBytes) {
    const bytes = new Uint8Array(await file.slice(offset, offset + pieceBytes).arrayBuffer());
    await call('transfer.write', { transferId, offset, base64: toBase64(bytes) });
  }
  return transferId;
}

function inWords({ imported, duplicates, leftOut }: ImportSummary): string {
  const parts = [`${imported === 1 ? '1 conversation' : `${imported} conversations`} imported.`];
  if (duplicates > 0) parts.push(`${duplicates} ${duplicates === 1 ? 'was' : 'were'} here already.`);
  if (leftOut > 0) parts.push(`${leftOut} ${leftOut === 1 ? 'part' : 'parts'} that Plumb does not know left out.`);
  return parts.join(' ');
}

export async function importFile(file: Blob): Promise<void> {
  if (file.size === 0) return toast('This file is empty.', { tone: 'warm' });
  const summary = await attempt(sendFile('import', file).then((transferId) => call('transfer.import', { transferId })));
  if (!summary) return;
  toast(inWords(summary));
  const listed = await attempt(call('conversations.list', {}));
  if (listed) dispatch({ type: 'conversations', conversations: listed.conversations });
}

/** Makes a backup file and saves it. */
export async function makeBackup(passphrase: string): Promise<boolean> {
  const saved = await attempt(call('transfer.backup', { passphrase }).then(saveTransfer));
  if (saved) toast('The backup is saved. Keep its passphrase in another place.');
  return saved === true;
}

/** The window begins anew when it worked: see `app.reset`. */
export async function restoreBackup(file: Blob, passphrase: string): Promise<boolean> {
  if (file.size === 0) {
    toast('This file is empty.', { tone: 'warm' });
    return false;
  }
  return (await attempt(sendFile('backup', file).then((transferId) => call('transfer.restore', { transferId, passphrase })))) !== null;
}

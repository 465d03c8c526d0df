// Owns taking conversations out of Plumb and bringing them in, as windows ask for it.
import { AppError } from '../../contract/errors.js';
import { importLimits, type ImportSummary } from '../../contract/transfer.js';
import type { Store } from '../../store/store.js';
import { isTemporaryId } from '../../store/temporary.js';
import type { Emit, HandlersOf } from '../events.js';
import { makeBackup, prepareRestore, receiveBackup, tidyTransfers, type BackupDeps } from './backup.js';
import { extensions, mediaTypes, writeExport, type ExportSource } from './exports.js';
import { contentKey, readImport } from './import-file.js';
import { createTransfers } from './pieces.js';
import { fileNameOf } from './written.js';

/** Writes pieces to a file the user chooses. False: none was chosen. */
export type SaveFile = (name: string, pieces: AsyncIterable<Uint8Array>) => Promise<boolean>;

export interface TransferDeps extends ExportSource, BackupDeps {
  store: Store;
  emit: Emit;
  saveFile?: SaveFile | undefined;
}

export function createTransfer({ emit, saveFile, ...source }: TransferDeps): { handlers: Omit<HandlersOf<'transfer'>, 'transfer.restore'>; prepareRestore(transferId: number, passphrase: string): Promise<string> } {
  const { store, now } = source;
  const transfers = createTransfers();
  tidyTransfers(source.dataDir);
  /** What comes in, by transfer: exports in memory, for they are readable; backups in a file, for they are not and may be large. */
  const files = new Map<number, Buffer[]>();
  const backups = new Map<number, string>();

  function bringIn(bytes: Buffer): ImportSummary {
    const { conversations, leftOut } = readImport(bytes);
    const known = new Set<string>();
    for (const { messages } of store.transfer.contents()) known.add(contentKey(messages));
    const summary: ImportSummary = { imported: 0, duplicates: 0, messages: 0, leftOut };
    // All or nothing: a disk that fills up half-way leaves no half of an import.
    const ids = store.transaction(() =>
      conversations.flatMap((conversation) => {
        const key = contentKey(conversation.messages);
        if (known.has(key)) {
          summary.duplicates += 1;
          return [];
        }
        known.add(key);
        summary.imported += 1;
        summary.messages += conversation.messages.length;
        return store.transfer.bringIn(conversation);
      }),
    );
    for (const id of ids) {
      const conversation = store.conversations.find(id);
      if (conversation) emit('conversation.changed', { conversation });
    }
    return summary;
  }

  return {
    handlers: {
      'transfer.export': ({ ids, format, branches, withTokens }) => {
        const all = ids ?? store.conversations.list().map(({ id }) => id);
        const [only] = ids ?? [];
        const title = ids?.length === 1 ? store.conversations.find(only!)?.title : undefined;
        if (ids?.some(isTemporaryId)) throw new AppError('not_allowed', 'A temporary chat is not exported. Keep it first.');
        if (ids?.some((id) => store.conversations.find(id) === null)) throw new AppError('not_found', 'This conversation no longer exists.');
        const name = title === undefined ? `Plumb ${new Date(now()).toISOString().slice(0, 10)}` : title || 'Chat';
        const transferId = transfers.send(writeExport(source, { ids: all, format, all: branches === 'all', withTokens }));
        return { transferId, name: fileNameOf(name, extensions[format]), mediaType: mediaTypes[format] };
      },
      'transfer.read': ({ transferId }) => transfers.read(transferId),
      'transfer.save': async ({ transferId, name }) => {
        if (!saveFile) throw new AppError('not_allowed', 'This window cannot open a file dialog.');
        return { saved: await saveFile(name, transfers.all(transferId)) };
      },
      'transfer.backup': async ({ passphrase }) => {
        const transferId = transfers.send(await makeBackup(source, passphrase));
        return { transferId, name: `Plumb ${new Date(now()).toISOString().slice(0, 10)}.plumb-backup`, mediaType: 'application/octet-stream' };
      },
      'transfer.begin': ({ kind, sizeBytes }) => {
        if (kind === 'backup') {
          const { path, take, drop } = receiveBackup(source.dataDir);
          const transferId = transfers.receive({ sizeBytes, take, drop: () => (drop(), void backups.delete(transferId)) });
          backups.set(transferId, path);
          return { transferId };
        }
        if (sizeBytes > importLimits.fileBytes) throw new AppError('import_invalid', 'This file is too large to be imported.', `${sizeBytes} bytes`);
        const parts: Buffer[] = [];
        const transferId = transfers.receive({ sizeBytes, take: (bytes) => void parts.push(Buffer.from(bytes)), drop: () => void files.delete(transferId) });
        files.set(transferId, parts);
        return { transferId };
      },
      'transfer.write': ({ transferId, offset, base64 }) => {
        transfers.write(transferId, offset, base64);
        return {};
      },
      'transfer.import': ({ transferId }) => {
        transfers.complete(transferId);
        const parts = files.get(transferId);
        if (!parts) throw new AppError('bad_request', 'This is a backup; restore it.');
        const bytes = Buffer.concat(parts);
        transfers.end(transferId);
        return bringIn(bytes);
      },
      'transfer.cancel': ({ transferId }) => {
        transfers.end(transferId);
        return {};
      },
    },
    async prepareRestore(transferId, passphrase) {
      transfers.complete(transferId);
      const path = backups.get(transferId);
      if (path === undefined) throw new AppError('bad_request', 'This is no backup; import it.');
      const prepared = await prepareRestore(source, path, passphrase);
      // Only now: a mistyped passphrase must not cost the whole upload.
      transfers.end(transferId);
      return prepared;
    },
  };
}

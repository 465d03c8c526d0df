// Owns taking conversations out of Plumb and bringing them in, as windows ask for it.
import { AppError } from '../../contract/errors.js';
import { importLimits, type ImportSummary } from '../../contract/transfer.js';
import type { Store } from '../../store/store.js';
import { isTemporaryId } from '../../store/temporary.js';
import type { Emit, HandlersOf } from '../events.js';
import { extensions, mediaTypes, writeExport, type ExportSource } from './exports.js';
import { contentKey, readImport } from './import-file.js';
import { createTransfers } from './pieces.js';
import { fileNameOf } from './written.js';

/** Writes pieces to a file the user chooses. False: none was chosen. */
export type SaveFile = (name: string, pieces: Iterable<Uint8Array>) => Promise<boolean>;

export interface TransferDeps extends ExportSource {
  store: Store;
  emit: Emit;
  saveFile?: SaveFile | undefined;
}

export function createTransfer({ emit, saveFile, ...source }: TransferDeps): { handlers: HandlersOf<'transfer'> } {
  const { store, now } = source;
  const transfers = createTransfers();
  /** Files that come in as a whole, by transfer. */
  const files = new Map<number, Buffer[]>();

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
      'transfer.begin': ({ sizeBytes }) => {
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
        const bytes = Buffer.concat(files.get(transferId) ?? []);
        transfers.end(transferId);
        return bringIn(bytes);
      },
      'transfer.cancel': ({ transferId }) => {
        transfers.end(transferId);
        return {};
      },
    },
  };
}

// Owns what the viewer of a document asks for: pages, places to mark, and the file's bytes while they are those that were read.
import { open } from 'node:fs/promises';
import { pieceBytes, type Mark, type ViewPage } from '../../contract/documents.js';
import { AppError } from '../../contract/errors.js';
import type { DocumentRow } from '../../store/documents.js';
import type { Store } from '../../store/store.js';
import { factsOf, hashFile, unreadable } from './document-file.js';
import type { Indexer } from './indexer.js';
import { marksOf } from './marks.js';

export interface View {
  pages(documentId: number): Omit<ViewPage, 'text'>[];
  page(documentId: number, number: number): ViewPage;
  marks(passageId: number, stretch: { start: number; end: number } | null): { documentId: number; marks: Mark[] };
  /** Errors: document_missing, document_changed, not_allowed for what is not a PDF. */
  bytes(document: DocumentRow, offset: number): Promise<{ base64: string; sizeBytes: number }>;
}

export function createView({ store, indexer }: { store: Store; indexer: Pick<Indexer, 'enqueue'> }): View {
  /** The file that the pages are of has not been touched, or was touched and is the same. */
  async function verify(document: DocumentRow, path: string): Promise<void> {
    const file = await factsOf(path);
    if (file.sizeBytes === document.sizeBytes && file.modifiedAtMs === document.modifiedAtMs) return;
    if (file.sizeBytes === document.sizeBytes && (await hashFile(path)) === document.fileHash) {
      store.documents.settle(document.id, { ...document, ...file });
      return;
    }
    indexer.enqueue(document.id, { file });
    throw new AppError('document_changed', 'The file has changed since it was read.');
  }

  /** The piece of an upload in which an offset lies. */
  function uploadedPiece({ id }: DocumentRow, offset: number): Buffer {
    const held = store.documents.pieces(id).find((piece) => offset >= piece.offset && offset < piece.offset + piece.sizeBytes);
    const bytes = held ? store.documents.piece(id, held.offset) : null;
    return held && bytes ? bytes.subarray(offset - held.offset) : Buffer.alloc(0);
  }

  return {
    pages: (documentId) => store.passages.pages(documentId),
    page(documentId, number) {
      const found = store.passages.page(documentId, number);
      if (!found) throw new AppError('not_found', 'There is no such page.');
      const { placed: _, ...page } = found;
      return page;
    },
    marks(passageId, stretch) {
      const passage = store.passages.find(passageId);
      if (!passage) throw new AppError('not_found', 'This passage is no longer there; its document was changed or removed.');
      const pages = [];
      for (let number = passage.page; number <= passage.endPage; number++) {
        const page = store.passages.page(passage.documentId, number);
        if (page) pages.push(page);
      }
      return { documentId: passage.documentId, marks: marksOf(passage, pages, stretch) };
    },
    async bytes(document, offset) {
      // Anything else is shown as the text that was read: nothing of it is ever interpreted by the page.
      if (document.format !== 'pdf') throw new AppError('not_allowed', 'Only PDFs are shown as they are.');
      if (document.path === null) return { base64: uploadedPiece(document, offset).toString('base64'), sizeBytes: document.sizeBytes };
      await verify(document, document.path);
      const file = await open(document.path).catch((cause: NodeJS.ErrnoException) => {
        throw unreadable(cause);
      });
      try {
        const wanted = Math.max(0, Math.min(pieceBytes, document.sizeBytes - offset));
        const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(wanted), position: offset });
        return { base64: buffer.subarray(0, bytesRead).toString('base64'), sizeBytes: document.sizeBytes };
      } finally {
        await file.close();
      }
    },
  };
}

// Owns the life of an opened PDF in the viewer: loaded when first needed, closed with it.
import type { PDFDocumentProxy } from 'pdfjs-dist';
import { useEffect, useState } from 'react';
import { toErrorBody, type ErrorBody } from '../../core/contract/errors.js';
import type { OpenedPdf } from './pdf.js';

export type PdfState = { state: 'loading' } | { state: 'failed'; error: ErrorBody } | { state: 'ready'; pdf: PDFDocumentProxy };

/** @param id the document; null: not a PDF */
export function usePdf(id: number | null): PdfState {
  const [state, setState] = useState<PdfState>({ state: 'loading' });
  useEffect(() => {
    if (id === null) return undefined;
    let gone = false;
    let opened: OpenedPdf | null = null;
    const fail = (thrown: unknown): void => {
      // An error of pdf.js itself means that the file is not what it was, or never was sound.
      const error = toErrorBody(thrown);
      if (!gone) setState({ state: 'failed', error: error.code === 'internal' ? { ...error, code: 'document_damaged' } : error });
    };
    setState({ state: 'loading' });
    // Several hundred kilobytes that only this view needs.
    import('./pdf.js').then(({ openPdf }) => openPdf(id, fail)).then(
      (found) => {
        opened = found;
        if (gone) found.close();
        else setState({ state: 'ready', pdf: found.pdf });
      },
      fail,
    );
    return () => {
      gone = true;
      opened?.close();
    };
  }, [id]);
  return state;
}

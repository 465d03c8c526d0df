// Owns what the viewer needs of a document: its facts, its pages, where to mark, and the text of the page at hand.
import { useEffect, useState } from 'react';
import type { Document, Mark, ViewPage } from '../../core/contract/documents.js';
import { toErrorBody, type ErrorBody } from '../../core/contract/errors.js';
import { call } from '../actions.js';
import type { ViewerPlace } from '../store.js';

export interface ViewerDocument {
  document: Document;
  pages: readonly Omit<ViewPage, 'text'>[];
  marks: readonly Mark[];
}

type Loaded<T> = { state: 'loading' } | { state: 'failed'; error: ErrorBody } | { state: 'ready'; value: T };

/** Runs a call and keeps its outcome; an outcome that comes after the next call began is dropped. */
function useCall<T>(make: () => Promise<T>, key: string): Loaded<T> {
  const [outcome, setOutcome] = useState<{ key: string; loaded: Loaded<T> } | null>(null);
  useEffect(() => {
    let gone = false;
    make().then(
      (value) => { if (!gone) setOutcome({ key, loaded: { state: 'ready', value } }); },
      (thrown: unknown) => { if (!gone) setOutcome({ key, loaded: { state: 'failed', error: toErrorBody(thrown) } }); },
    );
    return () => { gone = true; };
    // The key says all that the call depends on.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [key]);
  return outcome?.key === key ? outcome.loaded : { state: 'loading' };
}

export function useViewerDocument({ documentId, passage }: ViewerPlace): Loaded<ViewerDocument> {
  return useCall(async () => {
    const [{ document, pages }, marks] = await Promise.all([
      call('documents.open', { id: documentId }),
      // A passage that is no longer there (the file was read again) only costs its mark.
      passage ? call('documents.marks', { passageId: passage.id, start: passage.start, end: passage.end }).then((found) => found.marks, () => []) : [],
    ]);
    return { document, pages, marks };
  }, JSON.stringify([documentId, passage]));
}

export function usePageText(documentId: number, page: number): Loaded<ViewPage> {
  return useCall(async () => (await call('documents.page', { id: documentId, page })).page, `${documentId} ${page}`);
}

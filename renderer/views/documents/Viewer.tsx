// Owns the viewer: a document at the page that was cited, the passage marked, over the whole window until it is closed.
import { useCallback, useEffect, useRef, useState } from 'react';
import { toErrorBody, type ErrorBody } from '../../../core/contract/errors.js';
import { formatName, pageWords, percent, shortName } from '../../documents/document-words.js';
import { useViewerDocument, type ViewerDocument } from '../../documents/use-viewer-document.js';
import { usePdf } from '../../documents/use-pdf.js';
import { sentenceFor } from '../../error-sentences.js';
import { useView, type ViewerPlace } from '../../store.js';
import { PdfPage } from './PdfPage.js';
import { TextPage } from './TextPage.js';
import { nextZoom, ViewerBar } from './ViewerBar.js';

const close = (): void => useView.setState({ viewer: null });
const titleId = 'viewer-title';

export function Viewer() {
  const place = useView((view) => view.viewer);
  const target = useRef<HTMLDialogElement>(null);
  const open = place !== null;
  useEffect(() => {
    const dialog = target.current;
    if (!dialog) return;
    // The browser's own modal keeps the focus inside, closes on Escape and gives the focus back.
    if (open && !dialog.open) dialog.showModal();
    if (!open && dialog.open) dialog.close();
  }, [open]);
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions, jsx-a11y/click-events-have-key-events
    <dialog ref={target} className="dialog viewer" aria-labelledby={titleId} onClose={close} onClick={(event) => { if (event.target === target.current) close(); }}>
      {place ? <Body key={`${place.documentId} ${place.passage?.id} ${place.passage?.start}`} place={place} /> : null}
    </dialog>
  );
}

function Body({ place }: { place: ViewerPlace }) {
  const loaded = useViewerDocument(place);
  if (loaded.state === 'ready') return <Opened place={place} found={loaded.value} />;
  return (
    <>
      <ViewerBar titleId={titleId} name="Document" facts="" page={1} pages={1} zoom={1} asText={null} onPage={close} onZoom={close} onText={close} onClose={close} />
      {loaded.state === 'loading' ? <p className="viewer-wait" role="status">Opening the document…</p> : <Note error={loaded.error} />}
    </>
  );
}

function Note({ error, kept = false }: { error: ErrorBody; kept?: boolean }) {
  const { sentence, nextStep } = sentenceFor(error);
  return <p className="viewer-note" role="alert"><strong>{sentence}</strong> {kept ? 'This is the text that Plumb kept from it.' : nextStep}</p>;
}

function useViewerKeys(keys: Readonly<Record<string, () => unknown>>): void {
  const current = useRef(keys);
  current.current = keys;
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || (event.target as Element).closest('input')) return;
      const run = current.current[event.key];
      if (!run) return;
      // False: the key keeps its own meaning.
      if (run() !== false) event.preventDefault();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
}

function Opened({ place, found: { document, pages, marks } }: { place: ViewerPlace; found: ViewerDocument }) {
  const count = Math.max(1, pages.length);
  const [page, setPage] = useState(() => Math.max(1, Math.min(count, marks[0]?.page ?? place.page ?? 1)));
  const [zoom, setZoom] = useState(1);
  const [text, setText] = useState(false);
  const [broken, setBroken] = useState<ErrorBody | null>(null);
  const frame = useRef<HTMLDivElement>(null);
  const isPdf = document.format === 'pdf';
  const pdf = usePdf(isPdf ? document.id : null);
  const onFail = useCallback((thrown: unknown) => setBroken({ ...toErrorBody(thrown), code: 'document_damaged' }), []);
  const failed = broken ?? (pdf.state === 'failed' ? pdf.error : null) ?? (document.state === 'missing' ? { code: 'document_missing' as const, message: '' } : null);
  const drawPdf = isPdf && !text && failed === null;
  const turn = (to: number): void => {
    if (to < 1 || to > count || to === page) return;
    setPage(to);
    frame.current?.scrollTo({ top: 0 });
  };
  useEffect(() => frame.current?.focus({ preventScroll: true }), []);
  /** Scrolls first; at the end of the page it turns. */
  const scrollOrTurn = (by: 1 | -1): unknown => {
    const { scrollTop = 0, clientHeight = 0, scrollHeight = 0 } = frame.current ?? {};
    return (by > 0 ? scrollTop + clientHeight >= scrollHeight - 2 : scrollTop <= 2) ? turn(page + by) : false;
  };
  useViewerKeys({
    ArrowLeft: () => turn(page - 1), ArrowRight: () => turn(page + 1), PageUp: () => scrollOrTurn(-1), PageDown: () => scrollOrTurn(1),
    '+': () => setZoom(nextZoom(zoom, 1)), '=': () => setZoom(nextZoom(zoom, 1)), '-': () => setZoom(nextZoom(zoom, -1)), 0: () => setZoom(1),
  });

  const shown = pages.find(({ number }) => number === page);
  const name = pageWords(page, shown?.label ?? null, document.name) || (count > 1 ? `page ${page}` : 'the whole text');
  const facts = [formatName(document), name, shown?.method === 'ocr' ? `read by OCR${shown.ocrConfidence === null ? '' : `, ${percent(shown.ocrConfidence)} sure`}` : null].filter(Boolean).join(' · ');
  const label = `${name} of ${shortName(document.name)}`;
  return (
    <>
      <ViewerBar titleId={titleId} name={shortName(document.name)} facts={facts} page={page} pages={count} zoom={zoom} asText={isPdf && failed === null ? text : null} onPage={turn} onZoom={setZoom} onText={setText} onClose={close} />
      {failed ? <Note error={failed} kept /> : null}
      <p className="visually-hidden" role="status">{`Page ${page} of ${count}${marks.some((mark) => mark.page === page) ? ', the passage is marked' : ''}`}</p>
      {/* Focusable, so that it scrolls with the keyboard. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className="viewer-frame" ref={frame} tabIndex={0} role="region" aria-label={label} data-page={page}>
        {drawPdf && pdf.state === 'loading' ? <p className="viewer-wait" role="status">Opening the document…</p> : null}
        {drawPdf && pdf.state === 'ready' ? <PdfPage pdf={pdf.pdf} documentId={document.id} number={page} label={label} marks={marks} zoom={zoom} frame={frame} onFail={onFail} /> : null}
        {drawPdf ? null : <TextPage documentId={document.id} number={page} label={label} marks={marks} zoom={zoom} source={document.format === 'source'} />}
      </div>
    </>
  );
}

// Owns the bar of the viewer: which document, which page, turning, zooming, text or page.
import { ChevronLeft, ChevronRight, FileText, Minus, Plus, X } from 'lucide-react';
import { useEffect, useState } from 'react';

interface Props {
  titleId: string;
  name: string;
  facts: string;
  page: number;
  pages: number;
  zoom: number;
  /** null: there is nothing to choose. */
  asText: boolean | null;
  onPage(page: number): void;
  onZoom(zoom: number): void;
  onText(asText: boolean): void;
  onClose(): void;
}

export const zoomSteps = [0.5, 0.67, 0.8, 1, 1.25, 1.5, 2, 3] as const;

export function nextZoom(zoom: number, by: 1 | -1): number {
  return (by > 0 ? zoomSteps.find((step) => step > zoom + 0.01) : zoomSteps.findLast((step) => step < zoom - 0.01)) ?? zoom;
}

export function ViewerBar({ titleId, name, facts, page, pages, zoom, asText, onPage, onZoom, onText, onClose }: Props) {
  return (
    <header className="viewer-bar">
      <div className="viewer-name">
        <h2 id={titleId} title={name}>{name}</h2>
        <p>{facts}</p>
      </div>
      {pages > 1 ? (
        <div className="viewer-group" role="group" aria-label="Pages">
          <button type="button" className="icon-button" disabled={page <= 1} onClick={() => onPage(page - 1)} aria-label="Page before" data-tip="Page before (←)"><ChevronLeft size={18} aria-hidden /></button>
          <PageField page={page} pages={pages} onPage={onPage} />
          <button type="button" className="icon-button" disabled={page >= pages} onClick={() => onPage(page + 1)} aria-label="Next page" data-tip="Next page (→)"><ChevronRight size={18} aria-hidden /></button>
        </div>
      ) : null}
      <div className="viewer-group zoom" role="group" aria-label="Zoom">
        <button type="button" className="icon-button" disabled={zoom <= zoomSteps[0]} onClick={() => onZoom(nextZoom(zoom, -1))} aria-label="Smaller" data-tip="Smaller (−)"><Minus size={17} aria-hidden /></button>
        <button type="button" className="quiet-button" onClick={() => onZoom(1)} aria-label={`Zoom ${Math.round(zoom * 100)} percent; back to the width of the window`}>{Math.round(zoom * 100)} %</button>
        <button type="button" className="icon-button" disabled={zoom >= zoomSteps.at(-1)!} onClick={() => onZoom(nextZoom(zoom, 1))} aria-label="Larger" data-tip="Larger (+)"><Plus size={17} aria-hidden /></button>
      </div>
      {asText === null ? null : (
        <button type="button" className="quiet-button" aria-pressed={asText} onClick={() => onText(!asText)}><FileText size={15} aria-hidden /> As text</button>
      )}
      <button type="button" className="icon-button viewer-close" onClick={onClose} aria-label="Close" data-tip="Close (Esc)"><X size={19} aria-hidden /></button>
    </header>
  );
}

/** The number may be typed; it counts when Enter is pressed or the field is left. */
function PageField({ page, pages, onPage }: { page: number; pages: number; onPage(page: number): void }) {
  const [text, setText] = useState(String(page));
  useEffect(() => setText(String(page)), [page]);
  const take = (): void => {
    const wanted = Math.round(Number(text));
    if (Number.isFinite(wanted) && text.trim() !== '') onPage(Math.max(1, Math.min(pages, wanted)));
    else setText(String(page));
  };
  return (
    <label className="page-field">
      <span className="visually-hidden">Page</span>
      <input type="number" min={1} max={pages} value={text} onChange={(event) => setText(event.target.value)} onBlur={take} onKeyDown={(event) => { if (event.key === 'Enter') take(); }} />
      <span>of {pages}</span>
    </label>
  );
}

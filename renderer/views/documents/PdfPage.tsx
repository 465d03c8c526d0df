// Owns one page of a PDF on the screen: drawn by pdf.js on a canvas, our own marks over it, its stored text for screen readers.
import type { PDFDocumentProxy, PDFPageProxy, RenderTask } from 'pdfjs-dist';
import { useEffect, useLayoutEffect, useRef, useState, type RefObject } from 'react';
import type { Mark } from '../../../core/contract/documents.js';
import { usePageText } from '../../documents/use-viewer-document.js';

interface Props {
  pdf: PDFDocumentProxy;
  documentId: number;
  number: number;
  label: string;
  marks: readonly Mark[];
  /** 1 fills the width of the frame. */
  zoom: number;
  frame: RefObject<HTMLElement | null>;
  onFail(thrown: unknown): void;
}

/** A canvas of more pixels is refused by some browsers, and nobody sees them. */
const mostPixels = 24_000_000;
/** Room left and right of the page. */
const marginPx = 24;
/** A page is not blown up beyond this just because the window is wide. */
const widestPx = 900;

function useWidth(frame: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = frame.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    setWidth(element.clientWidth);
    return () => observer.disconnect();
  }, [frame]);
  return width;
}

export function PdfPage({ pdf, documentId, number, label, marks, zoom, frame, onFail }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const firstMark = useRef<HTMLDivElement>(null);
  const [page, setPage] = useState<PDFPageProxy | null>(null);
  const [drawn, setDrawn] = useState(0);
  const width = useWidth(frame);
  const text = usePageText(documentId, number);

  useEffect(() => {
    let gone = false;
    pdf.getPage(Math.min(number, pdf.numPages)).then((found) => { if (!gone) setPage(found); }, (thrown: unknown) => { if (!gone) onFail(thrown); });
    return () => { gone = true; };
  }, [pdf, number, onFail]);

  const plain = page?.getViewport({ scale: 1 });
  const scale = plain && width > 0 ? (Math.min(width - 2 * marginPx, widestPx) / plain.width) * zoom : 0;

  useEffect(() => {
    const target = canvas.current;
    if (!page || !target || scale <= 0) return undefined;
    let task: RenderTask | null = null;
    const shown = page.getViewport({ scale });
    const sharpness = Math.min(window.devicePixelRatio || 1, Math.sqrt(mostPixels / Math.max(1, shown.width * shown.height)));
    const viewport = page.getViewport({ scale: scale * sharpness });
    // Drawn apart and put in place when done, so that zooming does not flash white.
    const apart = document.createElement('canvas');
    apart.width = Math.max(1, Math.floor(viewport.width));
    apart.height = Math.max(1, Math.floor(viewport.height));
    task = page.render({ canvas: apart, viewport });
    task.promise.then(
      () => {
        target.width = apart.width;
        target.height = apart.height;
        target.getContext('2d')?.drawImage(apart, 0, 0);
        setDrawn(number);
      },
      (thrown: unknown) => { if ((thrown as Error).name !== 'RenderingCancelledException') onFail(thrown); },
    );
    return () => task?.cancel();
  }, [page, scale, number, onFail]);

  // Once per page: zooming must not pull the reader back.
  useEffect(() => {
    if (drawn === number) firstMark.current?.scrollIntoView({ block: 'center' });
  }, [drawn, number, marks]);

  const here = marks.filter((mark) => mark.page === number);
  return (
    <div className="pdf-page" data-page={number} data-drawn={drawn === number ? '' : undefined} style={plain && scale > 0 ? { width: plain.width * scale, height: plain.height * scale } : undefined}>
      <canvas ref={canvas} aria-hidden />
      {here.flatMap((mark) => mark.rects).map(({ x, y, width, height }, index) => (
        <div
          key={index}
          ref={index === 0 ? firstMark : undefined}
          className="pdf-mark"
          style={{ left: x * scale, top: y * scale, width: width * scale, height: height * scale }}
          aria-hidden
        />
      ))}
      <section className="visually-hidden" aria-label={label}>
        {text.state === 'ready' ? <SpokenText text={text.value.text} marks={here} /> : null}
      </section>
    </div>
  );
}

/** The text of the page for those who do not see it, the cited passage named as such. */
function SpokenText({ text, marks }: { text: string; marks: readonly Mark[] }) {
  if (marks.length === 0) return <p>{text}</p>;
  const start = Math.min(...marks.map((mark) => mark.start));
  const end = Math.max(...marks.map((mark) => mark.end));
  return <><p>{text.slice(0, start)}</p><p><mark>{text.slice(start, end)}</mark></p><p>{text.slice(end)}</p></>;
}

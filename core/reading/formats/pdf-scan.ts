// Owns a scanned page: it is painted, read as a picture, and its words are put back where they stand on the page.
import type { PDFPageProxy } from 'pdfjs-dist';
import type { PlacedText } from '../../contract/reading.js';
import { tidy, type Block, type DraftPage } from '../draft.js';
import { readPicture, type OcrLanguage, type OcrLine } from '../ocr.js';
import { renderPage } from './pdf-engine.js';

/** What tesseract was trained for; small print needs it, more only costs time. */
const dotsPerInch = 300;
/** A sheet of A4 at 300 dots has 8.7 million; a plan is read coarser. */
const mostPixels = 16e6;
const pointsPerInch = 72;
/** Words below are specks of dust and lines of a table. */
const leastConfidence = 0.3;

/** Its text; empty when none was found. */
export async function readScan(page: PDFPageProxy, language: OcrLanguage): Promise<Pick<DraftPage, 'text' | 'blocks' | 'placed' | 'ocrConfidence'>> {
  const { width, height } = page.getViewport({ scale: 1 });
  const scale = Math.min(dotsPerInch / pointsPerInch, Math.sqrt(mostPixels / Math.max(1, width * height)));
  return placeWords(await readPicture(await renderPage(page, scale), language), scale);
}

/** `scale`: pixels of the picture to a point of the page. */
export function placeWords(lines: readonly OcrLine[], scale: number): Pick<DraftPage, 'text' | 'blocks' | 'placed' | 'ocrConfidence'> {
  const placed: PlacedText[] = [];
  const blocks: Block[] = [];
  let text = '';
  let confidence = 0;
  let letters = 0;
  const round = (pixels: number): number => Math.round((pixels / scale) * 100) / 100;
  for (const { words: all, first } of lines) {
    const words = all.filter((word) => word.confidence >= leastConfidence && /[\p{L}\p{N}]/u.test(word.text));
    if (words.length === 0) continue;
    const last = blocks.at(-1);
    if (text !== '') text += first || !last ? '\n\n' : '\n';
    const start = text.length;
    words.forEach((word, index) => {
      if (index > 0) text += ' ';
      const at = text.length;
      text += tidy(word.text).replace(/\s+/g, ' ');
      placed.push({ start: at, end: text.length, rect: { x: round(word.rect.x), y: round(word.rect.y), width: round(word.rect.width), height: round(word.rect.height) } });
      confidence += word.confidence * word.text.length;
      letters += word.text.length;
    });
    if (first || !last) blocks.push({ kind: 'prose', start, end: text.length });
    else last.end = text.length;
  }
  return { text, blocks, placed, ocrConfidence: letters === 0 ? 0 : confidence / letters };
}

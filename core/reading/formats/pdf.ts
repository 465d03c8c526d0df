// Owns PDF: text with its place on the page, page labels and title, by pdf.js with nothing from outside its own package.
import type { PDFDocumentProxy, PDFPageProxy } from 'pdfjs-dist';
import type { DraftPage } from '../draft.js';
import { damaged, encrypted, tooBig } from '../failure.js';
import { LanguageGuess } from '../language.js';
import type { ParseRequest } from './parse.js';
import { openPdf, paintsPictures } from './pdf-engine.js';
import { PdfText } from './pdf-text.js';

/** A page with a picture and less text than this (a stamp, a page number) is a scan. */
const fewCharacters = 24;

/** Errors: document_damaged, document_encrypted, document_too_big. */
export async function* readPdf(request: ParseRequest): AsyncGenerator<DraftPage> {
  const { notes, limits } = request;
  const document = await open(request.bytes);
  try {
    if (document.numPages > limits.pages) throw tooBig(`${document.numPages} pages, ${limits.pages} allowed`);
    notes.total = document.numPages;
    await describe(document, request);
    const labels = await document.getPageLabels().catch(() => null);
    const layout = new PdfText();
    const language = new LanguageGuess();
    let unreadable = 0;
    let reason = '';
    for (let number = 1; number <= document.numPages; number++) {
      const label = labels?.[number - 1]?.trim() || null;
      const read = await readPage(document, number, layout, language, request).catch((error: unknown) => {
        unreadable++;
        reason = error instanceof Error ? error.message.slice(0, 120) : String(error);
        return broken(error);
      });
      // A page pdf.js gives up on does not take the others with it.
      if (unreadable === document.numPages) throw damaged(`pdf: none of its pages can be read: ${reason}`);
      yield { ...read, label: label === String(number) ? null : label };
    }
    if (unreadable > 0) notes.leftOut.add(unreadable === 1 ? '1 damaged page' : `${unreadable} damaged pages`);
  } finally {
    await document.loadingTask.destroy().catch(() => undefined);
  }
}

async function open(bytes: Uint8Array): Promise<PDFDocumentProxy> {
  try {
    return await openPdf(bytes);
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    if (name === 'PasswordException') throw encrypted('pdf');
    throw error;
  }
}

async function describe(document: PDFDocumentProxy, { notes }: ParseRequest): Promise<void> {
  const about = await document.getMetadata().catch(() => null);
  const title = (about?.info as { Title?: unknown } | undefined)?.Title;
  if (typeof title === 'string' && title.trim() !== '') notes.title = title;
  const attachments = await document.getAttachments().catch(() => null);
  for (const name of Object.keys(attachments ?? {}).slice(0, 20)) notes.leftOut.add(`embedded file: ${name.slice(0, 100)}`);
}

function broken(error: unknown): Omit<DraftPage, 'label'> {
  if (error instanceof RangeError && /allocation/i.test(error.message)) throw error;
  return { text: '', blocks: [], placed: [], size: null, method: 'text' };
}

async function readPage(document: PDFDocumentProxy, number: number, layout: PdfText, language: LanguageGuess, request: ParseRequest): Promise<Omit<DraftPage, 'label'>> {
  const page = await document.getPage(number);
  try {
    const { width, height } = page.getViewport({ scale: 1 });
    const size = { width, height };
    const laid = layout.page(await page.getTextContent({ includeMarkedContent: false }), page.getViewport({ scale: 1 }));
    language.add(laid.text);
    if (laid.text.replace(/\s/g, '').length >= fewCharacters || !(await paintsPictures(page))) return { ...laid, size, method: 'text' };
    return { ...(await scanned(page, laid, number, language, request)), size };
  } finally {
    page.cleanup();
  }
}

type Laid = Pick<DraftPage, 'text' | 'blocks' | 'placed'>;

/** What little text there is stays when the picture is not read, or says nothing. */
async function scanned(page: PDFPageProxy, laid: Laid, number: number, language: LanguageGuess, request: ParseRequest): Promise<Omit<DraftPage, 'label'>> {
  if (!request.ocr) return { ...laid, method: 'none' };
  const { readScan } = await import('./pdf-scan.js');
  await request.progress(number - 1, request.notes.total ?? number, 'ocr');
  const read = await readScan(page, language.best() === 'en' ? 'eng' : 'deu');
  language.add(read.text);
  return read.text === '' ? { ...laid, method: 'none' } : { ...read, method: 'ocr' };
}

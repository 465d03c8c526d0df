// Owns which parser reads which format. Parsers are loaded when first needed, so that a reader of text files stays small.
import { assertNever } from '../../contract/errors.js';
import type { DocumentFormat } from '../../contract/reading.js';
import type { DraftPage, Notes } from '../draft.js';
import type { ReadParams } from '../parser.js';

export interface ParseRequest {
  format: DocumentFormat;
  bytes: Uint8Array;
  name: string;
  ocr: boolean;
  limits: ReadParams['limits'];
  notes: Notes;
  progress(done: number, total: number, phase: 'text' | 'ocr'): Promise<void>;
}

export type Pages = AsyncGenerator<DraftPage> | Generator<DraftPage>;

export async function* parse(request: ParseRequest): AsyncGenerator<DraftPage> {
  yield* await start(request);
}

async function start(request: ParseRequest): Promise<Pages> {
  switch (request.format) {
    case 'pdf':
      return (await import('./pdf.js')).readPdf(request);
    case 'markdown':
      return (await import('./markdown.js')).readMarkdown(request);
    case 'source':
      return (await import('./plain.js')).readSource(request);
    case 'text':
      return (await import('./plain.js')).readPlain(request);
    case 'html':
      return (await import('./html.js')).readHtml(request);
    case 'docx':
      return (await import('./docx.js')).readDocx(request);
    case 'xlsx':
      return (await import('./sheet.js')).readSheets(request);
    case 'csv':
      return (await import('./sheet.js')).readCsv(request);
    case 'pptx':
      return (await import('./pptx.js')).readPptx(request);
    case 'odt':
      return (await import('./odt.js')).readOdt(request);
    case 'epub':
      return (await import('./epub.js')).readEpub(request);
    case 'eml':
      return (await import('./eml.js')).readEml(request);
    default:
      return assertNever(request.format);
  }
}

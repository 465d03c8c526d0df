// Owns which parser reads which format. Parsers are loaded when first needed, so that a reader of text files stays small.
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
    default:
      return (await import('./plain.js')).readPlain(request);
  }
}

// Owns opening a PDF for the viewer: its bytes come in pieces over the pipe, it is read in a worker of ours, nothing is fetched.
import { getDocument, PDFDataRangeTransport, PDFWorker, type PDFDocumentProxy } from 'pdfjs-dist';
import { pieceBytes } from '../../core/contract/documents.js';
import { call } from '../actions.js';
import { bytesOf, OwnDataFactory } from './pdf-data.js';

/** Larger pictures are left white rather than taking the window's memory: 100 million pixels are 400 MB. */
const mostPixels = 100_000_000;

class PieceTransport extends PDFDataRangeTransport {
  readonly #id: number;
  readonly #fail: (thrown: unknown) => void;
  #ended = false;

  constructor(id: number, length: number, first: Uint8Array, fail: (thrown: unknown) => void) {
    super(length, first);
    this.#id = id;
    this.#fail = fail;
  }

  override requestDataRange(begin: number, end: number): void {
    void this.#read(begin, end);
  }

  async #read(begin: number, end: number): Promise<void> {
    const all = new Uint8Array(end - begin);
    try {
      for (let at = begin; at < end && !this.#ended; ) {
        const piece = bytesOf((await call('documents.bytes', { id: this.#id, offset: at })).base64).subarray(0, end - at);
        if (piece.length === 0) throw new Error('the file ended early');
        all.set(piece, at - begin);
        at += piece.length;
      }
      if (!this.#ended) this.onDataRange(begin, all);
    } catch (thrown) {
      if (!this.#ended) this.#fail(thrown);
    }
  }

  override abort(): void {
    this.#ended = true;
  }
}

export interface OpenedPdf {
  pdf: PDFDocumentProxy;
  close(): void;
}

/** Errors: document_missing, document_changed; others when pdf.js cannot read it. `fail` is told of those that come later. */
export async function openPdf(id: number, fail: (thrown: unknown) => void): Promise<OpenedPdf> {
  const { base64, sizeBytes } = await call('documents.bytes', { id, offset: 0 });
  const worker = new Worker(new URL('./pdf-worker.ts', import.meta.url), { type: 'module' });
  const task = getDocument({
    range: new PieceTransport(id, sizeBytes, bytesOf(base64), fail),
    // Its types know only the default of `port`.
    worker: new PDFWorker({ port: worker as never, verbosity: 0 }),
    rangeChunkSize: pieceBytes,
    disableStream: true,
    // Only what the shown page needs is read.
    disableAutoFetch: true,
    BinaryDataFactory: OwnDataFactory,
    useWorkerFetch: false,
    useWasm: false,
    // Named so that pdf.js asks; the answer is OwnDataFactory's. The decoders are scripts beside the page.
    cMapUrl: 'own/',
    standardFontDataUrl: 'own/',
    wasmUrl: new URL('./pdf/', document.baseURI).href,
    useSystemFonts: false,
    enableXfa: false,
    disableWorkerRendering: true,
    maxImageSize: mostPixels,
    // Errors only: its warnings about odd files are nobody's business here.
    verbosity: 0,
  });
  const close = (): void => {
    void task.destroy().catch(() => undefined).then(() => worker.terminate());
  };
  try {
    return { pdf: await task.promise, close };
  } catch (thrown) {
    close();
    throw thrown;
  }
}

// Owns how pdf.js is started: in this thread, with its own folder as the only source of data, the same under Node and under Electron.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import * as canvas from '@napi-rs/canvas';
import type * as PdfJsModule from 'pdfjs-dist';
import type { PDFDocumentProxy, PDFPageProxy } from 'pdfjs-dist';

const folder = path.dirname(createRequire(import.meta.url).resolve('pdfjs-dist/package.json'));
/** Pictures beyond this many pixels are not decoded: a bomb, or a plan nobody reads as text. */
const maxImagePixels = 64 * 2 ** 20;

/** The factory of pdf.js for Node, which it does not choose by itself in an Electron utility process. */
class PackageFiles {
  async fetch({ kind, filename }: { kind: string; filename: string }): Promise<Uint8Array> {
    const subfolder = { cMapUrl: 'cmaps', iccUrl: 'iccs', standardFontDataUrl: 'standard_fonts', wasmUrl: 'wasm' }[kind];
    // The name may come from the document: only a plain name in one of four folders is a file of the package.
    if (subfolder === undefined || !/^[\w.-]+$/.test(filename)) throw new Error('not a file of pdf.js');
    return new Uint8Array(await readFile(path.join(folder, subfolder, filename)));
  }
}

class Canvases {
  create(width: number, height: number): { canvas: canvas.Canvas; context: canvas.SKRSContext2D } {
    const made = canvas.createCanvas(Math.max(1, width), Math.max(1, height));
    return { canvas: made, context: made.getContext('2d') };
  }
  getNoAlphaContext(surface: canvas.Canvas): canvas.SKRSContext2D {
    return surface.getContext('2d', { alpha: false });
  }
  reset(pair: { canvas: canvas.Canvas }, width: number, height: number): void {
    pair.canvas.width = width;
    pair.canvas.height = height;
  }
  destroy(pair: { canvas: canvas.Canvas | null; context: unknown }): void {
    if (pair.canvas) pair.canvas.width = pair.canvas.height = 0;
    pair.canvas = null;
    pair.context = null;
  }
}

/** Filters are SVG in a browser; here there are none. */
class NoFilters {
  addFilter = none;
  addHCMFilter = none;
  addAlphaFilter = none;
  addLuminosityFilter = none;
  addKnockoutFilter = none;
  addHighlightHCMFilter = none;
  addSelectionHCMFilter = none;
  addSelectionFilter = none;
  createSelectionStyle = (): null => null;
  destroy(): void {
    // Nothing is kept.
  }
}
const none = (): string => 'none';

type PdfJs = typeof PdfJsModule;
let loading: Promise<PdfJs> | null = null;

function pdfjs(): Promise<PdfJs> {
  return (loading ??= (async () => {
    const own = globalThis as Record<string, unknown>;
    own['DOMMatrix'] ??= canvas.DOMMatrix;
    own['Path2D'] ??= canvas.Path2D;
    own['ImageData'] ??= canvas.ImageData;
    // A worker that is there already is used as it is, in this thread; nothing is looked for.
    own['pdfjsWorker'] ??= (await import(pathToFileURL(path.join(folder, 'legacy/build/pdf.worker.mjs')).href)) as unknown;
    return (await import(pathToFileURL(path.join(folder, 'legacy/build/pdf.mjs')).href)) as PdfJs;
  })());
}

/** The bytes belong to pdf.js afterwards. */
export async function openPdf(bytes: Uint8Array): Promise<PDFDocumentProxy> {
  const { getDocument, VerbosityLevel } = await pdfjs();
  return await getDocument({
    data: new Uint8Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength),
    verbosity: VerbosityLevel.ERRORS,
    BinaryDataFactory: PackageFiles,
    CanvasFactory: Canvases,
    FilterFactory: NoFilters,
    // Only their presence is asked for; PackageFiles knows where they are.
    cMapUrl: 'cmaps/',
    iccUrl: 'iccs/',
    standardFontDataUrl: 'standard_fonts/',
    wasmUrl: 'wasm/',
    useWorkerFetch: false,
    isEvalSupported: false,
    useSystemFonts: false,
    disableFontFace: true,
    isOffscreenCanvasSupported: false,
    isImageDecoderSupported: false,
    enableXfa: false,
    disableAutoFetch: true,
    maxImageSize: maxImagePixels,
  } as Parameters<PdfJs['getDocument']>[0]).promise;
}

export async function paintsPictures(page: PDFPageProxy): Promise<boolean> {
  const { OPS } = await pdfjs();
  const pictures = new Set<number>([OPS.paintImageXObject, OPS.paintInlineImageXObject, OPS.paintImageMaskXObject, OPS.paintImageXObjectRepeat, OPS.paintImageMaskXObjectRepeat, OPS.paintInlineImageXObjectGroup, OPS.paintImageMaskXObjectGroup]);
  const { fnArray } = await page.getOperatorList();
  return fnArray.some((op: number) => pictures.has(op));
}

/** The page as it is shown, as PNG. `scale`: pixels to a point. */
export async function renderPage(page: PDFPageProxy, scale: number): Promise<Uint8Array> {
  const viewport = page.getViewport({ scale });
  const surface = canvas.createCanvas(Math.max(1, Math.round(viewport.width)), Math.max(1, Math.round(viewport.height)));
  const context = surface.getContext('2d');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, surface.width, surface.height);
  await page.render({ canvas: surface, canvasContext: context, viewport, intent: 'print', annotationMode: 0 } as unknown as Parameters<PDFPageProxy['render']>[0]).promise;
  return await surface.encode('png');
}

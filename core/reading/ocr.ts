// Owns reading pictures of text: tesseract with its core and language data from installed packages; nothing is fetched, nothing is written.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { createWorker, type Worker } from 'tesseract.js';
import type { Rect } from '../contract/reading.js';

const require = createRequire(import.meta.url);
const dataFolder = (language: string): string => path.join(path.dirname(require.resolve(`@tesseract.js-data/${language}/package.json`)), '4.0.0_best_int');

export interface OcrWord {
  text: string;
  /** 0 to 1. */
  confidence: number;
  /** In pixels of the picture. */
  rect: Rect;
}
export interface OcrLine {
  words: OcrWord[];
  /** A new paragraph begins with it. */
  first: boolean;
}

/** German reads English letters and words well, and knows all that English lacks. Both at once read umlauts worse than either (docs/documents.md). */
export type OcrLanguage = 'deu' | 'eng';

let starting: Promise<Worker> | null = null;
let language: OcrLanguage = 'deu';

/** The engine is kept for the next page. */
async function engine(wanted: OcrLanguage): Promise<Worker> {
  starting ??= start().catch((error: unknown) => {
    starting = null;
    throw error;
  });
  const worker = await starting;
  if (language !== wanted) {
    await worker.reinitialize(wanted);
    language = wanted;
  }
  return worker;
}

async function start(): Promise<Worker> {
  // tesseract.js reads all languages from one folder, and ours are packages of their own. So the second is put into its
  // memory by hand; it loads no language that stands in this list, which it keeps.
  const languages = ['deu'];
  const worker = await createWorker(languages, undefined, {
    workerPath: require.resolve('tesseract.js/src/worker-script/node/index.js'),
    corePath: path.dirname(require.resolve('tesseract.js-core/package.json')),
    langPath: dataFolder('deu'),
    cacheMethod: 'none',
    gzip: true,
    // Without it an error of a page would be thrown where nobody can catch it.
    errorHandler: () => undefined,
  });
  const english = gunzipSync(await readFile(path.join(dataFolder('eng'), 'eng.traineddata.gz')));
  await (worker as unknown as { FS(method: string, args: unknown[]): Promise<unknown> }).FS('writeFile', ['./eng.traineddata', english]);
  languages.push('eng');
  language = 'deu';
  return worker;
}

/** Lines in reading order. `picture`: an encoded one (PNG, JPEG). */
export async function readPicture(picture: Uint8Array, wanted: OcrLanguage): Promise<OcrLine[]> {
  const worker = await engine(wanted);
  const { data } = await worker.recognize(Buffer.from(picture), {}, { blocks: true, text: false });
  const lines: OcrLine[] = [];
  for (const block of data.blocks ?? []) {
    for (const paragraph of block.paragraphs) {
      paragraph.lines.forEach((line, index) => {
        const words = line.words
          .filter((word) => word.text.trim() !== '')
          .map(({ text, confidence, bbox }) => ({ text: text.trim(), confidence: Math.min(1, Math.max(0, confidence / 100)), rect: { x: bbox.x0, y: bbox.y0, width: bbox.x1 - bbox.x0, height: bbox.y1 - bbox.y0 } }));
        if (words.length > 0) lines.push({ words, first: index === 0 });
      });
    }
  }
  return lines;
}

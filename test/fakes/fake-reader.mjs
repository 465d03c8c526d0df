// Owns a reader without parsers: it takes a file's text as it is, or streams slowly, hangs, crashes and lies, as words in the text tell it.
//
// Form feeds part pages, empty lines part passages; a line that begins with "# " is the heading of what follows. Words in the text:
//   !slow MS       every page takes MS                     !hang N     silent after N pages, deaf to stop
//   !crash N       the process dies after N pages          !memory     it ends as a reader does that takes too much memory
//   !error CODE    the file is refused with this code      !endless    pages without end
//   !lie KIND      frame | page | passage | rect | summary | event
//   !scan N        page N is a picture without text unless OCR is asked for
// A name that ends in .pdf makes it a PDF, with one rectangle for each line.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

export const readerMemoryExit = 86;
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

/** Passages of a page: paragraphs with the heading above them. */
export function passagesOf(text, page, firstIndex, headings) {
  const passages = [];
  const pattern = /[^\n]+(?:\n[^\n]+)*/g;
  for (let found = pattern.exec(text); found; found = pattern.exec(text)) {
    if (found[0].startsWith('# ')) headings.splice(0, headings.length, found[0].split('\n')[0].slice(2));
    const hash = createHash('sha256').update([...headings, found[0]].join('\n')).digest('hex');
    passages.push({
      index: firstIndex + passages.length, text: found[0], hash, headingPath: [...headings], page, start: found.index, endPage: page, end: found.index + found[0].length,
      overlap: 0, kind: 'prose', tokens: Math.ceil(found[0].length / 4),
    });
  }
  return passages;
}

function linesOf(text) {
  let at = 0;
  return text.split('\n').flatMap((line, row) => {
    const start = at;
    at += line.length + 1;
    return line === '' ? [] : [{ start, end: start + line.length, rect: { x: 50, y: 50 + 14 * row, width: 6 * line.length, height: 12 } }];
  });
}

/**
 * Serves the reader's table on a pipe.
 * `serve`, `readerApi` and `AppError` come from the contract: from its sources in unit tests, from dist in a process.
 * @param host those three, the pipe, how to die and how to end, and the log of what was read
 */
export function serveFakeReader({ serve, readerApi, AppError, pipe, die, exit, onRead = () => undefined }) {
  let stopped = 0;
  let deaf = false;
  let held = false;
  const { emit } = serve(pipe, readerApi, {
    hello: () => ({ protocol: 1, pid: globalThis.process?.pid ?? 0 }),
    stop: ({ readId }) => {
      stopped = readId;
      return {};
    },
    hold: (params) => {
      held = params.held;
      return {};
    },
    read: async ({ readId, name, source, ocr }) => {
      onRead(name, ocr);
      const bytes = source.kind === 'bytes' ? Buffer.from(source.bytes) : await readFile(source.path);
      const text = bytes.toString('utf8');
      const number = (word, fallback) => Number(text.match(new RegExp(`!${word}\\s+(\\d+)`))?.[1] ?? fallback);
      const word = (which) => text.match(new RegExp(`!${which}\\s+(\\S+)`))?.[1] ?? null;
      const code = word('error');
      if (code) throw new AppError(code, 'The fake reader was told to refuse this.');
      const [slowMs, hangAfter, crashAfter, scan, lie] = [number('slow', 0), number('hang', Infinity), number('crash', Infinity), number('scan', 0), word('lie')];
      const isPdf = name.endsWith('.pdf');
      const texts = text.split('\f');
      const headings = [];
      const withoutText = [];
      let passages = 0;
      let characters = 0;
      for (let page = 1; page <= texts.length || text.includes('!endless'); page++) {
        if (slowMs > 0) await wait(slowMs);
        while (held && stopped !== readId) await wait(5);
        if (stopped === readId && !deaf) throw new AppError('document_timeout', 'Reading was stopped.', 'stopped');
        const isScan = scan === page && !ocr;
        const pageText = isScan ? '' : (texts[page - 1] ?? 'more');
        if (isScan) withoutText.push(page);
        const placed = isPdf ? linesOf(pageText) : [];
        if (lie === 'rect' && placed[0]) placed[0].end = pageText.length + 100;
        emit('pages', {
          readId, total: texts.length,
          pages: [{ number: lie === 'page' ? page + 1 : page, label: isPdf ? `p${page}` : null, text: pageText, size: isPdf ? { width: 600, height: 800 } : null, placed, method: isScan ? 'none' : ocr && scan === page ? 'ocr' : 'text', ocrConfidence: ocr && scan === page ? 0.9 : null }],
        });
        const list = passagesOf(pageText, page, passages, headings);
        if (lie === 'passage' && list[0]) list[0].end = pageText.length + 100;
        if (list.length > 0) emit('passages', { readId, passages: list });
        emit('progress', { readId, done: Math.min(page, texts.length), total: texts.length, phase: 'text' });
        passages += list.length;
        characters += pageText.length;
        if (lie === 'frame') pipe.send({ kind: 'nonsense' });
        if (lie === 'event') pipe.send({ kind: 'event', name: 'constructor', body: {} });
        if (page >= crashAfter) return die();
        if (text.includes('!memory')) return exit(readerMemoryExit);
        if (page >= hangAfter) {
          deaf = true;
          return new Promise(() => undefined);
        }
        // As a real one does, it looks up now and then.
        if (page % 20 === 0) await wait(0);
      }
      if (passages === 0 && withoutText.length === 0) throw new AppError('document_empty', 'There is no text in this file.');
      return {
        format: isPdf ? 'pdf' : 'text', title: null, language: 'en', pages: texts.length, passages: lie === 'summary' ? passages + 1 : passages, characters,
        pagesWithoutText: withoutText, ocrConfidence: ocr && scan > 0 ? 0.9 : null, leftOut: [],
      };
    },
  });
}

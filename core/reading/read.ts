// Owns one read from bytes to summary: opens the source, finds its format, and passes pages and passages on while it keeps the bounds.
import { open, type FileHandle } from 'node:fs/promises';
import { AppError } from '../contract/errors.js';
import type { DocumentFormat, ReadPage, ReadPassage, ReadSource } from '../contract/reading.js';
import type { EventBody, EventName } from '../contract/rpc.js';
import type { ReaderApi } from '../contract/reading.js';
import { detectFormat } from './detect.js';
import type { DraftPage, Notes } from './draft.js';
import { fromParser } from './failure.js';
import { parse } from './formats/parse.js';
import { LanguageGuess } from './language.js';
import type { ReadParams, ReadResult } from './parser.js';
import { PassageBuilder } from './passages.js';

export interface Sink {
  emit<K extends EventName<ReaderApi>>(name: K, body: EventBody<ReaderApi, K>): Promise<void>;
  isStopped(): boolean;
}

/** Pages travel together until there are this many, or this much text. */
const pagesAtOnce = 16;
const charactersAtOnce = 200_000;

/** Errors: see `read` in the contract. */
export async function readDocument(params: ReadParams, sink: Sink): Promise<ReadResult> {
  const bytes = await bytesOf(params.source, params.limits.fileBytes);
  if (bytes.length === 0) throw new AppError('document_empty', 'This file is empty.');
  const format = await detectFormat(bytes, params.name);
  const notes: Notes = { title: null, leftOut: new Set(), total: null };
  const progress = (done: number, total: number, phase: 'text' | 'ocr'): Promise<void> => sink.emit('progress', { readId: params.readId, done, total, phase });
  const run = new Run(params, sink, notes);
  try {
    for await (const page of parse({ format, bytes, name: params.name, ocr: params.ocr, limits: params.limits, notes, progress })) await run.page(page);
  } catch (error) {
    throw fromParser(error, format);
  }
  return run.end(format);
}

async function bytesOf(source: ReadSource, limit: number): Promise<Uint8Array> {
  const tooBig = (size: number): AppError => new AppError('document_too_big', 'This file is too big to read.', `${size} bytes, ${limit} allowed`);
  if (source.kind === 'bytes') {
    if (source.bytes.length > limit) throw tooBig(source.bytes.length);
    return source.bytes;
  }
  let file: FileHandle | null = null;
  try {
    file = await open(source.path, 'r');
    const stat = await file.stat();
    // A pipe or a device would never end.
    if (!stat.isFile()) throw new AppError('document_unsupported', 'This is not a file.');
    if (stat.size > limit) throw tooBig(stat.size);
    return await file.readFile();
  } catch (error) {
    if (error instanceof AppError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new AppError('document_missing', 'This file is not there any more.', code);
    throw new AppError('file_unreadable', 'This file could not be opened.', code ?? String(error));
  } finally {
    await file?.close();
  }
}

/** What has been read so far. */
class Run {
  readonly #params: ReadParams;
  readonly #sink: Sink;
  readonly #notes: Notes;
  readonly #builder: PassageBuilder;
  readonly #language = new LanguageGuess();
  #pages: ReadPage[] = [];
  #passages: ReadPassage[] = [];
  #waiting = 0;
  #number = 0;
  #passageCount = 0;
  #characters = 0;
  readonly #withoutText: number[] = [];
  #confidences: number[] = [];

  constructor(params: ReadParams, sink: Sink, notes: Notes) {
    this.#params = params;
    this.#sink = sink;
    this.#notes = notes;
    this.#builder = new PassageBuilder(params);
  }

  async page(draft: DraftPage): Promise<void> {
    if (this.#sink.isStopped()) throw new AppError('document_timeout', 'Reading was stopped.', 'stopped');
    const number = ++this.#number;
    const { limits } = this.#params;
    if (number > limits.pages) throw new AppError('document_too_big', 'This document has too many pages.', `more than ${limits.pages} pages`);
    this.#characters += draft.text.length;
    if (this.#characters > limits.characters) throw new AppError('document_too_big', 'This document holds too much text.', `more than ${limits.characters} characters`);

    const passages = this.#builder.add(number, draft);
    const method = draft.method ?? 'text';
    const ocrConfidence = draft.ocrConfidence ?? null;
    if (method === 'none' || (method === 'ocr' && draft.text === '')) this.#withoutText.push(number);
    if (ocrConfidence !== null) this.#confidences.push(ocrConfidence);
    this.#language.add(draft.text);
    this.#pages.push({ number, label: draft.label, text: draft.text, size: draft.size ?? null, placed: draft.placed ?? [], method, ocrConfidence });
    for (const passage of passages) this.#passages.push(passage);
    this.#waiting += draft.text.length;
    if (this.#pages.length >= pagesAtOnce || this.#waiting >= charactersAtOnce || method === 'ocr') await this.#send();
  }

  async end(format: DocumentFormat): Promise<ReadResult> {
    await this.#send();
    if (this.#passageCount === 0 && this.#withoutText.length === 0) throw new AppError('document_empty', 'There is no text in this file.');
    const confidences = this.#confidences;
    return {
      format,
      title: this.#notes.title?.replace(/\s+/g, ' ').trim().slice(0, 300).toWellFormed() || null,
      language: this.#language.best(),
      pages: this.#number,
      passages: this.#passageCount,
      characters: this.#characters,
      pagesWithoutText: this.#withoutText,
      ocrConfidence: confidences.length === 0 ? null : confidences.reduce((sum, value) => sum + value, 0) / confidences.length,
      leftOut: [...this.#notes.leftOut].slice(0, 100),
    };
  }

  async #send(): Promise<void> {
    const { readId } = this.#params;
    if (this.#pages.length === 0) return;
    const pages = this.#pages;
    const passages = this.#passages;
    this.#pages = [];
    this.#passages = [];
    this.#waiting = 0;
    this.#passageCount += passages.length;
    await this.#sink.emit('pages', { readId, pages, total: this.#notes.total });
    if (passages.length > 0) await this.#sink.emit('passages', { readId, passages });
    await this.#sink.emit('progress', { readId, done: this.#number, total: Math.max(this.#number, this.#notes.total ?? 0), phase: 'text' });
  }
}

// Owns a page while it is made: its text, and the blocks that say where its headings, paragraphs, tables, lists and code stand.
import type { PlacedText, ReadPage } from '../contract/reading.js';

export type BlockKind = 'heading' | 'prose' | 'table' | 'code' | 'list';

/** Blocks of a page are in order, do not overlap, and hold everything of its text but white space. */
export interface Block {
  kind: BlockKind;
  /** UTF-16 offsets into the page's text. */
  start: number;
  end: number;
  /** Headings: from 1. */
  level?: number;
  /** Tables: the offsets at which rows begin. The first `headerRows` of them are repeated where the table is cut. */
  rows?: number[];
  headerRows?: number;
  /** Tables of a sheet: what a group of rows is called, by index into `rows`. */
  rangeName?: (first: number, last: number) => string;
}

export interface DraftPage {
  label: string | null;
  text: string;
  blocks: Block[];
  size?: ReadPage['size'];
  placed?: PlacedText[];
  method?: ReadPage['method'];
  ocrConfidence?: number | null;
}

/** What a format tells about the document beside its pages. */
export interface Notes {
  title: string | null;
  leftOut: Set<string>;
  /** Number of pages, where it is known at the start. */
  total: number | null;
}

/** Appends blocks to a page's text, one blank line between two of them. */
export class PageDraft {
  #parts: string[] = [];
  #length = 0;
  readonly blocks: Block[] = [];

  get length(): number {
    return this.#length;
  }

  add(kind: BlockKind, raw: string, more: { level?: number } = {}): void {
    const text = kind === 'code' ? tidy(raw).trimEnd().replace(/^(?:[ \t]*\n)+/, '') : tidy(raw).trim();
    if (text === '') return;
    this.#separate();
    this.blocks.push({ kind, start: this.#length, end: this.#length + text.length, ...more });
    this.#push(text);
  }

  /** Cells become one line a row. Rows without any text are left out. */
  addTable(rows: readonly (readonly string[])[], more: { headerRows?: number; rangeName?: (first: number, last: number) => string } = {}): void {
    const lines = rows.map((cells) => tableLine(cells));
    const kept = lines.flatMap((line, index) => (line === '' ? [] : [index]));
    if (kept.length === 0) return;
    this.#separate();
    const start = this.#length;
    const offsets: number[] = [];
    for (const index of kept) {
      if (offsets.length > 0) this.#push('\n');
      offsets.push(this.#length);
      this.#push(lines[index]!);
    }
    const rangeName = more.rangeName;
    this.blocks.push({
      kind: 'table',
      start,
      end: this.#length,
      rows: offsets,
      headerRows: Math.min(more.headerRows ?? 0, kept.length - 1),
      ...(rangeName ? { rangeName: (first: number, last: number) => rangeName(kept[first]!, kept[last]!) } : {}),
    });
  }

  /** The page so far; the draft is empty afterwards. */
  take(label: string | null): DraftPage {
    const page = { label, text: this.#parts.join(''), blocks: this.blocks.splice(0) };
    this.#parts = [];
    this.#length = 0;
    return page;
  }

  #separate(): void {
    if (this.#length > 0) this.#push('\n\n');
  }
  #push(text: string): void {
    this.#parts.push(text);
    this.#length += text.length;
  }
}

function tableLine(cells: readonly string[]): string {
  const texts = cells.map((cell) => tidy(cell).replace(/\s+/g, ' ').trim());
  while (texts.length > 0 && texts.at(-1) === '') texts.pop();
  return texts.every((text) => text === '') ? '' : texts.join(' | ').trim();
}

/** Control characters mean nothing in a document and much to what prints it; lone surrogates would not survive UTF-8. */
export function tidy(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.toWellFormed().replace(/\r\n?/g, '\n').replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, ' ');
}

// Owns HTML as blocks: headings, paragraphs, lists, tables and code of a page, with everything that runs, loads or styles left behind.
import { Parser } from 'htmlparser2';
import { longPageCharacters } from '../../contract/reading.js';
import { PageDraft, tidy, type BlockKind, type DraftPage } from '../draft.js';
import { tooBig } from '../failure.js';
import { parts } from './plain.js';

/** Nothing inside these is text of the document. */
const dropped = new Set(['script', 'style', 'noscript', 'template', 'svg', 'math', 'iframe', 'object', 'embed', 'applet', 'canvas', 'audio', 'video', 'select', 'datalist', 'head', 'title', 'nav']);
const breaking = new Set('address article aside blockquote body center dd details dialog div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr html legend li main menu ol p pre section summary table tbody td tfoot th thead tr ul'.split(' '));
/** Beyond it tags are ignored and their text is kept. */
const deepest = 500;
/** Beyond it the page is refused: the parser's time grows with the square of its depth. Tags that were never closed nest in no real page like that. */
const absurdlyDeep = 5000;
const longestCell = 20_000;
const mostColumns = 500;

export interface HtmlOptions {
  /** Told about pictures and the like that would have had to be loaded. */
  leftOut?: (what: string) => void;
  title?: (title: string) => void;
  /** null: pages have no name. The first heading of a chapter otherwise. */
  label?: (firstHeading: string | null) => string | null;
}

/** Pages of one HTML text; there is more than one only when it is very long. Errors: document_too_big. */
export function htmlPages(html: string, options: HtmlOptions = {}): DraftPage[] {
  const reader = new HtmlReader(options);
  const parser = new Parser(
    { onopentag: (name, attributes) => reader.open(name, attributes), onclosetag: (name) => reader.close(name), ontext: (text) => reader.text(text) },
    { decodeEntities: true, lowerCaseTags: true, recognizeSelfClosing: true },
  );
  const chunk = 256 * 1024;
  for (let at = 0; at < html.length; at += chunk) parser.write(html.slice(at, at + chunk));
  parser.end();
  return reader.end();
}

interface Table {
  rows: string[][];
  headerRows: number;
  /** Of the row being read: every cell so far was a header cell. */
  allHeaders: boolean;
  cell: string | null;
}

class HtmlReader {
  readonly #options: HtmlOptions;
  readonly #draft = new PageDraft();
  readonly #pages: DraftPage[] = [];
  #dropDepth = 0;
  #depth = 0;
  #text = '';
  #kind: BlockKind = 'prose';
  #level = 0;
  #pre = 0;
  #list: { ordered: boolean; count: number }[] = [];
  #items: string[] = [];
  #table: Table | null = null;
  #tableDepth = 0;
  #inTitle = false;
  #title = '';
  #firstHeading: string | null = null;

  constructor(options: HtmlOptions) {
    this.#options = options;
  }

  open(name: string, attributes: Record<string, string>): void {
    if (++this.#depth > absurdlyDeep) throw tooBig(`html: more than ${absurdlyDeep} levels deep`);
    if (name === 'title' && this.#title === '') this.#inTitle = true;
    if (name === 'img' && /^(https?:)?\/\//i.test(attributes['src'] ?? '')) this.#options.leftOut?.('remote images');
    if (name === 'img' && attributes['alt'] && !this.#dropDepth) this.text(` ${attributes['alt']} `);
    if (name === 'iframe' || name === 'object' || name === 'embed') this.#options.leftOut?.('embedded content');
    if (dropped.has(name) || 'hidden' in attributes) this.#dropDepth ||= this.#depth;
    if (this.#dropDepth || this.#depth > deepest) return;
    if (name === 'br') this.#append('\n');
    else if (this.#table) this.#inTable(name);
    else if (breaking.has(name)) this.#enter(name);
  }

  close(name: string): void {
    if (name === 'title' && this.#inTitle) {
      this.#inTitle = false;
      if (this.#title.trim() !== '') this.#options.title?.(this.#title);
    }
    if (this.#dropDepth === this.#depth) this.#dropDepth = 0;
    else if (!this.#dropDepth && this.#depth <= deepest) this.#leave(name);
    this.#depth--;
  }

  text(raw: string): void {
    if (this.#inTitle && this.#title.length < 1000) this.#title += raw;
    if (this.#dropDepth) return;
    this.#append(this.#pre > 0 ? tidy(raw) : raw.replace(/[\s\u00a0]+/g, ' '));
  }

  end(): DraftPage[] {
    if (this.#table) this.#endTable();
    this.#flush();
    this.#flushList();
    if (this.#draft.length > 0) this.#take();
    return this.#pages;
  }

  #append(text: string): void {
    const table = this.#table;
    if (!table) {
      this.#text += text;
      return;
    }
    if (table.cell === null) {
      if (text.trim() === '') return;
      table.cell = '';
    }
    if (table.cell.length < longestCell) table.cell += text;
  }

  #enter(name: string): void {
    this.#flush();
    if (/^h[1-6]$/.test(name)) {
      this.#flushList();
      this.#kind = 'heading';
      this.#level = Number(name[1]);
    } else if (name === 'pre') {
      this.#pre++;
      this.#kind = 'code';
    } else if (name === 'ul' || name === 'ol' || name === 'menu') {
      this.#list.push({ ordered: name === 'ol', count: 0 });
    } else if (name === 'li') {
      const list = this.#list.at(-1);
      if (list) list.count++;
      this.#kind = 'list';
    } else if (name === 'table') {
      this.#flushList();
      this.#table = { rows: [], headerRows: 0, allHeaders: true, cell: null };
      this.#tableDepth = 1;
    }
  }

  #leave(name: string): void {
    if (this.#table) return this.#leaveTable(name);
    if (!breaking.has(name)) return;
    this.#flush();
    if (name === 'pre' && this.#pre > 0) this.#pre--;
    if (name === 'ul' || name === 'ol' || name === 'menu') {
      this.#list.pop();
      if (this.#list.length === 0) this.#flushList();
    }
    this.#kind = this.#pre > 0 ? 'code' : this.#list.length > 0 ? 'list' : 'prose';
  }

  /** A table within a table is text of the cell it stands in. */
  #inTable(name: string): void {
    const table = this.#table!;
    if (name === 'table') this.#tableDepth++;
    if (this.#tableDepth > 1) return this.#append(' ');
    if (name === 'tr') {
      this.#endCell();
      table.rows.push([]);
      table.allHeaders = true;
    } else if (name === 'td' || name === 'th') {
      this.#endCell();
      if (table.rows.length === 0) table.rows.push([]);
      if (name === 'td') table.allHeaders = false;
      table.cell = '';
    } else if (breaking.has(name)) this.#append(' ');
  }

  #leaveTable(name: string): void {
    const table = this.#table!;
    if (name === 'table' && --this.#tableDepth <= 0) return this.#endTable();
    if (this.#tableDepth > 1) return;
    if (name === 'td' || name === 'th') this.#endCell();
    if (name === 'tr' && table.allHeaders && table.headerRows === table.rows.length - 1) table.headerRows = table.rows.length;
  }

  #endCell(): void {
    const table = this.#table!;
    if (table.cell === null) return;
    const row = table.rows.at(-1);
    if (row && row.length < mostColumns) row.push(table.cell);
    else if (!row) table.rows.push([table.cell]);
    table.cell = null;
  }

  #endTable(): void {
    this.#endCell();
    const { rows, headerRows } = this.#table!;
    this.#table = null;
    // A table of one column or one row arranges a page, it tables nothing.
    const columns = rows.reduce((most, row) => Math.max(most, row.length), 0);
    if (columns <= 1) for (const row of rows) this.#add('prose', row.join(' '));
    else for (let at = 0; at < rows.length; at += rowsAtOnce) this.#addRows([...(at > 0 ? rows.slice(0, headerRows) : []), ...rows.slice(at, at + rowsAtOnce)], headerRows);
  }

  #addRows(rows: string[][], headerRows: number): void {
    if (this.#draft.length > longPageCharacters / 2) this.#take();
    // Most tables of documents head their columns in the first row, marked as such or not.
    this.#draft.addTable(rows, { headerRows: Math.min(3, headerRows || (rows.length > 2 ? 1 : 0)) });
  }

  #flush(): void {
    const text = this.#text;
    this.#text = '';
    if (text.trim() === '') return;
    if (this.#kind === 'list' && this.#list.length > 0) {
      const list = this.#list.at(-1)!;
      this.#items.push(`${'  '.repeat(Math.min(5, this.#list.length - 1))}${list.ordered ? `${list.count}.` : '-'} ${inline(text)}`);
      if (this.#items.length >= rowsAtOnce) this.#flushList();
    } else if (this.#kind === 'heading') {
      this.#firstHeading ??= inline(text);
      this.#add('heading', inline(text), this.#level);
    } else if (this.#pre > 0) this.#add('code', text);
    else this.#add('prose', inline(text));
  }

  #flushList(): void {
    const items = this.#items;
    this.#items = [];
    if (items.length > 0) this.#add('list', items.join('\n'));
  }

  #add(kind: BlockKind, text: string, level?: number): void {
    for (const part of parts(text)) {
      if (this.#draft.length > 0 && this.#draft.length + part.length > longPageCharacters) this.#take();
      this.#draft.add(kind, part, level === undefined ? {} : { level });
    }
  }

  #take(): void {
    this.#pages.push(this.#draft.take(this.#options.label?.(this.#firstHeading) ?? null));
  }
}

/** Rows or items of one block: a huge table becomes several blocks, and may go on on the next page. */
const rowsAtOnce = 500;

function inline(text: string): string {
  return text
    .split('\n')
    .map((line) => line.replace(/[ \t]+/g, ' ').trim())
    .join('\n')
    .trim();
}

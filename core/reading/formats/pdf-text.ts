// Owns how the runs of text that pdf.js finds on a page become lines, paragraphs and headings, each run with its rectangle.
import type { PlacedText, Rect } from '../../contract/reading.js';
import { tidy, type Block } from '../draft.js';
import { headingLevel } from '../headings.js';

/** pdf.js' text item, as far as it is used here. */
interface Item {
  str: string;
  transform: number[];
  width: number;
  height: number;
  hasEOL: boolean;
  fontName: string;
}
interface Run {
  text: string;
  rect: Rect;
}
interface Line {
  runs: Run[];
  x: number;
  right: number;
  y: number;
  bottom: number;
  /** Height of its letters, weighted by their number. */
  size: number;
  font: string;
  characters: number;
}

/** Letters rise to about this share of the font's size above the base line. */
const ascent = 0.8;
const headingSize = 1.12;
const longestHeading = 160;

export class PdfText {
  /** Characters by size and by font so far: what most of the document is set in is its body. */
  readonly #sizes = new Map<number, number>();
  readonly #fonts = new Map<string, number>();

  page(content: { items: readonly unknown[] }, viewport: { transform: number[] }): { text: string; blocks: Block[]; placed: PlacedText[] } {
    const lines = linesOf(content.items as Item[], viewport.transform);
    for (const line of lines) {
      this.#sizes.set(line.size, (this.#sizes.get(line.size) ?? 0) + line.characters);
      this.#fonts.set(line.font, (this.#fonts.get(line.font) ?? 0) + line.characters);
    }
    const body = mostOf(this.#sizes) ?? 10;
    const bodyFont = mostOf(this.#fonts);
    const write = new Writer(lines);
    let paragraph: Line[] = [];
    const close = (): void => {
      if (paragraph.length > 0) write.paragraph(paragraph, levelOf(paragraph, body, bodyFont));
      paragraph = [];
    };
    for (const line of lines) {
      const last = paragraph.at(-1);
      if (last && separate(last, line)) close();
      paragraph.push(line);
    }
    close();
    return write.done();
  }
}

function mostOf<K>(counts: Map<K, number>): K | undefined {
  let best: [K, number] | undefined;
  for (const entry of counts) if (!best || entry[1] > best[1]) best = entry;
  return best?.[0];
}

function linesOf(items: readonly Item[], view: number[]): Line[] {
  const lines: Line[] = [];
  let runs: (Run & { size: number; font: string; y: number })[] = [];
  const close = (): void => {
    const line = lineOf(runs);
    if (line) lines.push(line);
    runs = [];
  };
  for (const item of items) {
    if (typeof item.str !== 'string') continue;
    if (item.str !== '') {
      const run = runOf(item, view);
      const last = runs.at(-1);
      // pdf.js marks most ends of lines, not those between columns of one height.
      if (last && Math.abs(last.y - run.y) > Math.max(last.size, run.size) * 0.6 && run.text.trim() !== '') close();
      runs.push(run);
    }
    if (item.hasEOL) close();
  }
  close();
  return lines;
}

function runOf(item: Item, [a = 1, b = 0, c = 0, d = 1, e = 0, f = 0]: number[]): Run & { size: number; font: string; y: number } {
  const [ta = 1, tb = 0, tc = 0, td = 1, te = 0, tf = 0] = item.transform;
  const x = a * te + c * tf + e;
  const y = b * te + d * tf + f;
  // Unit vectors along and across the base line, on the page as it is shown.
  const along = unit(a * ta + c * tb, b * ta + d * tb);
  const across = unit(a * tc + c * td, b * tc + d * td);
  const size = item.height > 0 ? item.height : Math.hypot(tc, td);
  const up = size * ascent;
  const down = size * (1 - ascent);
  const xs = [-down, up].flatMap((h) => [x + across.x * h, x + across.x * h + along.x * item.width]);
  const ys = [-down, up].flatMap((h) => [y + across.y * h, y + across.y * h + along.y * item.width]);
  const left = Math.min(...xs);
  const top = Math.min(...ys);
  const rect = { x: round(left), y: round(top), width: round(Math.max(...xs) - left), height: round(Math.max(...ys) - top) };
  return { text: written(item.str), rect, size: Math.round(size * 2) / 2, font: item.fontName, y };
}

/** What a person would write: leaders of a table of contents are one sign, and a letter under an accent that stands beside it is one letter. */
function written(raw: string): string {
  const text = tidy(raw).replace(/[\n\t]/g, ' ');
  if (!/[\u00a8\u00b4\u0060]|\. ?\. ?\./.test(text)) return text;
  return text
    .replace(/\u00a8 ?([aeiouyAEIOUY])/g, '$1\u0308')
    .replace(/\u00b4 ?([aeiouyAEIOUY])/g, '$1\u0301')
    .replace(/\u0060([aeiouAEIOU])/g, '$1\u0300')
    .normalize('NFC')
    .replace(/(?:\. ?){5,}/g, '\u2026 ');
}

function unit(x: number, y: number): { x: number; y: number } {
  const length = Math.hypot(x, y) || 1;
  return { x: x / length, y: y / length };
}
const round = (value: number): number => (Number.isFinite(value) ? Math.round(value * 100) / 100 : 0);

function lineOf(runs: (Run & { size: number; font: string })[]): Line | null {
  const inked = runs.filter((run) => run.text.trim() !== '');
  if (inked.length === 0) return null;
  const longest = inked.reduce((best, run) => (run.text.length > best.text.length ? run : best));
  return {
    runs,
    x: Math.min(...inked.map((run) => run.rect.x)),
    right: Math.max(...inked.map((run) => run.rect.x + run.rect.width)),
    y: Math.min(...inked.map((run) => run.rect.y)),
    bottom: Math.max(...inked.map((run) => run.rect.y + run.rect.height)),
    size: longest.size,
    font: longest.font,
    characters: inked.reduce((sum, run) => sum + run.text.length, 0),
  };
}

/** Whether a paragraph ends between two lines. */
function separate(above: Line, below: Line): boolean {
  if (Math.abs(above.size - below.size) > above.size * 0.08) return true;
  const gap = below.y - above.bottom;
  // Up the page again: the next column, or something set apart.
  if (gap < -above.size * 2) return above.right < below.x;
  if (gap > above.size * 0.75) return true;
  // A first line set in from the one above, which did not reach the margin or ended its sentence.
  return above.font !== below.font && headingLevel(textOf(above)) !== null;
}

const textOf = (line: Line): string => line.runs.map((run) => run.text).join('');

function levelOf(lines: readonly Line[], body: number, bodyFont: string | undefined): number | null {
  if (lines.length > 3) return null;
  const text = lines.map(textOf).join(' ').trim();
  if (text.length > longestHeading || text.includes('\u2026 ') || !/\p{L}/u.test(text)) return null;
  const { size, font } = lines[0]!;
  const numbered = lines.length === 1 && /^[\d§(]|^(art|chapter|kapitel|section|abschnitt|appendix|anhang|part|teil)/i.test(text) ? headingLevel(text) : null;
  if (size >= body * headingSize) return numbered ?? (size >= body * 1.7 ? 1 : size >= body * 1.35 ? 2 : 3);
  return font !== bodyFont ? numbered : null;
}

/** Joins lines to text: a word that a hyphen divides is one word again, where the page itself does not write it with the hyphen. */
class Writer {
  readonly #blocks: Block[] = [];
  readonly #placed: PlacedText[] = [];
  readonly #parts: string[] = [];
  readonly #whole: string;
  #length = 0;

  constructor(lines: readonly Line[]) {
    this.#whole = lines.map(textOf).join('\n').toLowerCase();
  }

  paragraph(lines: readonly Line[], level: number | null): void {
    if (this.#length > 0) this.#push('\n\n');
    const start = this.#length;
    const right = Math.max(...lines.map((line) => line.right));
    lines.forEach((line, index) => {
      const next = lines[index + 1];
      const joined = next ? this.#joins(textOf(line).trimEnd(), textOf(next).trimStart()) : false;
      this.#line(line, joined);
      if (!next || joined) return;
      // A line that stops well before the edge was ended on purpose: an address, an item, a row.
      this.#push(level === null && line.right < right - (right - line.x) * 0.25 ? '\n' : ' ');
    });
    this.#blocks.push(level === null ? { kind: 'prose', start, end: this.#length } : { kind: 'heading', start, end: this.#length, level });
  }

  #joins(line: string, next: string): boolean {
    if (line.endsWith('\u00ad')) return true;
    const before = /(\p{Ll}{2,})[-\u2010]$/u.exec(line)?.[1];
    const after = /^\p{Ll}{2,}/u.exec(next)?.[0];
    return before !== undefined && after !== undefined && !/^(und|oder|and|or)\b/.test(next) && !this.#whole.includes(`${before}-${after}`);
  }

  #line(line: Line, joined: boolean): void {
    const last = line.runs.findLastIndex((run) => run.text.trim() !== '');
    let atStart = true;
    let gap = '';
    line.runs.slice(0, last + 1).forEach((run, index) => {
      let text = run.text;
      if (atStart) text = text.trimStart();
      if (index === last) text = joined ? text.trimEnd().slice(0, -1) : text.trimEnd();
      if (text.trim() === '') {
        if (!atStart && text !== '') gap = ' ';
        return;
      }
      this.#push(gap);
      gap = '';
      atStart = false;
      const start = this.#length;
      this.#push(text);
      this.#placed.push({ start, end: this.#length, rect: run.rect });
    });
  }

  #push(text: string): void {
    if (text === '') return;
    this.#parts.push(text);
    this.#length += text.length;
  }

  done(): { text: string; blocks: Block[]; placed: PlacedText[] } {
    return { text: this.#parts.join(''), blocks: this.#blocks.filter((block) => block.end > block.start), placed: this.#placed };
  }
}

// Owns where a stretch of a passage is to be marked: on which pages, at which characters, in which rectangles. Pure.
import type { Mark } from '../../contract/documents.js';
import type { PlacedText, Rect } from '../../contract/reading.js';

export interface MarkedPage {
  number: number;
  text: string;
  placed: readonly PlacedText[];
}

export interface PassagePlaces {
  text: string;
  page: number;
  start: number;
  endPage: number;
  end: number;
}

/** Text without white space, and where each of its characters stood. */
function squeeze(text: string): { text: string; at: number[] } {
  const at: number[] = [];
  let squeezed = '';
  for (let index = 0; index < text.length; index++) {
    if (/\s/.test(text[index]!)) continue;
    squeezed += text[index];
    at.push(index);
  }
  return { text: squeezed, at };
}

/**
 * Where characters `start` to `end` of the passage's text stand in `source`, the text of its places. White space may differ, a table's repeated header
 * may stand before: so the words are looked for, and of several finds the nearest is taken. null: they are not there.
 */
export function locate(passage: string, source: string, start: number, end: number): { start: number; end: number } | null {
  if (source.startsWith(passage)) return { start, end };
  const wanted = squeeze(passage.slice(start, end)).text;
  if (wanted === '') return null;
  const { text, at } = squeeze(source);
  // Counted from the end: what a passage has more than its places stands before them.
  const expected = text.length - squeeze(passage.slice(start)).text.length;
  let best = -1;
  for (let found = text.indexOf(wanted); found >= 0; found = text.indexOf(wanted, found + 1)) {
    if (best < 0 || Math.abs(found - expected) < Math.abs(best - expected)) best = found;
    if (found > expected) break;
  }
  return best < 0 ? null : { start: at[best]!, end: at[best + wanted.length - 1]! + 1 };
}

/** `pages` are those from the passage's first to its last, in order. */
export function marksOf(passage: PassagePlaces, pages: readonly MarkedPage[], stretch: { start: number; end: number } | null): Mark[] {
  const parts = pages.map(({ number, text, placed }) => ({
    number, placed, text,
    from: number === passage.page ? passage.start : 0,
    to: number === passage.endPage ? passage.end : text.length,
  }));
  let wanted: { start: number; end: number } | null = null;
  if (stretch) {
    // A line between pages keeps the last word of one from running into the first of the next.
    const source = parts.map(({ text, from, to }) => text.slice(from, to)).join('\n');
    wanted = locate(passage.text, source, Math.min(stretch.start, passage.text.length), Math.min(stretch.end, passage.text.length));
  }
  const marks: Mark[] = [];
  let before = 0;
  for (const { number, placed, from, to } of parts) {
    const start = wanted ? Math.max(from, from + wanted.start - before) : from;
    const end = wanted ? Math.min(to, from + wanted.end - before) : to;
    before += to - from + 1;
    if (start < end) marks.push({ page: number, start, end, rects: rectsOf(placed, start, end) });
  }
  return marks;
}

/** Rectangles of characters `start` to `end`; a run that is partly meant is cut in proportion. Neighbours on one line become one. */
export function rectsOf(placed: readonly PlacedText[], start: number, end: number): Rect[] {
  const rects: Rect[] = [];
  for (const run of placed) {
    const from = Math.max(run.start, start);
    const to = Math.min(run.end, end);
    if (from >= to) continue;
    const length = run.end - run.start;
    const { x, y, width, height } = run.rect;
    const rect = { x: x + (width * (from - run.start)) / length, y, width: (width * (to - from)) / length, height };
    const last = rects.at(-1);
    const gap = last ? rect.x - (last.x + last.width) : 0;
    if (last && Math.abs(last.y - rect.y) < 0.2 * height && Math.abs(last.height - height) < 0.5 * height && gap > -0.5 * height && gap < 1.2 * height) {
      const top = Math.min(last.y, rect.y);
      last.height = Math.max(last.y + last.height, rect.y + rect.height) - top;
      last.width = rect.x + rect.width - last.x;
      last.y = top;
    } else rects.push(rect);
  }
  return rects;
}

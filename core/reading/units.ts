// Owns where a block may be cut: between sentences, lines or rows, and inside those only where nothing else fits.
import type { Block } from './draft.js';
import { tokenWeight } from './tokens.js';

/** A stretch of a page's text that stays whole. Units of a block follow each other without a gap. */
export interface Unit {
  start: number;
  end: number;
  weight: number;
}

const sentences = new Intl.Segmenter(undefined, { granularity: 'sentence' });
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
/** The segmenter takes memory by the length of its text. */
const segmentedAtOnce = 20_000;
/** A grapheme of more code units than this is an attack (a letter under a thousand accents) and may be cut. */
const longestGrapheme = 64;

/** The pieces of a block, none heavier than `limit`. */
export function unitsOf(text: string, block: Block, limit: number): Unit[] {
  const pieces =
    block.kind === 'table' ? rowsOf(block) : block.kind === 'code' || block.kind === 'list' ? linesOf(text, block.start, block.end) : sentencesOf(text, block.start, block.end);
  const units: Unit[] = [];
  for (const [start, end] of pieces) {
    const weight = tokenWeight(text.slice(start, end));
    if (weight <= limit) units.push({ start, end, weight });
    else units.push(...cut(text, start, end, limit));
  }
  return units;
}

type Range = [start: number, end: number];

function rowsOf(block: Block): Range[] {
  const rows = block.rows ?? [block.start];
  return rows.map((start, index) => [start, rows[index + 1] ?? block.end]);
}

function linesOf(text: string, start: number, end: number): Range[] {
  const lines: Range[] = [];
  for (let at = start; at < end; ) {
    const newline = text.indexOf('\n', at);
    const next = newline < 0 || newline >= end ? end : newline + 1;
    lines.push([at, next]);
    at = next;
  }
  return lines;
}

function sentencesOf(text: string, start: number, end: number): Range[] {
  const found: Range[] = [];
  for (const [from, to] of linesOf(text, start, end)) {
    for (let at = from; at < to; ) {
      const stop = at + segmentedAtOnce < to ? wordEnd(text, at + segmentedAtOnce) : to;
      for (const { segment, index } of sentences.segment(text.slice(at, stop))) found.push([at + index, at + index + segment.length]);
      at = stop;
    }
  }
  return found;
}

/** A place near `at`, before it, where no word and no grapheme is cut. */
function wordEnd(text: string, at: number): number {
  const space = text.slice(at - 200, at).search(/\s\S*$/);
  return space > 0 ? at - 200 + space + 1 : graphemeEnd(text, at);
}

/** The nearest grapheme boundary at or before `at`. */
function graphemeEnd(text: string, at: number): number {
  const from = Math.max(0, at - 4 * longestGrapheme);
  // The first boundaries of the stretch may be wrong where it begins inside a grapheme; the last ones are not.
  let last = at;
  for (const { index } of graphemes.segment(text.slice(from, at + 2 * longestGrapheme))) {
    if (from + index > at) break;
    last = from + index;
  }
  return at - last <= longestGrapheme && last > from ? last : safeCut(text, at);
}

function safeCut(text: string, at: number): number {
  const code = text.charCodeAt(at - 1);
  return code >= 0xd800 && code < 0xdc00 ? at - 1 : at;
}

/** Cuts what has no better place, at a space where there is one. */
function cut(text: string, start: number, end: number, limit: number): Unit[] {
  const units: Unit[] = [];
  let at = start;
  while (at < end) {
    // No character weighs less than a tenth of a token for long, and none more than a few.
    let stop = Math.min(end, at + Math.max(longestGrapheme, Math.floor(limit * 5)));
    let weight = tokenWeight(text.slice(at, stop));
    while (weight > limit && stop - at > 1) {
      stop = at + Math.max(1, Math.min(stop - at - 1, Math.floor(((stop - at) * limit) / weight)));
      weight = tokenWeight(text.slice(at, stop));
    }
    if (stop < end) {
      const better = betterStop(text, at, stop);
      if (better !== stop) {
        stop = better;
        weight = tokenWeight(text.slice(at, stop));
      }
    }
    units.push({ start: at, end: stop, weight });
    at = stop;
  }
  return units;
}

function betterStop(text: string, at: number, stop: number): number {
  const space = text.slice(at, stop).search(/\s\S*$/);
  if (space > (stop - at) / 2) return at + space + 1;
  const whole = graphemeEnd(text, stop);
  if (whole > at) return whole;
  // The stretch is one grapheme: keep it whole if it is a sane one.
  const first = graphemes.segment(text.slice(at, at + 4 * longestGrapheme)).containing(0)?.segment.length ?? 1;
  return first <= longestGrapheme ? at + first : Math.max(at + 1, safeCut(text, stop));
}

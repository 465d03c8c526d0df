// Owns how a page's blocks become passages: by heading, within a budget of tokens, tables and paragraphs whole where they fit.
import { createHash } from 'node:crypto';
import type { ReadPassage } from '../contract/reading.js';
import type { Block, DraftPage } from './draft.js';
import { estimateTokens, tokenWeight } from './tokens.js';
import { unitsOf, type Unit } from './units.js';

interface Piece extends Unit {
  kind: Block['kind'];
  /** Which block it is from: only inside one may prose overlap. */
  block: number;
}

/** A section shorter than this share of a passage is read together with the next. */
const shortSection = 1 / 5;
/** A block that does not fit starts a passage of its own unless this share of the one before would stay empty. */
const wellFilled = 1 / 2;
const longestHeading = 160;

export interface PassageOptions {
  passageTokens: number;
  overlapTokens: number;
}

/**
 * Passages of a document, page by page. None goes beyond its page.
 * `page.text.slice(start, end)` is the text of a passage, after the header rows that a continued table repeats.
 */
export class PassageBuilder {
  readonly #options: PassageOptions;
  #index = 0;
  #headings: { level: number; text: string }[] = [];
  #number = 0;
  #text = '';
  #pieces: Piece[] = [];
  #weight = 0;
  #path: string[] | null = null;
  #made: ReadPassage[] = [];

  constructor(options: PassageOptions) {
    this.#options = options;
  }

  add(number: number, page: DraftPage): ReadPassage[] {
    this.#number = number;
    this.#text = page.text;
    this.#made = [];
    page.blocks.forEach((block, index) => this.#block(block, index));
    this.#flush();
    return this.#made;
  }

  #block(block: Block, index: number): void {
    const limit = this.#options.passageTokens;
    if (block.kind === 'heading') {
      if (this.#weight >= limit * shortSection) this.#flush();
      this.#enter(block);
    }
    this.#narrow();
    if (block.kind === 'table') return this.#table(block, index);
    const units = unitsOf(this.#text, block, limit);
    const weight = units.reduce((sum, unit) => sum + unit.weight, 0);
    if (this.#weight + weight > limit && weight <= limit && this.#weight >= limit * wellFilled) this.#flushBefore(index);
    for (const unit of units) {
      if (this.#weight + unit.weight > limit) this.#flushBefore(index);
      if (this.#weight + unit.weight > limit) this.#makeRoom();
      this.#append({ ...unit, kind: block.kind, block: index });
    }
  }

  /** For a unit that fills a passage by itself: without overlap, and without the headings that were carried on. */
  #makeRoom(): void {
    this.#overlapping = [];
    this.#flush();
    this.#path = this.#headings.map((heading) => heading.text);
  }

  #enter(block: Block): void {
    const level = block.level ?? 1;
    const text = this.#text.slice(block.start, block.end).replace(/\s+/g, ' ').slice(0, longestHeading).toWellFormed();
    this.#headings = [...this.#headings.filter((heading) => heading.level < level), { level, text }];
  }

  /** A passage over several short sections stands under what they have in common. */
  #narrow(): void {
    const path = this.#headings.map((heading) => heading.text);
    if (this.#pieces.length === 0 || this.#path === null) {
      this.#path = path;
      return;
    }
    const old = this.#path;
    const differ = old.findIndex((text, at) => text !== path[at]);
    this.#path = differ < 0 ? old : old.slice(0, differ);
  }

  #table(block: Block, index: number): void {
    const limit = this.#options.passageTokens;
    const header = this.#header(block);
    const headerWeight = tokenWeight(header);
    const weight = tokenWeight(this.#text.slice(block.start, block.end));
    if (!block.rangeName && this.#weight + weight < limit) {
      this.#append({ start: block.start, end: block.end, weight, kind: 'table', block: index });
      return;
    }
    if (this.#pieces.some((piece) => piece.kind !== 'heading')) this.#flushBefore(index);
    if (this.#weight > limit / 2) this.#makeRoom();
    const units = unitsOf(this.#text, block, Math.max(limit / 2, limit - Math.max(headerWeight, this.#weight) - 1));
    this.#path ??= this.#headings.map((heading) => heading.text);
    const path = this.#path;
    let repeated = '';
    let first = 0;
    units.forEach((unit, at) => {
      if (at > first && this.#weight + unit.weight > limit) {
        this.#flush({ path: named(path, block, units, first, at - 1), prefix: repeated });
        this.#path = path;
        repeated = header;
        this.#weight = headerWeight;
        first = at;
      }
      this.#append({ ...unit, kind: 'table', block: index });
    });
    this.#flush({ path: named(path, block, units, first, units.length - 1), prefix: repeated });
    this.#path = path;
  }

  /** Header rows are repeated only where they leave room for what they head. */
  #header(block: Block): string {
    const headerRows = block.headerRows ?? 0;
    if (headerRows === 0 || !block.rows) return '';
    const text = `${this.#text.slice(block.start, block.rows[headerRows] ?? block.end).trimEnd()}\n`;
    return tokenWeight(text) <= this.#options.passageTokens / 3 ? text : '';
  }

  #append(piece: Piece): void {
    this.#pieces.push(piece);
    // The blank line before a block.
    this.#weight += piece.weight + (this.#pieces.length > 1 && this.#pieces.at(-2)?.block !== piece.block ? 1 : 0);
  }

  /** Ends the passage before a unit of `block` that does not fit: headings at its end go along with what they head, and prose that is cut may overlap. */
  #flushBefore(block: number): void {
    const carried: Piece[] = [];
    while (this.#pieces.length > 1 && this.#pieces.at(-1)?.kind === 'heading') carried.unshift(this.#pieces.pop()!);
    const last = this.#pieces.at(-1);
    const pieces = this.#pieces;
    this.#flush();
    this.#path = this.#headings.map((heading) => heading.text);
    for (const piece of carried) this.#append(piece);
    if (carried.length === 0 && last?.kind === 'prose' && last.block === block) this.#overlap(pieces, block);
  }

  #overlapping: Piece[] = [];

  #overlap(pieces: readonly Piece[], block: number): void {
    let weight = 0;
    const again: Piece[] = [];
    for (const piece of pieces.toReversed()) {
      weight += piece.weight;
      if (piece.block !== block || weight > this.#options.overlapTokens) break;
      again.unshift(piece);
    }
    // Only the whole passage would be left: nothing is gained by saying all of it twice.
    if (again.length === pieces.length) return;
    this.#overlapping = again;
    this.#weight = again.reduce((sum, piece) => sum + piece.weight, 0);
  }

  #flush(more: { path?: string[]; prefix?: string } = {}): void {
    const first = this.#overlapping[0] ?? this.#pieces[0];
    const last = this.#pieces.at(-1);
    const own = this.#pieces[0];
    const headingPath = more.path ?? this.#path ?? [];
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#overlapping = [];
    this.#weight = 0;
    this.#path = null;
    if (!first || !last || !own) return;
    const slice = this.#text.slice(first.start, last.end).trimEnd();
    if (slice === '') return;
    const text = (more.prefix ?? '') + slice;
    this.#made.push({
      index: this.#index++,
      text,
      hash: createHash('sha256').update(`${headingPath.join('\u001f')}\u001e${text}`).digest('hex'),
      headingPath,
      page: this.#number,
      start: first.start,
      endPage: this.#number,
      end: first.start + slice.length,
      overlap: own.start - first.start,
      kind: kindOf(pieces),
      tokens: estimateTokens(text),
    });
  }
}

function named(path: string[], block: Block, units: Unit[], first: number, last: number): string[] {
  if (!block.rangeName || !block.rows) return path;
  const rowAt = (offset: number): number => block.rows!.findLastIndex((start) => start <= offset);
  return [...path, block.rangeName(rowAt(units[first]?.start ?? 0), rowAt(units[last]?.start ?? 0))];
}

/** What most of it is. */
function kindOf(pieces: readonly Piece[]): ReadPassage['kind'] {
  const weights = { prose: 0, table: 0, code: 0, list: 0 };
  for (const piece of pieces) if (piece.kind !== 'heading') weights[piece.kind] += piece.weight;
  const kinds = ['prose', 'table', 'code', 'list'] as const;
  return kinds.reduce((best, kind) => (weights[kind] > weights[best] ? kind : best), 'prose');
}

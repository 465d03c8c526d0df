// Owns how text falls into words and sentences: the same words as FTS5's unicode61, with their places.

export interface Word {
  /** Lower case, without accents, ß as ss. */
  text: string;
  start: number;
  end: number;
}

export interface Stretch {
  start: number;
  end: number;
}

/** Letters, digits, marks and private characters make words, as in `unicode61 remove_diacritics 2`. */
const wordPattern = /[\p{L}\p{N}\p{M}\p{Co}]+/gu;

export function fold(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}+/gu, '').toLowerCase().replaceAll('ß', 'ss');
}

export function wordsOf(text: string): Word[] {
  const words: Word[] = [];
  for (const match of text.matchAll(wordPattern)) {
    const folded = fold(match[0]);
    if (folded !== '') words.push({ text: folded, start: match.index, end: match.index + match[0].length });
  }
  return words;
}

const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' });
/** A full stop after these ends no sentence. */
const abbreviation = /(?:^|[\s(])(?:\p{L}|\d{1,2}|[Nn]o|[Nn]r|[Dd]r|[Pp]rof|Mr|Mrs|Ms|St|Str|Art|[Aa]bs|[Zz]iff|[Ss]ec|[Ff]ig|[Cc]a|approx|bzw|inkl|exkl|zzgl|[Tt]el|vs|[Ii]nc|Ltd|Co|Dipl|Ing|usw|etc|max|min|z\.\s?B|d\.\s?h|e\.g|i\.e|u\.\s?a)\.\s*$/u;
const bullet = /^\s*(?:[-*•–·▪◦]|\d{1,3}[.)]|\(?[a-z]\)|§)\s/u;

/** "Total amount due: GBP 455.10" is a line by itself. */
const label = /^[^.!?:]{2,40}: \S.{0,60}$/u;

/**
 * Sentences, list items and table rows of a text, without the blanks around them. A line break divides where the line ends early, where a
 * row of a table or an item begins, and at an empty line; elsewhere it is taken for the wrapping of a line.
 */
export function sentencesOf(text: string): Stretch[] {
  const found: Stretch[] = [];
  for (const block of blocksOf(text)) {
    // The segmenter ends a sentence at every line break; a blank of the same length keeps the offsets.
    const flat = text.slice(block.start, block.end).replace(/[\r\n]/g, ' ');
    let open: Stretch | null = null;
    for (const { segment, index } of segmenter.segment(flat)) {
      const start = block.start + index;
      open = open === null ? { start, end: start + segment.length } : { start: open.start, end: start + segment.length };
      if (abbreviation.test(flat.slice(Math.max(0, index - 12), index + segment.length))) continue;
      push(found, text, open);
      open = null;
    }
    if (open !== null) push(found, text, open);
  }
  return found;
}

function push(found: Stretch[], text: string, { start, end }: Stretch): void {
  const piece = text.slice(start, end);
  const trimmed = piece.trim();
  if (trimmed !== '') found.push({ start: start + piece.indexOf(trimmed), end: start + piece.indexOf(trimmed) + trimmed.length });
}

function blocksOf(text: string): Stretch[] {
  const lines = [...text.matchAll(/[^\n]*(?:\n|$)/g)].filter((match) => match[0] !== '');
  const longest = Math.max(1, ...lines.map((match) => match[0].trim().length));
  const blocks: Stretch[] = [];
  let start = 0;
  lines.forEach((match, index) => {
    const line = match[0];
    const end = match.index + line.length;
    const next = lines[index + 1]?.[0];
    if (next === undefined || divides(line, next, longest)) {
      blocks.push({ start, end });
      start = end;
    }
  });
  return blocks;
}

function divides(line: string, next: string, longest: number): boolean {
  if (line.trim() === '' || next.trim() === '') return true;
  if (isRow(line) || isRow(next) || bullet.test(next)) return true;
  if (label.test(line.trim()) && /^\s*[\p{Lu}\p{N}]/u.test(next)) return true;
  return line.trim().length < longest * 0.6;
}

function isRow(line: string): boolean {
  return line.includes('\t') || /\s\|\s|^\||\|$/.test(line.trim()) || /\S {3,}\S/.test(line);
}

// Owns which mark stands behind which sentence of a grounded answer, and under which number its source goes.
import type { FoundPassage, Grounding } from '../../core/contract/documents.js';

export interface Source {
  /** From 1, in the order the passages were read. */
  number: number;
  passage: FoundPassage;
}

/** Passages that were read, by their id. */
export function sourcesOf({ read }: Grounding): ReadonlyMap<number, Source> {
  return new Map(read.map((passage, index) => [passage.passageId, { number: index + 1, passage }]));
}

export interface SentenceMark {
  /** Offset in the answer's text behind which the mark stands. */
  at: number;
  kind: 'source' | 'none' | 'removed';
  source: Source | null;
  /** The stretch of the passage that bears the sentence out, indices of the passage's text. */
  start: number;
  end: number;
}

/** In the order of the text. A sentence's mark stands before the space behind it. */
export function marksOf(grounding: Grounding, text: string): SentenceMark[] {
  const sources = sourcesOf(grounding);
  const marks: SentenceMark[] = [];
  for (const { start, end, support } of grounding.citations.toSorted((a, b) => a.end - b.end)) {
    const sentence = text.slice(start, end);
    // Citations may be ahead of the text that has arrived; their turn comes with it.
    if (end > text.length || sentence.trim() === '') continue;
    const at = start + sentence.trimEnd().length;
    const source = support ? (sources.get(support.passageId) ?? null) : null;
    marks.push({ at, kind: !support ? 'none' : source ? 'source' : 'removed', source, start: support?.start ?? 0, end: support?.end ?? 0 });
  }
  return marks;
}

/** How many sentences have a source, of how many. */
export function supported({ citations }: Grounding): { supported: number; total: number } {
  return { supported: citations.filter(({ support }) => support !== null).length, total: citations.length };
}

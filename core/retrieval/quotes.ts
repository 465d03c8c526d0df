// Owns the quoted answer: the sentences of found passages that answer by themselves.
import type { Quote } from '../contract/documents.js';
import { bestWindow, cover } from './features.js';
import { analyse, holdsAnswer, type Query } from './query.js';
import { bestShares, createMatcher } from './term-matches.js';
import { sentencesOf } from './words.js';

const limit = 5;
/** A sentence that covers less of the question than this says nothing by itself. */
const minCover = 0.25;
/** Longer than a sentence: a table without line ends, a broken PDF. */
const maxLength = 600;

interface Quotable {
  passageId: number;
  text: string;
  score: number;
  headingPath?: readonly string[];
}

/** Best first, at most five, no sentence twice. `weights`: how rare each term is; without them all count the same. `passages`: best first. */
export function quotesOf(query: Query | string, passages: readonly Quotable[], weights?: readonly number[]): Quote[] {
  const analysed = typeof query === 'string' ? analyse(query) : query;
  const matcher = createMatcher(analysed.terms);
  const worth = weights ?? analysed.terms.map(() => 1);
  const best = Math.max(...passages.map(({ score }) => score), Number.MIN_VALUE);
  const quotes: Quote[] = [];
  for (const passage of passages) {
    const matches = matcher.matchesIn(passage.text);
    const window = bestWindow(analysed, passage.text, matches, worth);
    for (const { start, end } of sentencesOf(passage.text)) {
      const text = passage.text.slice(start, end);
      // Names what follows and says nothing.
      if (passage.headingPath?.includes(text)) continue;
      const covered = cover(bestShares(matches.filter((match) => match.start >= start && match.end <= end), worth.length), worth);
      const holds = analysed.answerKind !== null && holdsAnswer(analysed.answerKind, text);
      const inWindow = start >= window.start && end <= window.end;
      // The heading above often names the matter and the sentence below only gives the answer.
      if (text.length > maxLength || (covered < minCover && !(inWindow && holds))) continue;
      quotes.push({ passageId: passage.passageId, start, end, text, score: Math.min(1, 0.3 * covered + 0.15 * Number(holds) + 0.1 * Number(inWindow) + 0.45 * (passage.score / best)) });
    }
  }
  const byText = new Map<string, Quote>();
  for (const quote of quotes.toSorted((a, b) => b.score - a.score)) if (!byText.has(quote.text)) byText.set(quote.text, quote);
  return [...byText.values()].slice(0, limit);
}

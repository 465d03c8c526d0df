// Owns what is measured of a candidate passage: how much of the question it covers, how closely, and what its document adds.
import { holdsAnswer, type Query } from './query.js';
import type { StoredPassage } from './retrieval.js';
import { bestShares, type Matcher, type TermMatch } from './term-matches.js';
import { sentencesOf, type Stretch } from './words.js';

export const featureNames = [
  'passage', 'sentence', 'heading', 'document', 'exactPassage', 'exactDocument', 'near', 'answer', 'fused', 'missing', 'pairs', 'alone',
] as const;
export type Features = Record<(typeof featureNames)[number], number>;

export interface Candidate {
  passage: StoredPassage;
  /** Of the fusion; the best of a query is 1. */
  fused: number;
}

interface Matched extends Candidate {
  matches: TermMatch[];
  shares: number[];
  headingShares: number[];
  window: Stretch & { cover: number };
}

/** A sentence with the next one counts nearly as much as one sentence. */
const pairFactor = 0.92;

/** `weights`: how rare each term is; every feature lies between 0 and 1. Passages with a better sentence first get no advantage from length. */
export function featuresOf(query: Query, matcher: Matcher, weights: readonly number[], candidates: readonly Candidate[]): Features[] {
  const matched = candidates.map((candidate) => matchCandidate(candidate, matcher, weights));
  const ofDocument = new Map<number, number[]>();
  for (const { passage, shares, headingShares } of matched) {
    const known = ofDocument.get(passage.documentId) ?? shares.map(() => 0);
    ofDocument.set(passage.documentId, known.map((share, term) => Math.max(share, shares[term]!, headingShares[term]!)));
  }
  const isExact = query.terms.map((term) => term.kind === 'exact');
  const heaviest = Math.max(...weights, Number.MIN_VALUE);
  return matched.map(({ passage, fused, matches, shares, headingShares, window }) => {
    const documentShares = ofDocument.get(passage.documentId)!;
    const withHeading = shares.map((share, term) => Math.max(share, headingShares[term]!));
    return {
      passage: cover(withHeading, weights),
      sentence: window.cover,
      heading: cover(headingShares, weights),
      document: cover(documentShares, weights),
      exactPassage: exactShare(withHeading, isExact),
      exactDocument: exactShare(documentShares, isExact),
      near: nearness(matches, weights),
      answer: query.answerKind === null ? 0.5 : Number(holdsAnswer(query.answerKind, passage.text.slice(window.start, window.end))),
      fused,
      missing: Math.max(0, ...documentShares.map((share, term) => ((1 - share) * weights[term]!) / heaviest)),
      pairs: pairShare(matches, query.terms.length),
      alone: cover(shares.map((share) => Number(share >= 0.9)), weights),
    };
  });
}

function matchCandidate(candidate: Candidate, matcher: Matcher, weights: readonly number[]): Matched {
  const { passage } = candidate;
  const matches = matcher.matchesIn(passage.text);
  const terms = weights.length;
  return {
    ...candidate,
    matches,
    shares: bestShares(matches, terms),
    headingShares: bestShares(matcher.matchesIn([passage.documentName.replace(/\.\p{L}+$/u, ''), ...passage.headingPath].join(' \n ')), terms),
    window: bestWindow(passage.text, matches, weights),
  };
}

export function cover(shares: readonly number[], weights: readonly number[]): number {
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  return all === 0 ? 0 : shares.reduce((sum, share, term) => sum + share * weights[term]!, 0) / all;
}

/** The sentence, or two in a row, that cover most of the question. */
export function bestWindow(text: string, matches: readonly TermMatch[], weights: readonly number[]): Stretch & { cover: number } {
  let best = { start: 0, end: 0, cover: 0 };
  const sentences = sentencesOf(text);
  sentences.forEach((sentence, index) => {
    const next = sentences[index + 1];
    for (const [end, factor] of next === undefined ? [[sentence.end, 1] as const] : [[sentence.end, 1] as const, [next.end, pairFactor] as const]) {
      const inside = matches.filter((match) => match.start >= sentence.start && match.end <= end);
      const covered = cover(bestShares(inside, weights.length), weights) * factor;
      if (covered > best.cover) best = { start: sentence.start, end, cover: covered };
    }
  });
  return best;
}

function exactShare(shares: readonly number[], isExact: readonly boolean[]): number {
  const exact = shares.filter((_, term) => isExact[term]);
  return exact.length === 0 ? 1 : exact.filter((share) => share === 1).length / exact.length;
}

/** Words of two heavy terms beside each other, weighted by how near: 1 for neighbours. */
function nearness(matches: readonly TermMatch[], weights: readonly number[]): number {
  let best = 0;
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  for (let index = 0; index < matches.length; index += 1) {
    const seen = new Map<number, number>();
    const first = matches[index]!;
    for (let other = index; other < matches.length && matches[other]!.at - first.at <= 20; other += 1) {
      const match = matches[other]!;
      const worth = match.share * weights[match.term]! * (1 - (match.at - first.at) / 40);
      seen.set(match.term, Math.max(seen.get(match.term) ?? 0, worth));
    }
    best = Math.max(best, [...seen.values()].reduce((sum, worth) => sum + worth, 0));
  }
  return all === 0 ? 0 : best / all;
}

/** Neighbours in the question that are neighbours in the passage, in order: what makes a phrase. */
function pairShare(matches: readonly TermMatch[], terms: number): number {
  if (terms < 2) return 0;
  const pairs = new Set<number>();
  for (const match of matches) {
    if (matches.some((other) => other.term === match.term + 1 && other.at > match.at && other.at - match.at <= 3)) pairs.add(match.term);
  }
  return pairs.size / (terms - 1);
}

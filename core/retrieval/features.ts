// Owns what is measured of a candidate passage: how much of the question it covers, how closely, and what its document adds.
import { holdsAnswer, isKindWord, type Query } from './query.js';
import type { StoredPassage } from './retrieval.js';
import { bestShares, type Matcher, type TermMatch } from './term-matches.js';
import { sentencesOf, type Stretch } from './words.js';

export const featureNames = [
  'passage', 'sentence', 'heading', 'document', 'exactPassage', 'exactDocument', 'identified', 'near', 'answer', 'fused', 'missing', 'absent', 'asked', 'askedDocument', 'pairs', 'alone',
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
}

export interface Window extends Stretch {
  cover: number;
  shares: number[];
}

/** A sentence with the next one counts nearly as much as one sentence. */
const pairFactor = 0.94;
/** Holding the kind of answer that is asked for decides between sentences that cover about the same. */
const answerBonus = 0.12;
/** Title and parties stand at the beginning of a document and are not said again on every page. */
const beginningFactor = 0.85;

/** `weights`: how rare each term is; every feature lies between 0 and 1. */
export function featuresOf(query: Query, matcher: Matcher, weights: readonly number[], candidates: readonly Candidate[]): Features[] {
  const matched = candidates.map((candidate) => matchCandidate(candidate, matcher, weights.length));
  const none = weights.map(() => 0);
  const ofDocument = new Map<number, number[]>();
  const ofBeginning = new Map<number, number[]>();
  for (const { passage, shares, headingShares } of matched) {
    ofDocument.set(passage.documentId, larger(ofDocument.get(passage.documentId) ?? none, larger(shares, headingShares)));
    if (passage.page === 1 && passage.start === 0) ofBeginning.set(passage.documentId, shares.map((share) => share * beginningFactor));
  }
  const isExact = query.terms.map((term) => term.kind === 'exact');
  const heaviest = Math.max(...weights, Number.MIN_VALUE);
  return matched.map(({ passage, fused, matches, shares, headingShares }) => {
    const documentShares = ofDocument.get(passage.documentId)!;
    const context = larger(headingShares, ofBeginning.get(passage.documentId) ?? none);
    const window = bestWindow(query, passage.text, matches, weights, context);
    const within = larger(shares, context);
    const holds = query.answerKind !== null && holdsAnswer(query.answerKind, passage.text.slice(window.start, window.end));
    return {
      passage: cover(within, weights),
      sentence: window.cover,
      heading: cover(headingShares, weights),
      document: cover(documentShares, weights),
      exactPassage: exactShare(within, isExact),
      exactDocument: exactShare(documentShares, isExact),
      identified: Number(isExact.some(Boolean) && exactShare(within, isExact) === 1),
      near: nearness(matches, weights),
      answer: query.answerKind === null ? 0.5 : Number(holds),
      fused,
      missing: Math.max(0, ...within.map((share, term) => ((1 - share) * weights[term]!) / heaviest)),
      absent: cover(documentShares.map((share) => Number(share === 0)), weights),
      asked: askedShare(query, larger(window.shares, headingShares), holds),
      askedDocument: askedShare(query, documentShares, holds),
      pairs: pairShare(matches, query.terms.length),
      alone: cover(shares.map((share) => Number(share >= 0.9)), weights),
    };
  });
}

function matchCandidate(candidate: Candidate, matcher: Matcher, terms: number): Matched {
  const { passage } = candidate;
  const matches = matcher.matchesIn(passage.text);
  const heading = [passage.documentName.replace(/\.\p{L}+$/u, ''), ...passage.headingPath].join(' \n ');
  return { ...candidate, matches, shares: bestShares(matches, terms), headingShares: bestShares(matcher.matchesIn(heading), terms) };
}

function larger(a: readonly number[], b: readonly number[]): number[] {
  return a.map((share, term) => Math.max(share, b[term]!));
}

/** Of the words right after "which", "how many", "wie hoch ist die": the thing that is asked for. */
function askedShare(query: Query, shares: readonly number[], holds: boolean): number {
  if (query.asked.length === 0) return 0.5;
  return Math.max(...query.asked.map((term) => (holds && isKindWord(query.terms[term]!) ? 1 : shares[term]!)));
}

export function cover(shares: readonly number[], weights: readonly number[]): number {
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  return all === 0 ? 0 : shares.reduce((sum, share, term) => sum + share * weights[term]!, 0) / all;
}

/** The sentence, or two in a row, that cover most of the question. `context`: shares that hold for every sentence, such as the heading's. */
export function bestWindow(query: Query, text: string, matches: readonly TermMatch[], weights: readonly number[], context?: readonly number[]): Window {
  const none = weights.map(() => 0);
  let best: Window = { start: 0, end: 0, cover: 0, shares: none };
  let bestScore = 0;
  const sentences = sentencesOf(text);
  sentences.forEach((sentence, index) => {
    const next = sentences[index + 1];
    for (const [end, factor] of next === undefined ? [[sentence.end, 1] as const] : [[sentence.end, 1] as const, [next.end, pairFactor] as const]) {
      const shares = bestShares(matches.filter((match) => match.start >= sentence.start && match.end <= end), weights.length);
      if (shares.every((share) => share === 0)) continue;
      const covered = cover(larger(shares, context ?? none), weights) * factor;
      const score = covered + (query.answerKind !== null && holdsAnswer(query.answerKind, text.slice(sentence.start, end)) ? answerBonus : 0);
      if (score > bestScore) {
        best = { start: sentence.start, end, cover: covered, shares };
        bestScore = score;
      }
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

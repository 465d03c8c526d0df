// Owns which stretch of a read passage bears out each sentence of a reply; decided here, never by the model.
import type { Citation } from '../contract/documents.js';
import { type Claims, claimsOf, contradicts, namesHold, valuesHold } from './claims.js';
import { cover } from './features.js';
import { analyse } from './query.js';
import { bestShares, createMatcher, type Matcher } from './term-matches.js';
import { sentencesOf, type Stretch } from './words.js';

/** Share of a sentence's words that the source must have. Measured on test/fixtures/citations.jsonl. */
export const supportThreshold = 0.6;
/** Sentences of a passage that may support one sentence together. */
const maxWindow = 3;
/** Each sentence more must be worth it. */
const windowFactor = 0.96;

export interface CitablePassage {
  passageId: number;
  text: string;
  documentName?: string;
  headingPath?: readonly string[];
}

interface Prepared extends CitablePassage {
  sentences: Stretch[];
  windows: { start: number; end: number; length: number; claims: Claims }[];
  nearby: Claims;
}

/**
 * One citation for each sentence of the reply that asserts something, in order; `support: null` where nothing bears it out.
 * Greetings, questions and lead-ins ("Here is the answer:") assert nothing and are left out. Offsets of `support` index the passage's text.
 */
export function alignCitations(reply: string, passages: readonly CitablePassage[]): Citation[] {
  const prepared = passages.map(prepare);
  return sentencesOf(reply).flatMap(({ start, end }) => {
    const text = reply.slice(start, end).replace(/\[\d+\]/g, (mark) => ' '.repeat(mark.length));
    if (!asserts(text)) return [];
    return [{ start, end, support: supportFor(text, prepared) }];
  });
}

function asserts(text: string): boolean {
  return !/[?:]\s*$/.test(text) && !/^#{1,6}\s/.test(text) && analyse(text).terms.length > 0;
}

function prepare(passage: CitablePassage): Prepared {
  const sentences = sentencesOf(passage.text);
  const windows = sentences.flatMap((first, index) =>
    sentences.slice(index, index + maxWindow).map((last, more) => ({ start: first.start, end: last.end, length: more + 1, claims: claimsOf(passage.text.slice(first.start, last.end)) })),
  );
  return { ...passage, sentences, windows, nearby: claimsOf([passage.documentName ?? '', ...(passage.headingPath ?? []), passage.text].join('\n')) };
}

function supportFor(text: string, passages: readonly Prepared[]): Citation['support'] {
  const { terms } = analyse(text);
  const matcher = createMatcher(terms);
  const weights = terms.map((term) => (term.kind === 'word' ? 1 : 1.5));
  const said = claimsOf(text);
  let best: Citation['support'] = null;
  for (const passage of passages) {
    const found = supportIn(passage, said, matcher, weights);
    if (found !== null && found.score > (best?.score ?? 0)) best = found;
  }
  return best;
}

function supportIn(passage: Prepared, said: Claims, matcher: Matcher, weights: readonly number[]): Citation['support'] {
  const matches = matcher.matchesIn(passage.text);
  const context = bestShares(matcher.matchesIn([passage.documentName ?? '', ...(passage.headingPath ?? [])].join('\n')), weights.length);
  let best: Citation['support'] = null;
  for (const { start, end, length, claims } of passage.windows) {
    const shares = bestShares(matches.filter((match) => match.start >= start && match.end <= end), weights.length);
    // The heading names what its sentences are about; alone it supports nothing.
    const score = cover(shares.map((share, term) => Math.max(share, context[term]! * 0.8)), weights) * windowFactor ** (length - 1);
    if (score < supportThreshold || cover(shares, weights) < supportThreshold / 2 || score <= (best?.score ?? 0)) continue;
    if (!valuesHold(said, claims, passage.nearby) || !namesHold(said, passage.nearby) || contradicts(said, claims)) continue;
    if (said.negated !== negatedWhereItMatters(passage, start, end, claims, matches.map((match) => match.start))) continue;
    best = { passageId: passage.passageId, start, end, score: Math.min(1, score) };
  }
  return best;
}

/** Of several sentences the one with most matches decides: "No pets. Rent is 900 euros." says nothing negative about rent. */
function negatedWhereItMatters(passage: Prepared, start: number, end: number, claims: Claims, places: readonly number[]): boolean {
  const inside = passage.sentences.filter((sentence) => sentence.start >= start && sentence.end <= end);
  if (inside.length < 2) return claims.negated;
  const counts = inside.map((sentence) => places.filter((place) => place >= sentence.start && place < sentence.end).length);
  const main = inside[counts.indexOf(Math.max(...counts))]!;
  return claimsOf(passage.text.slice(main.start, main.end)).negated;
}

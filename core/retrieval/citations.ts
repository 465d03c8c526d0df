// Owns which stretch of a read passage bears out each sentence of a reply; decided here, never by the model.
import type { Citation } from '../contract/documents.js';
import { type Claims, claimsOf, contradicts, isNegated, namesHold, valuesHold } from './claims.js';
import { cover } from './features.js';
import { wordWeight } from './language.js';
import { analyse } from './query.js';
import { bestShares, createMatcher, type Matcher, type TermMatch } from './term-matches.js';
import { sentencesOf, type Stretch } from './words.js';

/** Share of a sentence's words that the source must have. Measured on test/fixtures/citations.jsonl. */
export const supportThreshold = 0.7;
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
  const sentences = clausesOf(passage.text);
  const windows = sentences.flatMap((first, index) =>
    sentences.slice(index, index + maxWindow).map((last, more) => ({ start: first.start, end: last.end, length: more + 1, claims: claimsOf(passage.text.slice(first.start, last.end)) })),
  );
  return { ...passage, sentences, windows, nearby: claimsOf([passage.documentName ?? '', ...(passage.headingPath ?? []), passage.text].join('\n')) };
}

function supportFor(text: string, passages: readonly Prepared[]): Citation['support'] {
  const { terms } = analyse(text);
  const matcher = createMatcher(terms);
  const weights = terms.map((term) => (term.kind === 'word' ? wordWeight(term.text, null) : 1.5));
  const proven = terms.map(({ kind }) => Number(kind === 'number' || kind === 'exact'));
  const said = claimsOf(text);
  let best: Citation['support'] = null;
  for (const passage of passages) {
    const found = supportIn(passage, said, matcher, weights, proven);
    if (found !== null && found.score > (best?.score ?? 0)) best = found;
  }
  return best;
}

function supportIn(passage: Prepared, said: Claims, matcher: Matcher, weights: readonly number[], proven: readonly number[]): Citation['support'] {
  const matches = matcher.matchesIn(passage.text);
  const context = bestShares(matcher.matchesIn([passage.documentName ?? '', ...(passage.headingPath ?? [])].join('\n')), weights.length);
  let best: Citation['support'] = null;
  for (const { start, end, length, claims } of passage.windows) {
    if (!valuesHold(said, claims, passage.nearby) || !namesHold(said, passage.nearby)) continue;
    // A number that holds may be written in another way: "14" for "fourteen".
    const shares = bestShares(matches.filter((match) => match.start >= start && match.end <= end), weights.length).map((share, term) => Math.max(share, proven[term]!));
    // The heading names what its sentences are about; alone it supports nothing.
    const score = cover(shares.map((share, term) => Math.max(share, context[term]! * 0.8)), weights) * windowFactor ** (length - 1);
    if (score < supportThreshold || cover(shares, weights) < supportThreshold / 2 || score <= (best?.score ?? 0)) continue;
    const main = mainPart(passage, start, end, matches);
    if (said.negated !== isNegated(main.matched) || contradicts(said, claimsOf(main.sentence))) continue;
    best = { passageId: passage.passageId, start, end, score: Math.min(1, score) };
  }
  return best;
}

/** How far before and behind the words that match a negation still belongs to them. */
const before = 14;
const behind = 8;

/**
 * Of several sentences the one with most matches decides what is denied: "No pets. Rent is 900 euros." says nothing negative about rent.
 * Within it only the stretch that matches counts.
 */
function mainPart(passage: Prepared, start: number, end: number, matches: readonly TermMatch[]): { sentence: string; matched: string } {
  const inside = passage.sentences.filter((sentence) => sentence.start >= start && sentence.end <= end);
  const within = (sentence: Stretch): readonly TermMatch[] => matches.filter((match) => match.start >= sentence.start && match.end <= sentence.end);
  const counts = inside.map((sentence) => new Set(within(sentence).map(({ term }) => term)).size);
  const main = inside[counts.indexOf(Math.max(...counts))] ?? { start, end };
  const found = within(main);
  const from = Math.max(main.start, Math.min(...found.map((match) => match.start)) - before);
  const to = Math.min(main.end, Math.max(...found.map((match) => match.end)) + behind);
  return { sentence: passage.text.slice(main.start, main.end), matched: found.length === 0 ? '' : passage.text.slice(from, to) };
}

/** Sentences, divided at semicolons too: "dogs need consent; cats need none" are two statements. */
function clausesOf(text: string): Stretch[] {
  return sentencesOf(text).flatMap(({ start, end }) => {
    const parts: Stretch[] = [];
    let from = start;
    for (const match of text.slice(start, end).matchAll(/;\s+/g)) {
      parts.push({ start: from, end: start + match.index + 1 });
      from = start + match.index + match[0].length;
    }
    return [...parts, { start: from, end }].filter((part) => part.end > part.start);
  });
}

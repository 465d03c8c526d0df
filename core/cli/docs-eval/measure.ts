// Owns putting every question to every method of retrieval and what is counted of the outcome.
import { analyse } from '../../retrieval/query.js';
import { quotesOf } from '../../retrieval/quotes.js';
import type { Features } from '../../retrieval/features.js';
import type { Ranking, StoredPassage } from '../../retrieval/retrieval.js';
import { candidatesOf, foundScore, isFound, isUnsure, occurrenceOf, rank, weightsOf, type RetrieverOptions } from '../../retrieval/retriever.js';
import type { ScratchIndex } from '../../services/documents/scratch-index.js';
import { holdsGold, normalised, type Question } from './questions.js';

export const methods = ['words', 'trigrams', 'vectors', 'fused', 'reranked'] as const;
export type Method = (typeof methods)[number];

export interface Outcome {
  question: Question;
  /** Place of the first gold passage from 1, by method; null: not among those found. Methods that do not run are missing. */
  places: Partial<Record<Method, number | null>>;
  /** Of the first passage and of the passage of the first quote; null: nothing to cite. */
  firstPassage: { file: boolean; page: boolean } | null;
  firstQuote: { file: boolean; page: boolean } | null;
  /** An accepted answer stands in the first quote, in the first three; null: the question has none. */
  quoted: { first: boolean; three: boolean } | null;
  found: boolean;
  /** Found, with the words that it may not be there. */
  unsure: boolean;
  foundScore: number;
  retrievalMs: number;
  /** What the score model is fitted on. */
  candidates: Candidate[];
  /** The same with the gold passages taken away: a question whose answer is missing from documents that are otherwise right. */
  withoutGold: Candidate[];
}

export interface Candidate {
  features: Features;
  gold: boolean;
}

export async function measure(index: ScratchIndex, question: Question, options: RetrieverOptions): Promise<Outcome> {
  const { source, collectionId } = index;
  const startMs = performance.now();
  const query = analyse(question.question);
  const occurrence = occurrenceOf(source, collectionId, query);
  const candidates = await candidatesOf(source, collectionId, query, occurrence, options);
  const weights = weightsOf(query, occurrence);
  const ranked = rank(source, query, weights, candidates.fused);
  const quotes = quotesOf(query, ranked.slice(0, 8).map(({ passage, score }) => ({ ...passage, score })), weights);
  const retrievalMs = performance.now() - startMs;
  const isGold = (passage: StoredPassage | undefined): boolean => passage !== undefined && question.gold.some((gold) => holdsGold(gold, passage));
  const placeIn = (ranking: Ranking): number | null => {
    const known = new Map(source.passages(ranking.map(({ passageId }) => passageId)).map((passage) => [passage.passageId, passage]));
    const place = ranking.findIndex(({ passageId }) => isGold(known.get(passageId)));
    return place < 0 ? null : place + 1;
  };
  const reranked = ranked.findIndex(({ passage }) => isGold(passage));
  const quotedPassage = ranked.find(({ passage }) => passage.passageId === quotes[0]?.passageId)?.passage;
  return {
    question,
    places: {
      words: placeIn(candidates.words),
      trigrams: placeIn(candidates.trigrams),
      ...(candidates.vectors === null ? {} : { vectors: placeIn(candidates.vectors) }),
      fused: placeIn(candidates.fused),
      reranked: reranked < 0 ? null : reranked + 1,
    },
    firstPassage: placeRight(question, ranked[0]?.passage),
    firstQuote: placeRight(question, quotedPassage ?? ranked[0]?.passage),
    quoted: question.answer.length === 0 ? null : { first: answers(question, quotes.slice(0, 1)), three: answers(question, quotes.slice(0, 3)) },
    found: isFound(ranked),
    unsure: isUnsure(ranked),
    foundScore: foundScore(ranked),
    retrievalMs,
    candidates: ranked.map(({ passage, features }) => ({ features, gold: isGold(passage) })),
    withoutGold: question.unanswerable ? [] : rank(source, query, weights, candidates.fused.filter(({ passageId }) => !source.passages([passageId]).some(isGold))).map(({ features }) => ({ features, gold: false })),
  };
}

function placeRight(question: Question, passage: StoredPassage | undefined): { file: boolean; page: boolean } | null {
  if (passage === undefined) return null;
  const inFile = question.gold.filter(({ file }) => file === passage.documentName);
  // Without a page in the gold the passage must hold its text: a licence is one file of many pages.
  const page = inFile.some((gold) => (gold.page === undefined ? holdsGold(gold, passage) : gold.page === passage.page));
  return { file: inFile.length > 0, page };
}

function answers(question: Question, quotes: readonly { text: string }[]): boolean {
  return quotes.some(({ text }) => question.answer.some((answer) => normalised(text).includes(normalised(answer))));
}

// Owns retrieval from question to passages: candidates of every method, fusion, reranking, quotes, and whether anything was found.
import type { PassagePlace } from '../contract/documents.js';
import { type Candidate, type Features, featuresOf } from './features.js';
import { fuse, rankOf } from './fuse.js';
import { wordWeight } from './language.js';
import { trigramMatch, wordForms, wordMatch } from './match.js';
import { analyse, type Query } from './query.js';
import { quotesOf } from './quotes.js';
import type { Embedder, PassageReranker, PassageSource, Ranking, Retrieved, Retriever, StoredPassage, VectorSource } from './retrieval.js';
import { foundModel, foundThreshold, rankModel, scoreOf, unsureThreshold } from './score.js';
import { createMatcher } from './term-matches.js';

export interface RetrieverOptions {
  /** Both or neither. Read for each question anew: models come and go. */
  readonly embedder?: Embedder | undefined;
  readonly vectors?: VectorSource | undefined;
  /** A model that reads question and passage together; reorders what our own features put first. */
  readonly reranker?: PassageReranker | undefined;
}

export interface Candidates {
  words: Ranking;
  trigrams: Ranking;
  vectors: Ranking | null;
  fused: Ranking;
}

export interface Ranked {
  passage: StoredPassage;
  features: Features;
  score: number;
}

/** Rows asked of every method. */
const perMethod = 60;
export const rerankLimit = 30;
const quotedPassages = 8;

export function createRetriever(source: PassageSource, options: RetrieverOptions = {}): Retriever {
  return {
    async retrieve(collectionId, text) {
      const startMs = performance.now();
      const query = analyse(text);
      const occurrence = occurrenceOf(source, collectionId, query);
      const candidates = await candidatesOf(source, collectionId, query, occurrence, options);
      const weights = weightsOf(query, occurrence);
      const ranked = rank(source, query, weights, candidates.fused);
      const { order, isSure } = await reordered(text, ranked, options.reranker);
      const passages = order.map(({ passage, score }) => ({
        ...placeOf(passage),
        text: passage.text,
        score,
        ranks: { words: rankOf(candidates.words, passage.passageId), trigrams: rankOf(candidates.trigrams, passage.passageId), vectors: rankOf(candidates.vectors, passage.passageId) },
      }));
      return {
        passages,
        quotes: quotesOf(query, passages.slice(0, quotedPassages), weights),
        found: isFound(ranked) || isSure,
        unsure: isUnsure(ranked) && !isSure,
        needsAll: query.needsAll,
        retrievalMs: performance.now() - startMs,
      } satisfies Retrieved;
    },
  };
}

/** How many passages there are, and how many hold each term; counted up to where a word is too frequent to look for. */
export interface Occurrence {
  total: number;
  holding: readonly number[];
  frequent: number;
}

/** BM25 ranks every passage with any of the words: words in more passages than this are left to the reranking if rarer ones are there. */
const frequentShare = 0.03;
const minFrequent = 2000;
/**
 * Trigrams look for words within words. Of a word in more passages than this they find little that the words did not, at several times the cost.
 * Scripts that the index of words cannot divide are looked up whatever their number.
 */
const frequentPartShare = 0.005;
const minFrequentPart = 500;

export function occurrenceOf(source: PassageSource, collectionId: number, query: Query): Occurrence {
  const total = source.total(collectionId);
  const frequent = Math.max(minFrequent, Math.floor(total * frequentShare));
  const holding = query.terms.map((term) => {
    const forms = wordForms(term, false);
    return forms.length === 0 ? total / 20 : source.passagesWith(collectionId, forms.join(' OR '), frequent);
  });
  return { total, holding, frequent };
}

export async function candidatesOf(source: PassageSource, collectionId: number, query: Query, { total, holding, frequent }: Occurrence, options: RetrieverOptions = {}): Promise<Candidates> {
  const rare = query.terms.filter((_, term) => holding[term]! > 0 && holding[term]! < frequent);
  const looked = rare.length > 0 ? query.terms.filter((_, term) => holding[term]! < frequent) : query.terms;
  const byWords = wordMatch(looked, total <= minFrequent * 10);
  const frequentPart = Math.max(minFrequentPart, Math.floor(total * frequentPartShare));
  const byTrigrams = trigramMatch(query.terms.filter((term, at) => term.kind === 'cjk' || (holding[at]! < frequentPart && looked.includes(term))));
  const words = byWords === null ? [] : source.byWords(collectionId, byWords, perMethod);
  const trigrams = byTrigrams === null ? [] : source.byTrigrams(collectionId, byTrigrams, perMethod);
  const vectors = await nearest(collectionId, query.text, options);
  const fused = fuse([{ ranking: words, weight: 1 }, { ranking: trigrams, weight: 0.4 }, ...(vectors === null ? [] : [{ ranking: vectors, weight: 0.7 }])]);
  return { words, trigrams, vectors, fused };
}

async function nearest(collectionId: number, text: string, { embedder, vectors }: RetrieverOptions): Promise<Ranking | null> {
  if (embedder === undefined || vectors === undefined) return null;
  const [vector] = await embedder.embed([text]);
  return vector === undefined ? null : vectors.nearest(collectionId, vector, perMethod);
}

/** A word that stands nowhere counts no more than one that stands in a few places: it may be said in other words. */
const minHolding = 3;

/** How rare each term is in the collection (BM25's inverse document frequency, above zero), and how much such a word says. */
export function weightsOf(query: Query, { total, holding }: Occurrence): number[] {
  return query.terms.map((term, index) => {
    const held = Math.min(total, Math.max(minHolding, holding[index]!));
    const weight = term.kind === 'word' ? wordWeight(term.text, query.language) : 1;
    return weight * Math.log(1 + (total - held + 0.5) / (held + 0.5));
  });
}

/** The first candidates by our own score, best first. */
export function rank(source: PassageSource, query: Query, weights: readonly number[], fused: Ranking): Ranked[] {
  const first = fused.slice(0, rerankLimit);
  const best = first[0]?.score ?? 1;
  const known = new Map(source.passages(first.map(({ passageId }) => passageId)).map((passage) => [passage.passageId, passage]));
  const candidates: Candidate[] = first.flatMap(({ passageId, score }) => {
    const passage = known.get(passageId);
    return passage === undefined ? [] : [{ passage, fused: score / best }];
  });
  const features = featuresOf(query, createMatcher(query.terms), weights, candidates);
  return candidates
    .map(({ passage }, index) => ({ passage, features: features[index]!, score: scoreOf(features[index]!, rankModel) }))
    .toSorted((a, b) => b.score - a.score);
}

/** Decided from the best passages before anything is generated. */
export function isFound(ranked: readonly Ranked[]): boolean {
  return foundScore(ranked) >= foundThreshold;
}

/** Found, but weakly: nearly as often without the answer as with it. */
export function isUnsure(ranked: readonly Ranked[]): boolean {
  return isFound(ranked) && foundScore(ranked) < unsureThreshold;
}

export function foundScore(ranked: readonly Ranked[]): number {
  return ranked[0] === undefined ? 0 : scoreOf(ranked[0].features, foundModel);
}

/** `isSure`: the model says of a passage that it answers the question, whatever its words are. */
async function reordered(text: string, ranked: readonly Ranked[], reranker: PassageReranker | undefined): Promise<{ order: readonly Ranked[]; isSure: boolean }> {
  const scores = reranker === undefined || ranked.length === 0 ? [] : await reranker.rerank(text, ranked.map(({ passage }) => passage.text));
  if (scores.length < ranked.length) return { order: ranked, isSure: false };
  const order = ranked.map((one, index) => ({ one, score: scores[index]! })).toSorted((a, b) => b.score - a.score);
  return { order: order.map(({ one }) => one), isSure: order.length > 0 && order[0]!.score > 0.5 };
}

function placeOf({ passageId, documentId, documentName, headingPath, page, pageLabel, start, end }: StoredPassage): PassagePlace {
  return { passageId, documentId, documentName, headingPath, page, pageLabel, start, end };
}

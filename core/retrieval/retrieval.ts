// Owns the interfaces between retrieval and its neighbours: what it needs of a store, what it gives to whoever asks.
import type { FoundPassage, PassagePlace, Quote } from '../contract/documents.js';

/** A passage with the words around it that retrieval needs. */
export interface StoredPassage extends PassagePlace {
  text: string;
  /** Estimated tokens. */
  tokens: number;
}

/** Passage ids, best first. `score`: the method's own, larger is better. */
export type Ranking = readonly { passageId: number; score: number }[];

/** What retrieval needs of the database; core/store/passage-search.ts is the real one. Every query is of one collection, ready documents only. */
export interface PassageSource {
  /** BM25 over words; `match` is in FTS5's language, made by retrieval from quoted words alone. */
  byWords(collectionId: number, match: string, limit: number): Ranking;
  byTrigrams(collectionId: number, match: string, limit: number): Ranking;
  /** In how many passages of the collection a term occurs, and how many there are. Counting ends at `atMost`: a frequent word is in very many. */
  passagesWith(collectionId: number, match: string, atMost?: number): number;
  total(collectionId: number): number;
  passages(ids: readonly number[]): StoredPassage[];
}

/** Turns text into vectors of unit length. */
export interface Embedder {
  /** Name and version, stored with the vectors: another one means embedding anew. */
  readonly id: string;
  readonly dimensions: number;
  /** One for each text; fewer when it was told to stop. */
  embed(texts: readonly string[]): Promise<Float32Array[]>;
}

/** Nearest vectors of a collection, scanned in memory off the main thread. */
export interface VectorSource {
  nearest(collectionId: number, vector: Float32Array, limit: number): Promise<Ranking>;
}

/** A model that reads a question together with each passage. */
export interface PassageReranker {
  readonly id: string;
  /** One score for each text between 0 and 1, above one half for what answers the question; fewer when it failed: the order then stays. */
  rerank(query: string, texts: readonly string[]): Promise<number[]>;
}

export interface Retrieved {
  /** Best first, at most 30. */
  passages: FoundPassage[];
  /** Sentences that answer by themselves, best first. */
  quotes: Quote[];
  /** False: nothing here answers the question; decided from the scores, threshold calibrated on the evaluation set. */
  found: boolean;
  /** Found, but so weakly that what was asked for may not be there; never where a reranker is sure. */
  unsure: boolean;
  /** The question needs everything: summarise, list all, count, compare. */
  needsAll: boolean;
  retrievalMs: number;
}

export interface Retriever {
  retrieve(collectionId: number, query: string): Promise<Retrieved>;
}

// Owns the translation between rows of groundings and the contract's shapes.
import { citationSchema, foundPassageSchema, quoteSchema, type FoundPassage, type Grounding } from '../contract/documents.js';
import type { StoredPassage } from './passage-search.js';

export const foundColumns = `g.message_id AS messageId, g.passage_id AS passageId, g.was_read AS wasRead, g.score, g.ranks, g.cut_start AS cutStart, g.cut_end AS cutEnd`;

export interface FoundRow {
  messageId: number;
  passageId: number;
  wasRead: number;
  score: number;
  ranks: string;
  cutStart: number | null;
  cutEnd: number | null;
}

export interface GroundingRow {
  message_id: number;
  collection_id: number | null;
  collection_name: string;
  mode: Grounding['mode'];
  query: string;
  decision: Grounding['decision'];
  unsure: number;
  passages_total: number;
  needs_all: number;
  retrieval_ms: number;
  read_count: number;
  forgotten: number;
  whole_done: number | null;
  whole_total: number | null;
  whole_runs: number | null;
  quotes: string;
  citations: string;
}

const ranksSchema = foundPassageSchema.shape.ranks;
const quotesSchema = quoteSchema.omit({ text: true }).array();
const citationsSchema = citationSchema.array();

/** What is left of a grounding: passages, quotes and supports whose document is gone are gone with it. `texts`: of the passages still shown. */
export function toGrounding(row: GroundingRow, found: readonly FoundRow[], texts: ReadonlyMap<number, StoredPassage>): Grounding {
  const of = (wasRead: number): FoundPassage[] => found.filter((each) => each.wasRead === wasRead).flatMap((each) => toPassage(each, texts.get(each.passageId)));
  const read = of(1);
  const alsoFound = of(0);
  const known = new Map([...read, ...alsoFound].map((passage) => [passage.passageId, passage]));
  const removed = row.read_count - read.length;
  return {
    messageId: row.message_id,
    collectionId: row.collection_id,
    collectionName: row.collection_name,
    mode: row.mode,
    query: row.query,
    decision: row.decision,
    read,
    alsoFound,
    passagesTotal: row.passages_total,
    quotes: quotesSchema.parse(JSON.parse(row.quotes)).flatMap((quote) => {
      const text = known.get(quote.passageId)?.text.slice(quote.start, quote.end);
      return text ? [{ ...quote, text }] : [];
    }),
    citations: citationsSchema.parse(JSON.parse(row.citations)).map((citation) =>
      citation.support === null || known.has(citation.support.passageId) ? citation : { ...citation, support: null },
    ),
    retrievalMs: row.retrieval_ms,
    needsAll: row.needs_all === 1,
    whole: row.whole_total === null ? null : { done: row.whole_done ?? 0, total: row.whole_total, secondsLeft: null, runs: row.whole_runs ?? 0 },
    ...(row.unsure === 1 && { unsure: true }),
    ...(row.forgotten > 0 && { forgotten: row.forgotten }),
    ...(removed > 0 && { removed }),
  };
}

function toPassage({ score, ranks, cutStart, cutEnd }: FoundRow, stored: StoredPassage | undefined): FoundPassage[] {
  if (stored === undefined) return [];
  const { tokens: _tokens, ...passage } = stored;
  return [{ ...passage, score, ranks: ranksSchema.parse(JSON.parse(ranks)), ...(cutStart !== null && cutEnd !== null && { cut: { start: cutStart, end: cutEnd } }) }];
}

// Owns the translation between rows of groundings and the contract's shapes.
import { citationSchema, foundPassageSchema, quoteSchema, type FoundPassage, type Grounding } from '../contract/documents.js';

export const passageColumns = `g.message_id AS messageId, g.was_read AS wasRead, g.score, g.ranks, g.cut_start AS cutStart, g.cut_end AS cutEnd,
  p.id AS passageId, p.document_id AS documentId, p.heading, p.text, p.page, p.start, p.end,
  d.name AS documentName, page.label AS pageLabel, CASE WHEN p.end_page <> p.page THEN page.text END AS pageText`;

export interface PassageRow {
  messageId: number;
  wasRead: number;
  score: number;
  ranks: string;
  cutStart: number | null;
  cutEnd: number | null;
  passageId: number;
  documentId: number;
  heading: string;
  text: string;
  page: number;
  start: number;
  end: number;
  documentName: string;
  pageLabel: string | null;
  /** Of a passage that goes on on the next page. */
  pageText: string | null;
}

export interface GroundingRow {
  message_id: number;
  collection_id: number | null;
  collection_name: string;
  mode: Grounding['mode'];
  query: string;
  decision: Grounding['decision'];
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

/** What is left of a grounding: passages, quotes and supports whose document is gone are gone with it. */
export function toGrounding(row: GroundingRow, rows: readonly PassageRow[]): Grounding {
  const passages = new Map(rows.map((each) => [each.passageId, toPassage(each)]));
  const read = rows.filter(({ wasRead }) => wasRead === 1).map(({ passageId }) => passages.get(passageId)!);
  const removed = row.read_count - read.length;
  return {
    messageId: row.message_id,
    collectionId: row.collection_id,
    collectionName: row.collection_name,
    mode: row.mode,
    query: row.query,
    decision: row.decision,
    read,
    alsoFound: rows.filter(({ wasRead }) => wasRead === 0).map(({ passageId }) => passages.get(passageId)!),
    passagesTotal: row.passages_total,
    quotes: quotesSchema.parse(JSON.parse(row.quotes)).flatMap((quote) => {
      const text = passages.get(quote.passageId)?.text.slice(quote.start, quote.end);
      return text ? [{ ...quote, text }] : [];
    }),
    citations: citationsSchema.parse(JSON.parse(row.citations)).map((citation) =>
      citation.support === null || passages.has(citation.support.passageId) ? citation : { ...citation, support: null },
    ),
    retrievalMs: row.retrieval_ms,
    needsAll: row.needs_all === 1,
    whole: row.whole_total === null ? null : { done: row.whole_done ?? 0, total: row.whole_total, secondsLeft: null, runs: row.whole_runs ?? 0 },
    ...(row.forgotten > 0 && { forgotten: row.forgotten }),
    ...(removed > 0 && { removed }),
  };
}

function toPassage(row: PassageRow): FoundPassage {
  const { passageId, documentId, documentName, heading, page, pageLabel, start, text, score } = row;
  return {
    passageId, documentId, documentName, headingPath: heading === '' ? [] : heading.split('\n'), page, pageLabel, start,
    end: row.pageText === null ? row.end : row.pageText.length,
    text, score, ranks: ranksSchema.parse(JSON.parse(row.ranks)),
    ...(row.cutStart !== null && row.cutEnd !== null && { cut: { start: row.cutStart, end: row.cutEnd } }),
  };
}

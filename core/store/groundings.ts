// Owns the rows of groundings: what replies owe to documents. Texts are looked up in the passages, never copied.
import type { Citation, FoundPassage, Grounding, Quote } from '../contract/documents.js';
import { foundColumns, toGrounding, type FoundRow, type GroundingRow } from './grounding-rows.js';
import type { Writable } from './handles.js';
import type { PassageSearchQueries, StoredPassage } from './passage-search.js';
import { translateAll } from './store-errors.js';

/** A grounding as it is made, for a message that exists. Of passages and quotes only ids and offsets are kept. */
export type NewGrounding = Pick<Grounding, 'messageId' | 'mode' | 'query' | 'decision' | 'read' | 'alsoFound' | 'passagesTotal' | 'quotes' | 'retrievalMs' | 'needsAll' | 'collectionName' | 'unsure'> & {
  collectionId: number;
  forgotten: number;
  whole: { total: number; runs: number } | null;
};

export const groundingSql = {
  one: 'SELECT * FROM grounding WHERE message_id = ?',
  ofConversation: 'SELECT grounding.* FROM message JOIN grounding ON grounding.message_id = message.id WHERE message.conversation_id = ?',
  passages: `SELECT ${foundColumns} FROM grounding_passage g WHERE g.message_id = ? ORDER BY g.rank`,
  passagesOfConversation: `SELECT ${foundColumns} FROM message m JOIN grounding_passage g ON g.message_id = m.id WHERE m.conversation_id = ? ORDER BY g.message_id, g.rank`,
  size: `SELECT count(*) AS passages, coalesce(sum(p.tokens), 0) AS tokens FROM document d JOIN passage p ON p.document_id = d.id AND p.reading = d.reading
    WHERE d.collection_id = ? AND d.erased = 0`,
} as const;

export interface GroundingQueries {
  find(messageId: number): Grounding | null;
  /** By message. */
  ofConversation(conversationId: number): Map<number, Grounding>;
  add(grounding: NewGrounding): void;
  setCitations(messageId: number, citations: readonly Citation[]): void;
  /** Passages found for the sentences of an answer, in place of those found for the question. */
  setPassages(messageId: number, read: readonly FoundPassage[], alsoFound: readonly FoundPassage[]): void;
  /** Passages read so far in the whole-document mode. */
  setWholeDone(messageId: number, done: number): void;
  /** Passages of a collection and their estimated tokens. */
  size(collectionId: number): { passages: number; tokens: number };
}

export function createGroundingQueries(db: Writable, passageSearch: Pick<PassageSearchQueries, 'passages'>): GroundingQueries {
  const one = db.prepare<[number], GroundingRow>(groundingSql.one);
  const ofConversation = db.prepare<[number], GroundingRow>(groundingSql.ofConversation);
  const passages = db.prepare<[number], FoundRow>(groundingSql.passages);
  const passagesOfConversation = db.prepare<[number], FoundRow>(groundingSql.passagesOfConversation);
  const insert = db.prepare(`INSERT INTO grounding (message_id, collection_id, collection_name, mode, query, decision, unsure, passages_total, needs_all, retrieval_ms,
      read_count, forgotten, whole_done, whole_total, whole_runs, quotes, citations)
    VALUES (@messageId, @collectionId, @collectionName, @mode, @query, @decision, @unsure, @passagesTotal, @needsAll, @retrievalMs,
      @readCount, @forgotten, @wholeDone, @wholeTotal, @wholeRuns, @quotes, '[]')`);
  // A passage may have gone while the answer was prepared: its row is left out then, and the missing row is what tells of it.
  const insertPassage = db.prepare(`INSERT INTO grounding_passage (message_id, rank, passage_id, was_read, score, ranks, cut_start, cut_end)
    SELECT @messageId, @rank, id, @wasRead, @score, @ranks, @cutStart, @cutEnd FROM passage WHERE id = @passageId`);
  const removePassages = db.prepare('DELETE FROM grounding_passage WHERE message_id = ?');
  const setReadCount = db.prepare('UPDATE grounding SET read_count = ? WHERE message_id = ?');
  const setCitations = db.prepare('UPDATE grounding SET citations = ? WHERE message_id = ?');
  const size = db.prepare<[number], { passages: number; tokens: number }>(groundingSql.size);
  const setWholeDone = db.prepare('UPDATE grounding SET whole_done = ? WHERE message_id = ?');

  function addPassages(messageId: number, read: readonly FoundPassage[], alsoFound: readonly FoundPassage[]): void {
    [...read, ...alsoFound].forEach(({ passageId, score, ranks, cut }, rank) => {
      insertPassage.run({ messageId, rank, passageId, wasRead: rank < read.length ? 1 : 0, score, ranks: JSON.stringify(ranks), cutStart: cut?.start ?? null, cutEnd: cut?.end ?? null });
    });
  }

  /** The passages of these rows that are still shown. */
  const textsOf = (rows: readonly FoundRow[]): Map<number, StoredPassage> =>
    new Map(passageSearch.passages([...new Set(rows.map(({ passageId }) => passageId))]).map((passage) => [passage.passageId, passage]));

  return translateAll({
    find(messageId: number) {
      const row = one.get(messageId);
      if (row === undefined) return null;
      const found = passages.all(messageId);
      return toGrounding(row, found, textsOf(found));
    },
    ofConversation(conversationId: number) {
      const rows = ofConversation.all(conversationId);
      // Most conversations have none; they pay for one look at an index.
      if (rows.length === 0) return new Map<number, Grounding>();
      const all = passagesOfConversation.all(conversationId);
      const texts = textsOf(all);
      const found = Map.groupBy(all, ({ messageId }) => messageId);
      return new Map(rows.map((row) => [row.message_id, toGrounding(row, found.get(row.message_id) ?? [], texts)]));
    },
    add: db.transaction(({ read, alsoFound, quotes, whole: wanted, needsAll, unsure = false, ...rest }: NewGrounding) => {
      insert.run({
        ...rest, needsAll: needsAll ? 1 : 0, unsure: unsure ? 1 : 0, readCount: read.length, quotes: JSON.stringify(quotes.map(withoutText)),
        wholeDone: wanted && 0, wholeTotal: wanted?.total ?? null, wholeRuns: wanted?.runs ?? null,
      });
      addPassages(rest.messageId, read, alsoFound);
    }),
    setCitations: (messageId: number, citations: readonly Citation[]) => void setCitations.run(JSON.stringify(citations), messageId),
    setPassages: db.transaction((messageId: number, read: readonly FoundPassage[], alsoFound: readonly FoundPassage[]) => {
      removePassages.run(messageId);
      addPassages(messageId, read, alsoFound);
      setReadCount.run(read.length, messageId);
    }),
    size: (collectionId: number) => size.get(collectionId)!,
    setWholeDone: (messageId: number, done: number) => void setWholeDone.run(done, messageId),
  });
}

const withoutText = ({ passageId, start, end, score }: Quote): Omit<Quote, 'text'> => ({ passageId, start, end, score });

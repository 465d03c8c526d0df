// Owns the rows of groundings: what replies owe to documents. Texts are looked up in the passages, never copied.
import type { Citation, FoundPassage, Grounding, Quote } from '../contract/documents.js';
import { passageColumns, toGrounding, type GroundingRow, type PassageRow } from './grounding-rows.js';
import type { Writable } from './handles.js';
import { translateAll } from './store-errors.js';

/** A grounding as it is made, for a message that exists. Of passages and quotes only ids and offsets are kept. */
export type NewGrounding = Pick<Grounding, 'messageId' | 'mode' | 'query' | 'decision' | 'read' | 'alsoFound' | 'passagesTotal' | 'quotes' | 'retrievalMs' | 'needsAll' | 'collectionName'> & {
  collectionId: number;
  forgotten: number;
  whole: { total: number; runs: number } | null;
};

export const groundingSql = {
  one: 'SELECT * FROM grounding WHERE message_id = ?',
  ofConversation: 'SELECT grounding.* FROM grounding JOIN message ON message.id = grounding.message_id WHERE message.conversation_id = ?',
  passages: `SELECT ${passageColumns} FROM grounding_passage g JOIN passage p ON p.id = g.passage_id JOIN document d ON d.id = p.document_id
    LEFT JOIN page ON page.document_id = p.document_id AND page.number = p.page WHERE g.message_id = ? ORDER BY g.rank`,
  passagesOfConversation: `SELECT ${passageColumns} FROM message m JOIN grounding_passage g ON g.message_id = m.id JOIN passage p ON p.id = g.passage_id
    JOIN document d ON d.id = p.document_id LEFT JOIN page ON page.document_id = p.document_id AND page.number = p.page
    WHERE m.conversation_id = ? ORDER BY g.message_id, g.rank`,
  collection: `SELECT name, coalesce((SELECT sum(passages) FROM document WHERE collection_id = collection.id AND state = 'ready'), 0) AS passages
    FROM collection WHERE id = ?`,
  whole: `SELECT p.id AS passageId, p.tokens FROM document d JOIN passage p ON p.document_id = d.id
    WHERE d.collection_id = ? AND d.state = 'ready' ORDER BY d.id, p.idx`,
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
  /** Name and passages that can be found; null when it is gone. */
  collection(id: number): { name: string; passages: number } | null;
  /** Every passage of a collection in the documents' order, with its estimated tokens. */
  whole(collectionId: number): { passageId: number; tokens: number }[];
}

export function createGroundingQueries(db: Writable): GroundingQueries {
  const one = db.prepare<[number], GroundingRow>(groundingSql.one);
  const ofConversation = db.prepare<[number], GroundingRow>(groundingSql.ofConversation);
  const passages = db.prepare<[number], PassageRow>(groundingSql.passages);
  const passagesOfConversation = db.prepare<[number], PassageRow>(groundingSql.passagesOfConversation);
  const collection = db.prepare<[number], { name: string; passages: number }>(groundingSql.collection);
  const whole = db.prepare<[number], { passageId: number; tokens: number }>(groundingSql.whole);
  const insert = db.prepare(`INSERT INTO grounding (message_id, collection_id, collection_name, mode, query, decision, passages_total, needs_all, retrieval_ms,
      read_count, forgotten, whole_done, whole_total, whole_runs, quotes, citations)
    VALUES (@messageId, @collectionId, @collectionName, @mode, @query, @decision, @passagesTotal, @needsAll, @retrievalMs,
      @readCount, @forgotten, @wholeDone, @wholeTotal, @wholeRuns, @quotes, '[]')`);
  // A passage may have gone while the answer was prepared: its row is left out then, and the missing row is what tells of it.
  const insertPassage = db.prepare(`INSERT INTO grounding_passage (message_id, rank, passage_id, was_read, score, ranks, cut_start, cut_end)
    SELECT @messageId, @rank, id, @wasRead, @score, @ranks, @cutStart, @cutEnd FROM passage WHERE id = @passageId`);
  const removePassages = db.prepare('DELETE FROM grounding_passage WHERE message_id = ?');
  const setReadCount = db.prepare('UPDATE grounding SET read_count = ? WHERE message_id = ?');
  const setCitations = db.prepare('UPDATE grounding SET citations = ? WHERE message_id = ?');
  const setWholeDone = db.prepare('UPDATE grounding SET whole_done = ? WHERE message_id = ?');

  function addPassages(messageId: number, read: readonly FoundPassage[], alsoFound: readonly FoundPassage[]): void {
    [...read, ...alsoFound].forEach(({ passageId, score, ranks, cut }, rank) => {
      insertPassage.run({ messageId, rank, passageId, wasRead: rank < read.length ? 1 : 0, score, ranks: JSON.stringify(ranks), cutStart: cut?.start ?? null, cutEnd: cut?.end ?? null });
    });
  }

  return translateAll({
    find(messageId: number) {
      const row = one.get(messageId);
      return row === undefined ? null : toGrounding(row, passages.all(messageId));
    },
    ofConversation(conversationId: number) {
      const rows = ofConversation.all(conversationId);
      const found = rows.length === 0 ? new Map<number, PassageRow[]>() : Map.groupBy(passagesOfConversation.all(conversationId), ({ messageId }) => messageId);
      return new Map(rows.map((row) => [row.message_id, toGrounding(row, found.get(row.message_id) ?? [])]));
    },
    add: db.transaction(({ read, alsoFound, quotes, whole: wanted, needsAll, ...rest }: NewGrounding) => {
      insert.run({
        ...rest, needsAll: needsAll ? 1 : 0, readCount: read.length, quotes: JSON.stringify(quotes.map(withoutText)),
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
    setWholeDone: (messageId: number, done: number) => void setWholeDone.run(done, messageId),
    collection: (id: number) => collection.get(id) ?? null,
    whole: (collectionId: number) => whole.all(collectionId),
  });
}

const withoutText = ({ passageId, start, end, score }: Quote): Omit<Quote, 'text'> => ({ passageId, start, end, score });

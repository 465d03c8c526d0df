// Owns looking up passages by words and by trigrams: what retrieval needs of the database (its PassageSource).
import type { PassagePlace } from '../contract/documents.js';
import type { Readable } from './handles.js';
import { translateAll } from './store-errors.js';

export interface StoredPassage extends PassagePlace {
  text: string;
  tokens: number;
}

/** Only what is shown: of one collection, of the reading that counts, nothing that is being erased. */
function matching(index: string, by = ''): string {
  return `FROM ${index} JOIN passage p ${by} ON p.id = ${index}.rowid JOIN document d ON d.id = p.document_id AND d.reading = p.reading
    WHERE ${index} MATCH @match AND d.collection_id = @collectionId AND d.erased = 0`;
}
// bm25 is negative in SQLite, better is smaller.
const ranked = (index: string): string => `SELECT p.id AS passageId, -${index}.rank AS score ${matching(index)} ORDER BY ${index}.rank LIMIT @limit`;

export const passageSearchSql = {
  words: ranked('passage_words'),
  trigrams: ranked('passage_trigrams'),
  // Thousands of rows, of which only the document is looked at: by the small index.
  count: `SELECT count(*) FROM (SELECT 1 ${matching('passage_words', 'INDEXED BY passage_place')} LIMIT @atMost)`,
  total: 'SELECT coalesce(sum(passages), 0) FROM document WHERE collection_id = ? AND erased = 0',
  passages: `SELECT p.id AS passageId, d.id AS documentId, d.name AS documentName, p.heading, p.page, g.label AS pageLabel, p.start,
      iif(p.end_page = p.page, p.end, g.characters) AS end, p.text, p.tokens
    FROM json_each(?) wanted JOIN passage p ON p.id = wanted.value JOIN document d ON d.id = p.document_id AND d.reading = p.reading
    JOIN page g ON g.document_id = d.id AND g.reading = d.reading AND g.number = p.page WHERE d.erased = 0 ORDER BY wanted.key`,
  idsOf: `SELECT p.id FROM document d JOIN passage p ON p.document_id = d.id AND p.reading = d.reading
    WHERE d.collection_id = ? AND d.erased = 0 ORDER BY d.id, p.idx`,
} as const;

interface Asked {
  collectionId: number;
  match: string;
}

/** The same shape as core/retrieval's PassageSource; rooms meet in the services. */
export interface PassageSearchQueries {
  byWords(collectionId: number, match: string, limit: number): { passageId: number; score: number }[];
  byTrigrams(collectionId: number, match: string, limit: number): { passageId: number; score: number }[];
  passagesWith(collectionId: number, match: string, atMost?: number): number;
  total(collectionId: number): number;
  /** In the order asked for; removed ones are left out. */
  passages(ids: readonly number[]): StoredPassage[];
  /** Every passage of a collection, document by document, in reading order. */
  idsOf(collectionId: number): number[];
}

export function createPassageSearchQueries(db: Readable): PassageSearchQueries {
  const words = db.prepare<[Asked & { limit: number }], { passageId: number; score: number }>(passageSearchSql.words);
  const trigrams = db.prepare<[Asked & { limit: number }], { passageId: number; score: number }>(passageSearchSql.trigrams);
  const count = db.prepare<[Asked & { atMost: number }], number>(passageSearchSql.count).pluck();
  const total = db.prepare<[number], number>(passageSearchSql.total).pluck();
  const passages = db.prepare<[string], Omit<StoredPassage, 'headingPath'> & { heading: string }>(passageSearchSql.passages);
  const idsOf = db.prepare<[number], number>(passageSearchSql.idsOf).pluck();
  return translateAll({
    byWords: (collectionId: number, match: string, limit: number) => words.all({ collectionId, match, limit }),
    byTrigrams: (collectionId: number, match: string, limit: number) => trigrams.all({ collectionId, match, limit }),
    passagesWith: (collectionId: number, match: string, atMost = -1) => count.get({ collectionId, match, atMost })!,
    total: (collectionId: number) => total.get(collectionId)!,
    passages: (ids: readonly number[]) =>
      passages.all(JSON.stringify(ids)).map(({ heading, ...rest }) => ({ ...rest, headingPath: heading === '' ? [] : heading.split('\n') })),
    idsOf: (collectionId: number) => idsOf.all(collectionId),
  });
}

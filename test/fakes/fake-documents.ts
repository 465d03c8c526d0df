// Owns documents without a reader: rows of a collection written directly, and a retriever that counts common words.
import type { Citation, FoundPassage } from '../../core/contract/documents.js';
import type { Retrieved, Retriever } from '../../core/retrieval/retrieval.js';
import type { Writable } from '../../core/store/handles.js';

export interface FakeDocument {
  name: string;
  /** Each on a page of its own. */
  passages: string[];
}

/** Writes a collection whose documents are read, without files to look for, and returns its passages in order. */
export function addCollection(db: Writable, documents: readonly FakeDocument[], name = 'Papers'): { collectionId: number; passages: FoundPassage[] } {
  const collectionId = Number(db.prepare('INSERT INTO collection (name, created_at_ms) VALUES (?, 1)').run(name).lastInsertRowid);
  const passages: FoundPassage[] = [];
  for (const document of documents) {
    const documentId = Number(
      db.prepare("INSERT INTO document (collection_id, name, state, reading, size_bytes, pages, passages, added_at_ms) VALUES (?, ?, 'ready', 1, 1, ?, ?, 1)")
        .run(collectionId, document.name, document.passages.length, document.passages.length).lastInsertRowid,
    );
    document.passages.forEach((text, at) => {
      const page = at + 1;
      db.prepare("INSERT INTO page (document_id, reading, number, characters, text, placed, method) VALUES (?, 1, ?, ?, ?, x'', 'text')").run(documentId, page, text.length, text);
      const passageId = Number(
        db.prepare("INSERT INTO passage (document_id, reading, idx, hash, heading, text, page, start, end_page, end, overlap, kind, tokens) VALUES (?, 1, ?, ?, 'Part', ?, ?, 0, ?, ?, 0, 'text', ?)")
          .run(documentId, at, `h${documentId}.${at}`, text, page, page, text.length, Math.ceil(text.length / 4)).lastInsertRowid,
      );
      passages.push({ passageId, documentId, documentName: document.name, headingPath: ['Part'], page, pageLabel: null, start: 0, end: text.length, text, score: 0, ranks: { words: null, trigrams: null, vectors: null } });
    });
  }
  return { collectionId, passages };
}

const words = (text: string): Set<string> => new Set(text.toLowerCase().match(/[\p{L}\p{N}]{4,}/gu) ?? []);
const common = (a: Set<string>, b: Set<string>): number => [...a].filter((word) => b.has(word)).length;

/** Ranks by common words of four letters and more; finds nothing when there are none, and is unsure of a question with "perhaps". `queries`: what it was asked. */
export function fakeRetriever(passages: readonly FoundPassage[]): Retriever & { queries: string[] } {
  const queries: string[] = [];
  return {
    queries,
    retrieve(_collectionId, query): Promise<Retrieved> {
      queries.push(query);
      const asked = words(query);
      const ranked = passages
        .map((passage) => ({ passage, hits: common(asked, words(passage.text)) }))
        .toSorted((a, b) => b.hits - a.hits)
        .slice(0, 30)
        .map(({ passage, hits }, at): FoundPassage => ({ ...passage, score: hits / (hits + 1), ranks: { ...passage.ranks, words: at + 1 } }));
      const best = ranked[0];
      const found = (best?.score ?? 0) > 0;
      const quotes = best && found ? [{ passageId: best.passageId, start: 0, end: best.text.length, text: best.text, score: best.score }] : [];
      return Promise.resolve({ passages: ranked, quotes, found, unsure: found && /\bperhaps\b/i.test(query), needsAll: /\b(all|summari[sz]e|count)\b/i.test(query), retrievalMs: 1 });
    },
  };
}

/** One citation for each sentence; support where most words are common. */
export function fakeAlign(answer: string, passages: readonly FoundPassage[]): Citation[] {
  return [...answer.matchAll(/[^.!?]+[.!?]?/g)].map((match): Citation => {
    const said = words(match[0]);
    const passage = passages.find(({ text }) => said.size > 0 && common(said, words(text)) > said.size / 2);
    return { start: match.index, end: match.index + match[0].length, support: passage ? { passageId: passage.passageId, start: 0, end: passage.text.length, score: 0.9 } : null };
  });
}

// Proves the rows of documents: readings that take each other's place, lookups that see only what is shown, vectors, erasing.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ReadPage, ReadPassage, ReadSummary } from '../../../core/contract/reading.js';
import { collectionSql } from '../../../core/store/collections.js';
import { documentSql } from '../../../core/store/documents.js';
import type { Writable } from '../../../core/store/handles.js';
import { passageSearchSql } from '../../../core/store/passage-search.js';
import { passageSql } from '../../../core/store/passages.js';
import { packPlaced, unpackPlaced } from '../../../core/store/placed.js';
import type { Store } from '../../../core/store/store.js';
import { vectorSql } from '../../../core/store/vectors.js';
import { openTestStore, removeDir } from './fixture.js';

let dir: string;
let db: Writable;
let store: Store;
beforeEach(() => void ({ dir, db, store } = openTestStore()));
afterEach(() => {
  store.close();
  removeDir(dir);
});

const page = (number: number, text: string): ReadPage => ({ number, label: `p${number}`, text, size: { width: 600, height: 800 }, placed: [{ start: 0, end: 1, rect: { x: 1, y: 2.5, width: 3, height: 4 } }], method: 'text', ocrConfidence: null });
const passage = (index: number, text: string, heading: string[] = []): ReadPassage => ({ index, text, hash: `${heading.join('/')}:${text}`, headingPath: heading, page: 1, start: 0, endPage: 1, end: text.length, overlap: 0, kind: 'prose', tokens: 5 });
const summary = (passages: number): ReadSummary => ({ format: 'text', title: 'T', language: 'en', pages: 1, passages, characters: 9, pagesWithoutText: [2], ocrConfidence: 0.5, leftOut: ['a picture'] });

const add = (collectionId: number, path: string): number => store.documents.add({ collectionId, folderId: null, name: path, path, sizeBytes: 10, modifiedAtMs: 5, nowMs: 6, error: null })!;
function read(documentId: number, texts: readonly string[], kept: { id: number; passage: ReadPassage }[] = [], heading: string[] = []): void {
  const isKept = new Set(kept.map((each) => each.passage.index));
  store.passages.stagePages(documentId, [page(1, texts.join(' '))]);
  store.passages.stagePassages(documentId, texts.map((text, index) => passage(index, text, heading)).filter(({ index }) => !isKept.has(index)));
  store.passages.publish({ documentId, summary: summary(texts.length), kept, fileHash: 'h', sizeBytes: 10, modifiedAtMs: 5, nowMs: 7 });
}
const words = (collectionId: number, match: string): string[] => store.passageSearch.passages(store.passageSearch.byWords(collectionId, match, 10).map(({ passageId }) => passageId)).map(({ text }) => text);

describe('a reading', () => {
  it('is invisible until it is whole, then takes the place of the one before in one step', () => {
    const collectionId = store.collections.create('c', 1);
    const id = add(collectionId, '/a');
    store.passages.stagePages(id, [page(1, 'apple')]);
    store.passages.stagePassages(id, [passage(0, 'apple')]);
    expect([words(collectionId, 'apple'), store.passageSearch.total(collectionId), store.passages.pages(id)]).toEqual([[], 0, []]);
    store.passages.publish({ documentId: id, summary: summary(1), kept: [], fileHash: 'h', sizeBytes: 10, modifiedAtMs: 5, nowMs: 7 });
    expect([words(collectionId, 'apple'), store.passageSearch.total(collectionId)]).toEqual([['apple'], 1]);
    expect(store.documents.find(id)).toMatchObject({ state: 'ready', format: 'text', title: 'T', pagesWithoutText: 1, ocrConfidence: 0.5, leftOut: ['a picture'], fileHash: 'h', readAtMs: 7, reading: 1 });
    read(id, ['pear']);
    expect([words(collectionId, 'apple'), words(collectionId, 'pear')]).toEqual([[], ['pear']]);
    expect(store.passages.withStale()).toEqual([id]);
    while (store.passages.sweep(id, 1));
    expect(db.prepare('SELECT text FROM passage').pluck().all()).toEqual(['pear']);
    expect(store.passages.withStale()).toEqual([]);
  });

  it('keeps the rows of passages it has in common with the one before, at their new place', () => {
    const id = add(store.collections.create('c', 1), '/a');
    read(id, ['one', 'two']);
    const [one, two] = store.passages.hashes(id);
    read(id, ['two', 'new', 'one'], [{ id: two!.id, passage: passage(0, 'two') }, { id: one!.id, passage: passage(2, 'one') }]);
    while (store.passages.sweep(id, 100));
    expect(db.prepare('SELECT id, idx, text FROM passage ORDER BY idx').all()).toMatchObject([{ id: two!.id, text: 'two' }, { text: 'new' }, { id: one!.id, text: 'one' }]);
    for (const index of ['passage_words', 'passage_trigrams']) expect(() => db.prepare(`INSERT INTO ${index} (${index}, rank) VALUES ('integrity-check', 1)`).run()).not.toThrow();
  });

  it('that failed shows nothing and counts nothing', () => {
    const collectionId = store.collections.create('c', 1);
    const id = add(collectionId, '/a');
    read(id, ['apple']);
    store.passages.stagePassages(id, [passage(0, 'half')]);
    store.passages.fail(id, { code: 'document_damaged', message: 'm', detail: 'd' }, 9);
    expect(store.documents.find(id)).toMatchObject({ state: 'failed', error: { code: 'document_damaged', message: 'm', detail: 'd' }, passages: 0, fileHash: null });
    expect([words(collectionId, 'apple'), words(collectionId, 'half')]).toEqual([[], []]);
    expect(store.collections.find(collectionId)).toMatchObject({ documents: 1, failed: 1, passages: 0, waiting: 0 });
  });

  it('keeps text with characters that databases dislike at its length', () => {
    const id = add(store.collections.create('c', 1), '/a');
    read(id, ['a\0b🙂\uD800c']);
    expect(store.passages.page(id, 1)?.text).toHaveLength('a\0b🙂\uD800c'.length);
  });
});

describe('looking up', () => {
  it('sees one collection, ranks headings and text, and gives places back in the order asked for', () => {
    const [one, two] = [store.collections.create('c', 1), store.collections.create('d', 1)];
    const id = add(one, '/a');
    read(id, ['Zürich has a lake', 'nothing here'], [], ['Towns', 'North']);
    read(add(two, '/a'), ['zurich elsewhere']);
    expect(words(one, '"zurich"')).toEqual(['Zürich has a lake']);
    expect(words(one, 'north')).toHaveLength(2);
    expect([store.passageSearch.passagesWith(one, 'zurich'), store.passageSearch.passagesWith(one, 'north'), store.passageSearch.total(one)]).toEqual([1, 2, 2]);
    expect(store.passageSearch.byTrigrams(one, '"rich h"', 5)).toMatchObject([{ score: expect.any(Number) }]);
    const ids = store.passageSearch.idsOf(one);
    expect(store.passageSearch.passages([ids[1]!, ids[0]!, 9999])).toMatchObject([
      { passageId: ids[1], text: 'nothing here' },
      { passageId: ids[0], documentId: id, documentName: '/a', headingPath: ['Towns', 'North'], page: 1, pageLabel: 'p1', start: 0, end: 17, tokens: 5 },
    ]);
  });

  it('ends a passage over several pages at the end of its first', () => {
    const collectionId = store.collections.create('c', 1);
    const id = add(collectionId, '/a');
    store.passages.stagePages(id, [page(1, 'eight 🙂'), page(2, 'more')]);
    store.passages.stagePassages(id, [{ ...passage(0, 'x'), start: 2, endPage: 2, end: 3 }]);
    store.passages.publish({ documentId: id, summary: summary(1), kept: [], fileHash: 'h', sizeBytes: 10, modifiedAtMs: 5, nowMs: 7 });
    expect(store.passageSearch.passages(store.passageSearch.idsOf(collectionId))).toMatchObject([{ start: 2, end: 8 }]);
  });
});

describe('vectors', () => {
  it('are put, found missing, loaded end to end, and go with their passage', () => {
    const collectionId = store.collections.create('c', 1);
    const id = add(collectionId, '/a');
    read(id, ['one', 'two'], [], ['Head']);
    expect([store.vectors.documentsMissing('e'), store.vectors.missing(id, 'e', 10)]).toMatchObject([[id], [{ heading: 'Head', text: 'one' }, { text: 'two' }]]);
    const [one, two] = store.passages.hashes(id).map((each) => each.id) as [number, number];
    store.vectors.put('e', [{ passageId: one, vector: new Float32Array([0.5, -1]) }, { passageId: two, vector: new Float32Array([1, 0]) }, { passageId: 999, vector: new Float32Array(2) }]);
    store.vectors.put('f', [{ passageId: one, vector: new Float32Array(3) }]);
    expect(store.vectors.ofCollection(collectionId, 'e', 2, 0, 10)).toEqual({ ids: [one, two], vectors: new Float32Array([0.5, -1, 1, 0]), last: null });
    expect(store.vectors.ofCollection(collectionId, 'e', 2, 0, 1)).toEqual({ ids: [one], vectors: new Float32Array([0.5, -1]), last: one });
    expect(store.vectors.ofCollection(collectionId, 'f', 2, 0, 10)).toEqual({ ids: [], vectors: new Float32Array(0), last: null });
    expect(store.vectors.counts('e')).toEqual({ done: 2, total: 2 });
    expect([store.vectors.dropOthers('e', 10), store.vectors.dropOthers('e', 10)]).toEqual([true, false]);
    expect(store.vectors.counts('f')).toEqual({ done: 0, total: 2 });
    read(id, ['three']);
    while (store.passages.sweep(id, 100));
    expect(db.prepare('SELECT count(*) FROM passage_vector').pluck().get()).toBe(0);
    expect(store.vectors.documentsMissing('e')).toEqual([id]);
  });
});

describe('erasing', () => {
  it('hides at once and takes every row, piece by piece; what stays is untouched', () => {
    const [gone, kept] = [store.collections.create('gone', 1), store.collections.create('kept', 1)];
    for (const path of ['/a', '/b']) read(add(gone, path), ['canary one', 'canary two']);
    const upload = store.documents.beginUpload({ collectionId: gone, name: 'u', sizeBytes: 2, nowMs: 1 });
    store.documents.addPiece(upload, 0, new Uint8Array(2));
    store.collections.addFolder(gone, '/f', true);
    read(add(kept, '/a'), ['canary stays']);
    expect(store.erasing.collection(gone)).toBe(true);
    expect(store.erasing.collection(gone)).toBe(false);
    expect([store.collections.find(gone), store.documents.ofCollection(gone), words(gone, 'canary'), store.collections.allFolders()]).toEqual([null, [], [], []]);
    let turns = 0;
    while (store.erasing.some(2)) turns++;
    expect(turns).toBeGreaterThan(4);
    const left = ['collection', 'document', 'page', 'passage', 'upload', 'folder', 'passage_words_docsize', 'passage_trigrams_docsize'].map((table) => db.prepare(`SELECT count(*) FROM ${table}`).pluck().get());
    expect(left).toEqual([1, 1, 1, 1, 0, 0, 1, 1]);
    expect(words(kept, 'canary')).toEqual(['canary stays']);
    expect(store.erasing.isOwed()).toBe(true);
    store.erasing.settled();
    expect(store.erasing.isOwed()).toBe(false);
  });

  it('of many passages goes on after a crash, in the middle of writing the indexes anew, until they hold nothing of them', () => {
    const collectionId = store.collections.create('c', 1);
    const many = Array.from({ length: 120 }, (_, at) => `canary${at} zygote${at * 31} sings`);
    read(add(collectionId, '/kept'), ['the lighthouse stays']);
    store.erasing.document(add(collectionId, '/none'));
    const id = add(collectionId, '/many');
    read(id, many);
    store.erasing.document(id);
    const holdsZygote = (index: string): boolean => Buffer.concat(db.prepare<[], Buffer>(`SELECT block FROM ${index}_data`).pluck().all()).includes('zyg');
    expect([holdsZygote('passage_words'), holdsZygote('passage_trigrams')]).toEqual([true, true]);
    store.erasing.some(2);
    for (let crash = 0; crash < 40; crash++) {
      store.close();
      ({ db, store } = openTestStore(dir));
      expect(words(collectionId, 'lighthouse')).toEqual(['the lighthouse stays']);
      if (!store.erasing.some(2)) break;
    }
    while (store.erasing.some(2));
    expect(db.prepare('SELECT count(*) FROM passage').pluck().get()).toBe(1);
    for (const index of ['passage_words', 'passage_trigrams']) {
      expect(holdsZygote(index), index).toBe(false);
      db.prepare(`INSERT INTO ${index} (${index}, rank) VALUES ('integrity-check', 1)`).run();
    }
  });

  it('lets the same path be added again at once', () => {
    const collectionId = store.collections.create('c', 1);
    const id = add(collectionId, '/a');
    expect(store.documents.add({ collectionId, folderId: null, name: 'a', path: '/a', sizeBytes: 1, modifiedAtMs: 1, nowMs: 1, error: null })).toBeNull();
    store.erasing.document(id);
    expect(add(collectionId, '/a')).toBeGreaterThan(id);
  });
});

it('placed text comes back as it was, to the precision of a point', () => {
  const placed = [{ start: 0, end: 70_000, rect: { x: 1.5, y: 2.25, width: 3, height: 4 } }, { start: 70_000, end: 70_001, rect: { x: 0, y: -1, width: 0.5, height: 9 } }];
  expect(unpackPlaced(packPlaced(placed))).toEqual(placed);
});

describe('the plan of a hot query', () => {
  const plan = (sql: string, given: unknown): string => db.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).all(...(Array.isArray(given) ? given : [given])).map(({ detail }) => detail).join('; ');
  const asked = { collectionId: 1, match: 'a', limit: 5 };
  it.each([
    ['what is to be read next', documentSql.next, [], /SEARCH document USING INDEX document_waiting \(state=\?\).*SEARCH c USING INTEGER PRIMARY KEY \(rowid=\?\)$/],
    ['the counts of collections', collectionSql.list, [], /SEARCH d USING (COVERING )?INDEX document_counts/],
    ['passages by words', passageSearchSql.words, asked, /SCAN passage_words VIRTUAL TABLE INDEX.*SEARCH p USING INTEGER PRIMARY KEY.*SEARCH d USING INTEGER PRIMARY KEY/],
    ['passages by trigrams', passageSearchSql.trigrams, asked, /SCAN passage_trigrams VIRTUAL TABLE INDEX.*SEARCH p USING INTEGER PRIMARY KEY/],
    ['passages by id', passageSearchSql.passages, ['[1]'], /SEARCH p USING INTEGER PRIMARY KEY.*SEARCH g USING INDEX sqlite_autoindex_page_1/],
    ['a page', passageSql.page, [1, 1], /SEARCH page USING INDEX sqlite_autoindex_page_1 \(document_id=\? AND reading=\? AND number=\?\)/],
    ['what a reading left', passageSql.stale, { id: 1, reading: 1, limit: 1 }, /SEARCH p USING (COVERING )?INDEX sqlite_autoindex_passage_1/],
    ['vectors of a collection', vectorSql.ofCollection, { embedder: 'e', after: 0, collectionId: 1, limit: 1 }, /SEARCH k USING COVERING INDEX passage_vector_by_embedder[^]*SEARCH v USING PRIMARY KEY/],
    ['passages without a vector', vectorSql.missing, { documentId: 1, embedder: 'e', limit: 1 }, /SEARCH v USING COVERING INDEX passage_vector_by_embedder \(embedder=\? AND passage_id=\?\)/],
  ])('%s uses its index', (_what, sql, given, expected) => {
    expect(plan(sql, given)).toMatch(expected);
  });
});

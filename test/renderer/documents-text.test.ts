// Owns the proof that marks stand where they belong: behind sentences of an answer, and over stretches of a document's text.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FoundPassage, Grounding } from '../../core/contract/documents.js';
import { marksOf, supported } from '../../renderer/documents/citation-notes.js';
import { pageWords, placeWords } from '../../renderer/documents/document-words.js';
import { isKnown } from '../../renderer/documents/dropped.js';
import { piecesOf, rowsOf, textBlocks } from '../../renderer/documents/text-blocks.js';
import { base64Of } from '../../renderer/documents/uploads.js';

const passage = (passageId: number, more: Partial<FoundPassage> = {}): FoundPassage => ({
  passageId, documentId: 1, documentName: 'lease.pdf', headingPath: [], page: 3, pageLabel: null, start: 0, end: 9, text: 'some text', score: 0.9, ranks: { words: 1, trigrams: null, vectors: null }, ...more,
});
const answer = 'Three months. Perhaps more. Yes.';
const grounding = (more: Partial<Grounding> = {}): Grounding => ({
  messageId: 1, collectionId: 1, collectionName: 'c', mode: 'passages', query: 'q', decision: 'answer', read: [passage(11), passage(12)], alsoFound: [], passagesTotal: 9, quotes: [],
  citations: [
    { start: 14, end: 28, support: null },
    { start: 0, end: 14, support: { passageId: 12, start: 2, end: 5, score: 0.8 } },
    { start: 28, end: 32, support: { passageId: 99, start: 0, end: 1, score: 0.8 } },
  ],
  retrievalMs: 1, needsAll: false, whole: null, ...more,
});

describe('marks of sources', () => {
  it('stand behind their sentences in order, with the number of the passage among those read', () => {
    expect(marksOf(grounding(), answer).map(({ at, kind, source }) => [at, kind, source?.number ?? null])).toEqual([[13, 'source', 2], [27, 'none', null], [32, 'removed', null]]);
  });
  it('wait for text that has not arrived', () => {
    expect(marksOf(grounding(), answer.slice(0, 20)).map(({ at }) => at)).toEqual([13]);
  });
  it('are counted without those that have none', () => {
    expect(supported(grounding())).toEqual({ supported: 2, total: 3 });
  });
});

describe('the name of a place', () => {
  it.each([
    [passage(1), 'lease.pdf, page 3'],
    [passage(1, { pageLabel: 'iv' }), 'lease.pdf, page iv'],
    [passage(1, { documentName: 'a/b/prices.xlsx', pageLabel: 'Heating 2024' }), 'prices.xlsx, Heating 2024'],
    [passage(1, { documentName: 'rules.md', page: 1, headingPath: ['Rules', 'Waste'] }), 'rules.md, Waste'],
    [passage(1, { documentName: 'rules.md', page: 1 }), 'rules.md'],
  ])('says what a reader would look for', (place, words) => {
    expect(placeWords(place)).toBe(words);
  });
  it('has no page where there is only one and it is no page', () => {
    expect([pageWords(1, null, 'x.txt'), pageWords(1, null, 'x.pdf')]).toEqual(['', 'page 1']);
  });
});

describe('the text of a page', () => {
  const text = '# Rules\n\nQuiet hours are\nfrom 22:00.\n\nbin\tcolour\nPaper\tblue\n\n| a | b |\n| --- | --- |\n| c | d |';
  it('is divided into headings, paragraphs and tables', () => {
    expect(textBlocks(text).map(({ kind, start, end }) => [kind, text.slice(start, end).split('\n')[0]])).toEqual([['heading', '# Rules'], ['prose', 'Quiet hours are'], ['table', 'bin\tcolour'], ['table', '| a | b |']]);
  });
  it('gives the cells of a table without bars and without the line under its head', () => {
    const [, , tabs, bars] = textBlocks(text);
    const cells = (block: { start: number; end: number }) => rowsOf(text, block).map((row) => row.map((cell) => text.slice(cell.start, cell.end).trim()));
    expect([cells(tabs!), cells(bars!)]).toEqual([[['bin', 'colour'], ['Paper', 'blue']], [['a', 'b'], ['c', 'd']]]);
  });
  it('loses no character that is not blank, whatever the text', () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom('a', ' ', '\n', '#', '|', '\t', '-'), maxLength: 60 }), (some) => {
      const blocks = textBlocks(some);
      const kept = blocks.map(({ start, end }) => some.slice(start, end)).join('').replace(/\s/g, '');
      expect(kept).toBe(some.replace(/\s/g, ''));
      for (const [at, { start }] of blocks.entries()) expect(start).toBeGreaterThanOrEqual(blocks[at - 1]?.end ?? 0);
    }));
  });
  it('is cut where marks begin and end, and only what lies in a mark is marked', () => {
    expect(piecesOf('0123456789', { start: 1, end: 9 }, [{ start: 0, end: 3 }, { start: 5, end: 20 }]).map(({ text: piece, marked }) => [piece, marked])).toEqual([['12', true], ['34', false], ['5678', true]]);
    expect(piecesOf('abc', { start: 0, end: 3 }, [{ start: 2, end: 2 }]).some(({ marked }) => marked)).toBe(false);
  });
});

describe('files', () => {
  it('inside folders are taken when their kind is known', () => {
    expect(['a/B.PDF', 'notes.md', 'x.exe', 'Makefile', 'photo.jpg'].map(isKnown)).toEqual([true, true, false, false, false]);
  });
  it('become text that a message can carry, also beyond one portion', () => {
    const bytes = Uint8Array.from({ length: 100_000 }, (_, at) => (at * 7) % 256);
    expect(Buffer.from(base64Of(bytes), 'base64').equals(Buffer.from(bytes))).toBe(true);
  });
});

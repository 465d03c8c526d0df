// Proves what passages owe to a text, for random blocks of random text: in order, nothing lost, overlap as declared, no character cut.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReadPassage } from '../../../core/contract/reading.js';
import { PageDraft, type DraftPage } from '../../../core/reading/draft.js';
import { PassageBuilder } from '../../../core/reading/passages.js';
import { estimateTokens } from '../../../core/reading/tokens.js';

const word = fc.constantFrom('the', 'pump', 'Übergabe', 'Donaudampfschifffahrtsgesellschaft', 'DX-4410', '3,50', '€', '水', 'ポンプ検査', '👩‍👩‍👧‍👦', 'e\u0301\u0301', '🇩🇪', '\ud83d', 'naïve', 'x'.repeat(150), '漢'.repeat(60), '👍🏽'.repeat(20));
const sentence = fc.array(word, { minLength: 1, maxLength: 10 }).chain((words) => fc.constantFrom('.', '?', '。', '', ';').map((end) => words.join(' ') + end));
const lines = fc.array(sentence, { minLength: 1, maxLength: 8 });
const piece = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('prose' as const), text: lines.map((all) => all.join(' ')) }) },
  fc.record({ kind: fc.constant('heading' as const), text: sentence, level: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ kind: fc.constant('list' as const), text: lines.map((all) => all.map((line) => `- ${line}`).join('\n')) }),
  fc.record({ kind: fc.constant('code' as const), text: lines.map((all) => all.join('\n')) }),
  fc.record({ kind: fc.constant('table' as const), rows: fc.array(fc.array(sentence, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 12 }), headerRows: fc.integer({ min: 0, max: 2 }) }),
);
const documentArbitrary = fc.array(fc.array(piece, { maxLength: 7 }), { minLength: 1, maxLength: 4 });
const options = fc.record({ passageTokens: fc.integer({ min: 32, max: 200 }), overlapTokens: fc.constantFrom(0, 0, 8, 24) });

type Piece = typeof piece extends fc.Arbitrary<infer T> ? T : never;
function draw(pieces: readonly Piece[]): DraftPage {
  const draft = new PageDraft();
  for (const one of pieces) {
    if (one.kind === 'table') draft.addTable(one.rows, { headerRows: one.headerRows });
    else draft.add(one.kind, one.text, one.kind === 'heading' ? { level: one.level } : {});
  }
  return draft.take(null);
}

function build(pages: readonly DraftPage[], how: { passageTokens: number; overlapTokens: number }): ReadPassage[] {
  const builder = new PassageBuilder(how);
  return pages.flatMap((page, index) => builder.add(index + 1, page));
}

/** Runs a property over drawn documents. */
function forDocuments(check: (pages: DraftPage[], passages: ReadPassage[], how: { passageTokens: number; overlapTokens: number }) => void): void {
  fc.assert(
    fc.property(documentArbitrary, options, (drawn, how) => {
      const pages = drawn.map(draw);
      check(pages, build(pages, how), how);
    }),
    { numRuns: 50 },
  );
}

const boundaries = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

describe('passages', () => {
  it('cover each page in order and lose nothing but white space', () => {
    forDocuments((pages, passages) => {
      passages.forEach((passage, index) => expect(passage.index).toBe(index));
      pages.forEach((page, at) => {
        let covered = 0;
        for (const passage of passages.filter(({ page }) => page === at + 1)) {
          expect(passage.endPage).toBe(passage.page);
          const own = passage.start + passage.overlap;
          expect(own).toBeGreaterThanOrEqual(covered);
          expect(page.text.slice(covered, own).trim()).toBe('');
          expect(passage.end).toBeGreaterThan(own);
          covered = passage.end;
        }
        expect(page.text.slice(covered).trim()).toBe('');
      });
    });
  });

  it('are the text of their page, after a table header that is repeated', () => {
    forDocuments((pages, passages) => {
      for (const passage of passages) {
        const slice = pages[passage.page - 1]!.text.slice(passage.start, passage.end);
        expect(passage.text.endsWith(slice)).toBe(true);
        const repeated = passage.text.slice(0, passage.text.length - slice.length);
        if (repeated !== '') {
          expect(passage.kind).toBe('table');
          expect(pages[passage.page - 1]!.text.slice(0, passage.start)).toContain(repeated);
        }
      }
    });
  });

  it('overlap by what they declare, and only prose does', () => {
    forDocuments((_, passages, how) => {
      passages.forEach((passage, index) => {
        if (passage.overlap === 0) return;
        const before = passages[index - 1]!;
        expect(before.text.endsWith(passage.text.slice(0, passage.overlap).trimEnd())).toBe(true);
        expect(estimateTokens(passage.text.slice(0, passage.overlap))).toBeLessThanOrEqual(how.overlapTokens);
      });
    });
  });

  it('keep to their budget of tokens', () => {
    forDocuments((_, passages, how) => {
      for (const passage of passages) {
        expect(passage.tokens).toBe(estimateTokens(passage.text));
        // The blank line between two blocks may be one token too many.
        expect(passage.tokens).toBeLessThanOrEqual(how.passageTokens + 1);
      }
    });
  });

  it('begin and end between characters as a reader sees them', () => {
    forDocuments((pages, passages) => {
      const edges = pages.map((page) => new Set([...boundaries.segment(page.text)].map(({ index }) => index).concat(page.text.length)));
      for (const passage of passages) {
        expect(edges[passage.page - 1]!.has(passage.start)).toBe(true);
        expect(edges[passage.page - 1]!.has(passage.end)).toBe(true);
      }
    });
  });

  it('have the same hash each time, and another one for another text or another heading', () => {
    forDocuments((pages, passages, how) => {
      expect(build(pages, how).map(({ hash }) => hash)).toEqual(passages.map(({ hash }) => hash));
      const seen = new Map(passages.map((passage) => [passage.hash, JSON.stringify([passage.headingPath, passage.text])]));
      for (const passage of passages) expect(seen.get(passage.hash)).toBe(JSON.stringify([passage.headingPath, passage.text]));
    });
  });

  it('of an edited text keep the hash where nothing changed', () => {
    const pages = (second: string): DraftPage[] => [draw([{ kind: 'heading', text: 'One', level: 1 }, { kind: 'prose', text: 'Same as ever. '.repeat(20) }, { kind: 'heading', text: 'Two', level: 1 }, { kind: 'prose', text: second.repeat(20) }])];
    const how = { passageTokens: 128, overlapTokens: 0 };
    const before = build(pages('Old words here. '), how);
    const after = build(pages('New words here. '), how);
    expect(after[0]!.hash).toBe(before[0]!.hash);
    expect(after[1]!.hash).not.toBe(before[1]!.hash);
  });

  it('keep a table whole when it fits, and a heading with what it heads', () => {
    const rows = Array.from({ length: 6 }, (_, i) => [`part ${i}`, String(i)]);
    const page = draw([{ kind: 'prose', text: 'Words before the table come first. '.repeat(12) }, { kind: 'heading', text: 'Parts', level: 1 }, { kind: 'table', rows, headerRows: 1 }]);
    const passages = build([page], { passageTokens: 120, overlapTokens: 0 });
    const table = passages.find((passage) => passage.kind === 'table')!;
    expect(table.headingPath).toEqual(['Parts']);
    expect(table.text).toBe(`Parts\n\n${rows.map((row) => row.join(' | ')).join('\n')}`);
  });

  it('survive a letter under ten thousand accents', () => {
    const page = draw([{ kind: 'prose', text: `e${'\u0301'.repeat(10_000)}` }]);
    expect(build([page], { passageTokens: 32, overlapTokens: 0 }).map(({ text }) => text).join('')).toBe(page.text);
  });
});

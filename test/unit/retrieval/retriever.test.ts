import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReadPage, ReadPassage } from '../../../core/contract/reading.js';
import { fuse } from '../../../core/retrieval/fuse.js';
import { quotesOf } from '../../../core/retrieval/quotes.js';
import { createRetriever } from '../../../core/retrieval/retriever.js';
import { openScratchIndex, type ScratchIndex } from '../../../core/services/documents/scratch-index.js';

let dir: string;
let index: ScratchIndex;

function add(name: string, passages: readonly { text: string; heading?: string; page?: number }[]): void {
  const pages: ReadPage[] = [];
  const read = passages.map(({ text, heading, page = 1 }, at): ReadPassage => {
    if (!pages.some(({ number }) => number === page)) pages.push({ number: page, label: null, text, size: null, placed: [], method: 'text', ocrConfidence: null });
    return { index: at, text, hash: `${name}${at}`, headingPath: heading === undefined ? [] : [heading], page, start: 0, endPage: page, end: text.length, overlap: 0, kind: 'prose', tokens: 20 };
  });
  const summary = { format: 'text' as const, title: null, language: null, pages: pages.length, passages: read.length, characters: 100, pagesWithoutText: [], ocrConfidence: null, leftOut: [] };
  index.add({ name, path: name, pages, passages: read, summary });
}

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'plumb-retriever-'));
  index = openScratchIndex(dir);
  for (const [number, customer, total] of [['INV-7001', 'Castle Brewing', '812.40'], ['INV-7002', 'Highland Dairy', '455.10'], ['INV-7003', 'Castle Brewing', '97.00']] as const) {
    add(`invoice-${number}.pdf`, [
      { text: `Invoice ${number}\nCustomer: ${customer}\nArticle PX-19 pressure gauge` },
      { text: `Total amount due: GBP ${total}\nPayment is due within thirty days.`, heading: `Invoice ${number}`, page: 2 },
    ]);
  }
  add('mietvertrag.txt', [{ text: 'Die Kündigungsfrist beträgt drei Monate. Haustiere sind nicht erlaubt.', heading: 'Mietvertrag Ahornallee 3' }]);
  add('仓库.txt', [{ text: '仓库的温度不得超过二十五度。货物必须离地存放。' }]);
});

afterAll(() => {
  index.close();
  rmSync(dir, { recursive: true });
});

const ask = (query: string) => createRetriever(index.source).retrieve(index.collectionId, query);

describe('retrieval', () => {
  it('takes the right one of documents that are alike, by its identifier', async () => {
    const { passages, found, quotes } = await ask('What is the total of INV-7002?');
    expect(passages[0]).toMatchObject({ documentName: 'invoice-INV-7002.pdf', page: 2 });
    expect(found).toBe(true);
    expect(quotes[0]!.text).toBe('Total amount due: GBP 455.10');
  });

  it('finds another form of a word, and a part of a compound', async () => {
    expect((await ask('Welche Frist gilt, wenn ich die Wohnung in der Ahornallee kündigen will?')).passages[0]!.documentName).toBe('mietvertrag.txt');
  });

  it('asks German documents in English', async () => {
    expect((await ask('What is the notice period for Ahornallee 3?')).passages[0]!.documentName).toBe('mietvertrag.txt');
  });

  it('finds scripts without blanks between words', async () => {
    const { passages } = await ask('仓库的温度');
    expect(passages[0]!.documentName).toBe('仓库.txt');
    expect(passages[0]!.ranks).toMatchObject({ words: null, trigrams: 1 });
  });

  it.each(['What is the total of INV-7009?', 'Who won the football world cup in 1998?', 'Welche Heizungsart hat die Ahornallee 3?'])('says that nothing answers: %s', async (query) => {
    expect((await ask(query)).found).toBe(false);
  });

  it('gives scores from 0 to 1, best first, and quotes that lie in their passage', async () => {
    const { passages, quotes } = await ask('When is payment due for the Castle Brewing invoice?');
    expect(passages.length).toBeGreaterThan(1);
    passages.forEach(({ score }, at) => {
      expect(score).toBeGreaterThanOrEqual(0);
      expect(score).toBeLessThanOrEqual(passages[at - 1]?.score ?? 1);
    });
    for (const { passageId, start, end, text } of quotes) expect(passages.find((passage) => passage.passageId === passageId)!.text.slice(start, end)).toBe(text);
  });

  it('lets a reranking model decide the order', async () => {
    const reranker = { id: 'reversed', rerank: (_: string, texts: readonly string[]) => Promise.resolve(texts.map((_text, at) => at)) };
    const usual = await ask('total of INV-7002');
    const reversed = await createRetriever(index.source, { reranker }).retrieve(index.collectionId, 'total of INV-7002');
    expect(reversed.passages.map(({ passageId }) => passageId)).toEqual(usual.passages.map(({ passageId }) => passageId).toReversed());
  });

  it('is unsure of what it finds weakly, unless a reranking model is sure of it', async () => {
    const weak = 'Sind Haustiere und Kinder erlaubt?';
    expect(await ask(weak)).toMatchObject({ found: true, unsure: true });
    expect(await ask('What is the total of INV-7002?')).toMatchObject({ found: true, unsure: false });
    expect(await ask('Who won the football world cup in 1998?')).toMatchObject({ found: false, unsure: false });
    const reranker = (score: number) => ({ id: 'one', rerank: (_: string, texts: readonly string[]) => Promise.resolve(texts.map(() => score)) });
    expect(await createRetriever(index.source, { reranker: reranker(0.9) }).retrieve(index.collectionId, weak)).toMatchObject({ found: true, unsure: false });
    expect(await createRetriever(index.source, { reranker: reranker(0.1) }).retrieve(index.collectionId, weak)).toMatchObject({ found: true, unsure: true });
  });

  it('finds nothing for an empty question, without failing', async () => {
    expect(await ask('  ?')).toMatchObject({ passages: [], quotes: [], found: false });
  });

  it('takes anything that can be typed: none of it is an operator of the index', async () => {
    for (const query of ['"', '""" OR *', 'NEAR(a b, 2)', 'heading:text', 'a AND NOT b', '-x ^y {z}', "'; DROP TABLE passage;--", '\0', 'ß ﬁ ①']) await expect(ask(query)).resolves.toBeDefined();
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 80 }), async (query) => {
        await ask(query);
      }),
      { numRuns: 50 },
    );
  });
});

describe('fusion', () => {
  it('puts first what several methods have, and keeps what one alone has', () => {
    const ranking = (...ids: number[]) => ({ ranking: ids.map((passageId) => ({ passageId, score: 1 })), weight: 1 });
    expect(fuse([ranking(1, 2, 3), ranking(4, 2)]).map(({ passageId }) => passageId)).toEqual([2, 1, 4, 3]);
    expect(fuse([])).toEqual([]);
  });
});

describe('quotes', () => {
  it('never quote a heading, which names the matter and says nothing', () => {
    const text = '2. Notice period\n\nThe notice period is three months.';
    const passage = { passageId: 1, text, score: 0.9 };
    expect(quotesOf('What is the notice period?', [passage]).map((quote) => quote.text)).toContain('2. Notice period');
    expect(quotesOf('What is the notice period?', [{ ...passage, headingPath: ['Lease', '2. Notice period'] }]).map((quote) => quote.text)).toEqual(['The notice period is three months.']);
  });

  it('are the sentences that answer, best first, none twice', () => {
    const text = 'The weather was fine. The deposit is EUR 900. It is paid in May.';
    const quotes = quotesOf('How much is the deposit?', [{ passageId: 1, text, score: 0.9 }, { passageId: 2, text, score: 0.8 }]);
    expect(quotes[0]).toMatchObject({ passageId: 1, text: 'The deposit is EUR 900.' });
    expect(new Set(quotes.map((quote) => quote.text)).size).toBe(quotes.length);
  });
});

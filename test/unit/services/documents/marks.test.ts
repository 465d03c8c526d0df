// Proves where a passage is marked: pages, characters, rectangles; and that a viewer gets bytes only of the file that was read.
import { rmSync, utimesSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { locate, marksOf, rectsOf } from '../../../../core/services/documents/marks.js';
import { startDocumentTest, type DocumentTest } from './fixture.js';

const rect = (x: number, y: number, width: number, height = 10) => ({ x, y, width, height });

describe('rectangles of a stretch', () => {
  const placed = [{ start: 0, end: 10, rect: rect(0, 0, 100) }, { start: 11, end: 21, rect: rect(105, 0, 100) }, { start: 22, end: 32, rect: rect(0, 14, 100) }];

  it('cut a run that is partly meant, join neighbours of a line, and keep lines apart', () => {
    expect(rectsOf(placed, 5, 16)).toEqual([rect(50, 0, 105)]);
    expect(rectsOf(placed, 16, 27)).toEqual([rect(155, 0, 50), rect(0, 14, 50)]);
    expect(rectsOf(placed, 10, 11)).toEqual([]);
  });

  it('keep columns on one line apart', () => {
    expect(rectsOf([placed[0]!, { start: 11, end: 21, rect: rect(300, 0, 100) }], 0, 21)).toHaveLength(2);
  });
});

describe('a stretch of a passage', () => {
  it('is found although white space differs and a header was put before', () => {
    expect(locate('Name | Sum\nAnna | 3\nBen | 4', 'Anna |  3\n\nBen | 4', 11, 19)).toEqual({ start: 0, end: 9 });
    expect(locate('same text', 'same text', 5, 9)).toEqual({ start: 5, end: 9 });
    expect(locate('x y', 'nothing', 0, 3)).toBeNull();
  });

  it('that occurs more than once is taken where it is expected', () => {
    expect(locate('head\nno. no. no.', 'no.  no.  no.', 9, 12)).toEqual({ start: 5, end: 8 });
  });

  it('over a page break is marked on both pages', () => {
    const pages = [{ number: 1, text: 'start of it', placed: [] }, { number: 2, text: 'end of it. more', placed: [] }];
    const passage = { text: 'of it\nend of it.', page: 1, start: 6, endPage: 2, end: 10 };
    expect(marksOf(passage, pages, null)).toEqual([{ page: 1, start: 6, end: 11, rects: [] }, { page: 2, start: 0, end: 10, rects: [] }]);
    expect(marksOf(passage, pages, { start: 3, end: 9 })).toEqual([{ page: 1, start: 9, end: 11, rects: [] }, { page: 2, start: 0, end: 3, rects: [] }]);
    expect(marksOf(passage, pages, { start: 6, end: 9 })).toEqual([{ page: 2, start: 0, end: 3, rects: [] }]);
  });
});

describe('the viewer', () => {
  let test: DocumentTest;
  beforeEach(() => void (test = startDocumentTest()));
  afterEach(() => test.dispose());

  async function open(name: string, text: string): Promise<{ id: number; path: string; collectionId: number }> {
    const collectionId = await test.collection();
    const path = test.write(name, text);
    await test.client.call('documents.add', { collectionId, paths: [path] });
    const [document] = await test.settled(collectionId);
    return { id: document!.id, path, collectionId };
  }
  const bytes = (id: number): Promise<{ base64: string; sizeBytes: number }> => test.client.call('documents.bytes', { id, offset: 0 });

  it('gets the marks of a passage with rectangles from the page', async () => {
    await open('a.pdf', 'first\n\nsecond passage');
    // The fake reader gives a character six points.
    const { documentId, marks } = await test.client.call('documents.marks', { passageId: 2, start: 7, end: 14 });
    expect([documentId, marks]).toEqual([1, [{ page: 1, start: 14, end: 21, rects: [rect(92, 78, 42, 12)] }]]);
    await expect(test.client.call('documents.marks', { passageId: 77 })).rejects.toMatchObject({ code: 'not_found' });
  });

  it('gets the bytes of a PDF as long as they are those that were read', async () => {
    const { id, path, collectionId } = await open('a.pdf', 'a page');
    expect(await bytes(id)).toEqual({ base64: Buffer.from('a page').toString('base64'), sizeBytes: 6 });
    utimesSync(path, new Date(), new Date(Date.now() + 5000));
    expect((await bytes(id)).sizeBytes).toBe(6);
    test.write('a.pdf', 'another page');
    await expect(bytes(id)).rejects.toMatchObject({ code: 'document_changed' });
    await test.untilDocuments(collectionId, ([only]) => only?.sizeBytes === 12 && only.state === 'ready');
    expect((await bytes(id)).sizeBytes).toBe(12);
    rmSync(path);
    await expect(bytes(id)).rejects.toMatchObject({ code: 'document_missing' });
  });

  it('gets no bytes of anything that a page could interpret', async () => {
    const { id } = await open('a.html', '<script>alert(1)</script>');
    await expect(bytes(id)).rejects.toMatchObject({ code: 'not_allowed' });
  });
});

// Proves that the queue goes on whatever a file, the reader, the disk or the user does, and reads only what changed.
import { mkdtempSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openAppDatabase } from '../../../fakes/app-database.js';
import { startDocumentTest, type DocumentTest } from './fixture.js';

let test: DocumentTest;
beforeEach(() => void (test = startDocumentTest({ times: { documents: { reader: { silentMs: 400, silentOcrMs: 400, helloTimeoutMs: 500 } } } })));
afterEach(() => test.dispose());

const call: DocumentTest['client']['call'] = (op, params) => test.client.call(op, params);
const add = (collectionId: number, ...paths: string[]): Promise<{ added: number }> => call('documents.add', { collectionId, paths });
const indexing = async () => (await call('collections.list', {})).collections[0]!.indexing;

/** Looks into the database beside the app. */
function look<T>(sql: string): T[] {
  const db = openAppDatabase(test.dataDir, { readonly: true });
  try {
    return db.prepare<[], T>(sql).all();
  } finally {
    db.close();
  }
}
function rewrite(name: string, text: string): string {
  const path = test.write(name, text);
  // A second write within a millisecond would have the same time.
  utimesSync(path, new Date(), new Date(Date.now() + Math.ceil(Math.random() * 1e6)));
  return path;
}

describe('a file that changed', () => {
  it('keeps the rows and vectors of passages that are the same, and replaces only the others', async () => {
    const id = await test.collection();
    await add(id, test.write('a.txt', 'one\n\ntwo\n\nthree\n\ntwo'));
    const [document] = await test.settled(id);
    const before = look<{ id: number; text: string }>('SELECT id, text FROM passage ORDER BY idx');
    const db = openAppDatabase(test.dataDir);
    db.prepare("INSERT INTO passage_vector SELECT id, 'e', x'00000000' FROM passage").run();
    db.close();
    rewrite('a.txt', 'zero\n\ntwo\n\none\n\nTHREE\n\ntwo');
    await call('documents.reread', { id: document!.id });
    await test.untilDocuments(id, ([only]) => only?.state === 'ready' && only.passages === 5);
    await test.app.idle();
    const after = look<{ id: number; text: string; start: number; v: number }>("SELECT id, text, start, EXISTS (SELECT 1 FROM passage_vector v WHERE v.passage_id = passage.id) AS v FROM passage ORDER BY idx");
    expect(after.map(({ text, v, start }) => [text, v, start])).toEqual([['zero', 0, 0], ['two', 1, 6], ['one', 1, 11], ['THREE', 0, 16], ['two', 1, 23]]);
    const idOf = (text: string, nth = 0): number => before.filter((each) => each.text === text)[nth]!.id;
    expect([after[1]!.id, after[2]!.id, after[4]!.id]).toEqual([idOf('two'), idOf('one'), idOf('two', 1)]);
    expect(look("SELECT rowid FROM passage_words WHERE passage_words MATCH 'three'")).toEqual([{ rowid: after[3]!.id }]);
  });

  it('only in its time is not read again', async () => {
    const id = await test.collection();
    await add(id, test.write('a.txt', 'the same'));
    await test.settled(id);
    await add(id, rewrite('a.txt', 'the same'));
    await test.app.idle();
    expect([test.read, (await test.settled(id))[0]!.state]).toEqual([['a.txt'], 'ready']);
  });

  it('shows its old text until the new one is whole', async () => {
    const id = await test.collection();
    await add(id, test.write('a.txt', 'old words'));
    const [document] = await test.settled(id);
    rewrite('a.txt', Array(50).fill('new words !slow 10').join('\f'));
    await call('documents.reread', { id: document!.id });
    await test.untilDocuments(id, ([only]) => (only?.progress ?? 0) > 0.1);
    expect((await call('documents.page', { id: document!.id, page: 1 })).page.text).toBe('old words');
    await test.settled(id);
    expect((await call('documents.open', { id: document!.id })).pages).toHaveLength(50);
  });

  it('into something that cannot be read shows nothing of what it was; unchanged, it keeps its text and tells the error', async () => {
    const id = await test.collection();
    await add(id, test.write('a.txt', 'fine'));
    const [document] = await test.settled(id);
    rewrite('a.txt', '!error document_damaged');
    await call('documents.reread', { id: document!.id });
    expect(await test.untilDocuments(id, ([only]) => only?.state === 'failed')).toMatchObject([{ passages: 0, pages: 0, error: { code: 'document_damaged' } }]);
    await test.app.idle();
    expect(look('SELECT 1 FROM passage UNION ALL SELECT 1 FROM page')).toEqual([]);
  });
});

describe('a file that', () => {
  it.each([
    ['is damaged', '!error document_damaged', 'document_damaged'],
    ['takes the reader down', 'text !crash 1', 'document_damaged'],
    ['takes too much memory', 'text !memory', 'document_too_big'],
    ['hangs', 'text !hang 1', 'document_timeout'],
    ...['frame', 'page', 'passage', 'event', 'summary'].map((lie) => [`makes the reader lie about a ${lie}`, `text !lie ${lie}`, 'document_damaged']),
  ])('%s has its code, leaves nothing behind, and the next one is read', async (_what, text, code) => {
    const id = await test.collection();
    await add(id, test.write('bad.txt', text!), test.write('good.txt', 'good'));
    expect((await test.settled(id)).map(({ state, error }) => [state, error?.code])).toEqual([['failed', code], ['ready', undefined]]);
    await test.app.idle();
    expect(look('SELECT text FROM passage')).toEqual([{ text: 'good' }]);
  });

  it('is a scan is flagged, and read when OCR is asked for', async () => {
    const id = await test.collection();
    await add(id, test.write('a.txt', 'typed !scan 2\fpicture'));
    const [document] = await test.settled(id);
    expect(document).toMatchObject({ pagesWithoutText: 1, ocrConfidence: null });
    await call('documents.reread', { id: document!.id, ocr: true });
    expect(await test.untilDocuments(id, ([only]) => only?.ocrConfidence === 0.9)).toMatchObject([{ pagesWithoutText: 0, passages: 2 }]);
  });
});

describe('the queue', () => {
  const slow = (pages: number): string => Array.from({ length: pages }, (_, page) => `page ${page} !slow 10`).join('\f');

  it('pauses at once and goes on with the same file', async () => {
    const id = await test.collection();
    await add(id, test.write('a.txt', slow(30)), test.write('b.txt', 'b'));
    await test.untilDocuments(id, ([first]) => (first?.progress ?? 0) > 0.1);
    await call('collections.pause', { id });
    await test.app.idle();
    expect((await test.documents(id)).map(({ state }) => state)).toEqual(['waiting', 'waiting']);
    expect(await indexing()).toMatchObject({ state: 'paused', total: 2 });
    await call('collections.resume', { id });
    expect((await test.settled(id)).map(({ state, pages }) => [state, pages])).toEqual([['ready', 30], ['ready', 1]]);
  });

  it('tells how far it is and when it is done', async () => {
    const told: { done: number; total: number; state: string }[] = [];
    test.client.on('collection.changed', ({ collection }) => told.push(collection.indexing));
    const id = await test.collection();
    test.write('a.txt', slow(20));
    for (const name of ['b', 'c', 'd']) test.write(`${name}.txt`, slow(5));
    await add(id, test.folder);
    await test.untilDocuments(id, (list) => list.length === 4 && list.every(({ state }) => state === 'ready'));
    await expect.poll(() => told.map(({ state, done, total }) => `${state} ${done}/${total}`), { timeout: 3_000 }).toContain('idle 4/4');
    expect(told.some(({ state, done, total }) => state === 'reading' && done > 0 && total === 4)).toBe(true);
  });

  it('goes on after an end in the middle of a file, with nothing twice', async () => {
    test.dispose();
    const dataDir = mkdtempSync(join(tmpdir(), 'plumb-unit-'));
    test = startDocumentTest({ dataDir });
    const id = await test.collection();
    const paths = [test.write('a.txt', slow(30)), test.write('b.txt', 'b')];
    await add(id, ...paths);
    await test.untilDocuments(id, ([first]) => (first?.progress ?? 0) > 0.1);
    test.app.close();
    const again = startDocumentTest({ dataDir });
    const documents = await again.settled(id);
    expect(documents.map(({ state, passages }) => [state, passages])).toEqual([['ready', 30], ['ready', 1]]);
    expect(look('SELECT count(*) AS n FROM passage')).toEqual([{ n: 31 }]);
    again.dispose();
  });

  it('is stuck without a reader, says so, and goes on by itself when there is one', async () => {
    let works = false;
    test.dispose();
    const { startMemoryReader } = await import('../../../fakes/memory-reader.js');
    test = startDocumentTest({ startReader: () => (works ? startMemoryReader() : Promise.reject(new Error('no such program'))) });
    const id = await test.collection();
    await add(id, test.write('a.txt', 'a'));
    await expect.poll(indexing).toMatchObject({ state: 'stuck', error: { code: 'reader_down', detail: 'no such program' } });
    expect((await test.documents(id))[0]).toMatchObject({ state: 'waiting', error: null });
    works = true;
    expect((await test.settled(id))[0]).toMatchObject({ state: 'ready' });
  });

  it('leaves an answer in peace and still gets on', async () => {
    await test.until('ready');
    const id = await test.collection();
    const ended = test.next('run.ended');
    const { conversation } = await call('conversations.create', {});
    await call('messages.send', { conversationId: conversation.id, text: '!tokens 300 !rate 400', recurrence: { steps: 4 } });
    await add(id, test.write('a.txt', slow(10)));
    expect(await ended).toMatchObject({ reason: 'end' });
    expect((await test.settled(id))[0]).toMatchObject({ state: 'ready', pages: 10 });
  });
});

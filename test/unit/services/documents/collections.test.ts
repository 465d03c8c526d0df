// Proves what a person can do with collections: add, look, change, take away; and that taking away takes everything.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startDocumentTest, type DocumentTest } from './fixture.js';
import { decrypted, keyOf } from '../../../fakes/app-database.js';

let test: DocumentTest;
beforeEach(() => void (test = startDocumentTest()));
afterEach(() => test.dispose());

const call: DocumentTest['client']['call'] = (op, params) => test.client.call(op, params);
const add = (collectionId: number, ...paths: string[]): Promise<{ added: number }> => call('documents.add', { collectionId, paths });

describe('a collection', () => {
  it('is made, listed, renamed and told of', async () => {
    const told = test.next('collection.changed', ({ collection }) => collection.name === 'Letters');
    const id = await test.collection();
    await call('collections.rename', { id, name: 'Letters' });
    expect((await call('collections.list', {})).collections).toMatchObject([{ id, name: 'Letters', documents: 0, passages: 0, folders: [], indexing: { state: 'idle', total: 0 } }]);
    expect((await told).collection.id).toBe(id);
    await expect(call('collections.rename', { id: 99, name: 'x' })).rejects.toMatchObject({ code: 'not_found' });
  });

  it('reads a file into passages with their place, and counts it', async () => {
    const id = await test.collection();
    const path = test.write('report.txt', '# Rain\n\nIt rained.\fSecond page.');
    expect(await add(id, path)).toEqual({ added: 1 });
    const [document] = await test.settled(id);
    expect(document).toMatchObject({ name: 'report.txt', path, state: 'ready', error: null, format: 'text', pages: 2, passages: 3, sizeBytes: statSync(path).size });
    expect((await call('collections.list', {})).collections).toMatchObject([{ documents: 1, failed: 0, passages: 3, indexing: { state: 'idle' } }]);
    const opened = await call('documents.open', { id: document!.id });
    expect(opened.pages.map(({ number, method }) => [number, method])).toEqual([[1, 'text'], [2, 'text']]);
    expect((await call('documents.page', { id: document!.id, page: 2 })).page.text).toBe('Second page.');
  });

  it('refuses a path that is not there and adds nothing then', async () => {
    const id = await test.collection();
    await expect(add(id, test.write('a.txt', 'a'), join(test.folder, 'nothing.txt'))).rejects.toMatchObject({ code: 'document_missing' });
    expect(await test.documents(id)).toEqual([]);
  });

  it('takes a file once, however often it is given', async () => {
    const id = await test.collection();
    const path = test.write('a.txt', 'once');
    expect([await add(id, path), await add(id, path), await add(id, test.folder)]).toEqual([{ added: 1 }, { added: 0 }, { added: 0 }]);
    await test.settled(id);
    expect(test.read).toEqual(['a.txt']);
  });
});

describe('a folder', () => {
  it('brings its documents and says of the rest why not; what is hidden, passing or linked is left alone', async () => {
    test.write('deep/er/b.md', 'b');
    test.write('photo.jpg', 'not read');
    test.write('empty.txt', '');
    for (const name of ['.hidden.txt', '.git/config.txt', 'node_modules/x/readme.md', '~$open.docx', 'half.txt.part', 'draft.txt~']) test.write(name, 'skipped');
    symlinkSync(test.folder, join(test.folder, 'loop'));
    symlinkSync(test.dataDir, join(test.folder, 'away'));
    symlinkSync('/etc/hostname', join(test.folder, 'outside.txt'));
    const id = await test.collection();
    expect(await add(id, test.folder)).toEqual({ added: 3 });
    const documents = await test.settled(id);
    expect(documents.map(({ name, state, error }) => [name, state, error?.code])).toEqual([
      ['empty.txt', 'failed', 'document_empty'], ['photo.jpg', 'failed', 'document_unsupported'], ['b.md', 'ready', undefined],
    ]);
    expect(test.read).toEqual(['empty.txt', 'b.md']);
  });

  it('never brings the files of Plumb itself', async () => {
    const id = await test.collection();
    await add(id, test.dataDir);
    expect(await test.documents(id)).toEqual([]);
  });

  it('is followed: a new file is read, a changed one again, one that is gone is missing and its text stays', async () => {
    const path = test.write('a.txt', 'first');
    const gone = test.write('b.txt', 'stays');
    const id = await test.collection();
    await add(id, test.folder);
    await test.settled(id);
    test.write('c.txt', 'new');
    test.write('a.txt', 'changed and longer');
    rmSync(gone);
    const documents = await test.untilDocuments(id, (list) => list.length === 3 && list.find(({ name }) => name === 'b.txt')?.state === 'missing' && list.filter(({ state }) => state === 'ready').length === 2 && test.read.length === 4);
    expect(documents.find((each) => each.path === path)).toMatchObject({ sizeBytes: 18, state: 'ready' });
    expect(documents.find((each) => each.path === gone)).toMatchObject({ state: 'missing', passages: 1 });
  });

  it('notices a rename without reading the file again', async () => {
    const path = test.write('old.txt', 'the very same text');
    const id = await test.collection();
    await add(id, test.folder);
    const [before] = await test.settled(id);
    mkdirSync(join(test.folder, 'sub'));
    renameSync(path, join(test.folder, 'sub', 'new.txt'));
    const after = await test.untilDocuments(id, (list) => list.length === 1 && list[0]!.name === 'new.txt' && list[0]!.state === 'ready');
    expect(after[0]).toMatchObject({ id: before!.id, path: join(test.folder, 'sub', 'new.txt'), passages: 1 });
    expect(test.read).toEqual(['old.txt']);
  });

  it('does not bring back what was removed from it, unless it is given by hand', async () => {
    const path = test.write('a.txt', 'unwanted');
    const id = await test.collection();
    await add(id, test.folder);
    const [document] = await test.settled(id);
    await call('documents.remove', { id: document!.id });
    test.write('b.txt', 'wanted');
    await test.untilDocuments(id, (list) => list.some(({ name, state }) => name === 'b.txt' && state === 'ready'));
    expect((await test.documents(id)).map(({ name }) => name)).toEqual(['b.txt']);
    expect(await add(id, path)).toEqual({ added: 1 });
  });

  it('is left alone once it is no longer watched', async () => {
    test.write('a.txt', 'a');
    const id = await test.collection();
    await add(id, test.folder);
    await test.settled(id);
    const { collections } = await call('collections.list', {});
    expect(collections[0]!.folders).toMatchObject([{ path: test.folder, watched: true, error: null }]);
    await call('documents.unwatch', { folderId: collections[0]!.folders[0]!.id });
    test.write('b.txt', 'b');
    await new Promise((done) => setTimeout(done, 150));
    expect((await test.documents(id)).map(({ name }) => name)).toEqual(['a.txt']);
  });
});

describe('an upload', () => {
  const upload = async (collectionId: number, name: string, text: string, cut = 4): Promise<void> => {
    const bytes = Buffer.from(text);
    const { uploadId } = await call('documents.beginUpload', { collectionId, name, sizeBytes: bytes.length });
    for (let offset = 0; offset < bytes.length; offset += cut) {
      await call('documents.upload', { uploadId, offset, base64: bytes.subarray(offset, offset + cut).toString('base64'), last: offset + cut >= bytes.length });
    }
  };

  it('arrives in pieces, is read from the database, and gives its bytes back', async () => {
    const id = await test.collection();
    await upload(id, 'sent.pdf', 'page one\fpage two');
    const [document] = await test.settled(id);
    expect(document).toMatchObject({ name: 'sent.pdf', path: null, state: 'ready', format: 'pdf', pages: 2 });
    let got = '';
    for (let piece = await call('documents.bytes', { id: document!.id, offset: 0 }); piece.base64 !== ''; piece = await call('documents.bytes', { id: document!.id, offset: got.length })) got += Buffer.from(piece.base64, 'base64').toString();
    expect(got).toBe('page one\fpage two');
  });

  it('dropped twice is there once', async () => {
    const id = await test.collection();
    await upload(id, 'a.txt', 'the same');
    await upload(id, 'a.txt', 'the same');
    expect(await test.settled(id)).toHaveLength(1);
  });

  it('out of order, beyond its size, or too large is refused', async () => {
    const collectionId = await test.collection();
    await expect(call('documents.beginUpload', { collectionId, name: 'x', sizeBytes: 2 ** 40 })).rejects.toMatchObject({ code: 'document_too_big' });
    const { uploadId } = await call('documents.beginUpload', { collectionId, name: 'x', sizeBytes: 3 });
    const wrong = [{ offset: 1, base64: 'YQ==', last: false }, { offset: 0, base64: 'YWFhYQ==', last: false }, { offset: 0, base64: 'YQ==', last: true }];
    for (const piece of wrong) await expect(call('documents.upload', { uploadId, ...piece })).rejects.toMatchObject({ code: 'bad_request' });
    await expect(call('documents.upload', { uploadId: 999, offset: 0, base64: '', last: true })).rejects.toMatchObject({ code: 'not_found' });
    expect(await test.documents(collectionId)).toEqual([]);
  });
});

describe('removing', () => {
  const canary = 'xylophonecanary';
  /** Behind the encryption: in the database with its log, and in its copies. */
  const inFiles = (): boolean => {
    const copies = join(test.dataDir, 'backups');
    const files = [join(test.dataDir, 'plumb.db'), ...(existsSync(copies) ? readdirSync(copies).map((name) => join(copies, name)) : [])];
    return files.some((file) => {
      const text = decrypted(file, keyOf(test.dataDir)).toString('latin1').toLowerCase();
      return text.includes(canary);
    });
  };

  it('a document takes its words out of the database, its log and its copies before the call returns', async () => {
    test.dispose();
    test = startDocumentTest({ times: { tidyEveryMs: 5 } });
    const id = await test.collection();
    const path = test.write('secret.txt', `# ${canary} heading\n\nThe ${canary} sings.\fAnd ${canary} again.`);
    await add(id, path);
    const [document] = await test.settled(id);
    await expect.poll(() => readdirSync(join(test.dataDir, 'backups')).length).toBe(1);
    const { uploadId } = await call('documents.beginUpload', { collectionId: id, name: `${canary}.txt`, sizeBytes: canary.length });
    await call('documents.upload', { uploadId, offset: 0, base64: Buffer.from(canary).toString('base64'), last: true });
    const uploaded = (await test.settled(id)).find((each) => each.path === null)!;
    expect(inFiles()).toBe(true);
    await call('documents.remove', { id: document!.id });
    await call('documents.remove', { id: uploaded.id });
    expect(inFiles()).toBe(false);
    expect(test.log.join('')).not.toContain(canary);
    await expect(call('documents.open', { id: document!.id })).rejects.toMatchObject({ code: 'not_found' });
  });

  it('many passages leave no word behind either, and what stays is found as before', async () => {
    const id = await test.collection();
    const pages = Array.from({ length: 150 }, (_, at) => `Page ${at} of the ${canary}, with the number ${at * 7919}.`);
    await add(id, test.write('many.txt', pages.join('\f')), test.write('kept.txt', 'The lighthouse keeper stays.'));
    const documents = await test.settled(id);
    expect(inFiles()).toBe(true);
    await call('documents.remove', { id: documents.find(({ name }) => name === 'many.txt')!.id });
    expect(inFiles()).toBe(false);
    const { passages } = await call('documents.search', { collectionId: id, query: 'lighthouse keeper' });
    expect(passages.map(({ documentName }) => documentName)).toEqual(['kept.txt']);
    expect((await call('documents.search', { collectionId: id, query: canary })).passages).toEqual([]);
  });

  it('a collection takes everything in it, also what is just being read', async () => {
    const id = await test.collection();
    await add(id, test.write('a.txt', canary), test.write('slow.txt', Array(200).fill(`${canary} !slow 5`).join('\f')));
    await test.untilDocuments(id, (list) => list.some(({ progress }) => (progress ?? 0) > 0.02));
    const told = test.next('collection.removed');
    await call('collections.remove', { id });
    expect(await told).toEqual({ id });
    expect(inFiles()).toBe(false);
    expect((await call('collections.list', {})).collections).toEqual([]);
  });

  it('leaves no trace of a page that was edited away once the app is closed', async () => {
    const id = await test.collection();
    const path = test.write('a.txt', `keep this\f${canary} goes`);
    await add(id, path);
    await test.settled(id);
    test.write('a.txt', 'keep this');
    utimesSync(path, new Date(), new Date(Date.now() + 5000));
    const [document] = await test.documents(id);
    await call('documents.reread', { id: document!.id });
    await test.untilDocuments(id, ([only]) => only?.pages === 1 && only.state === 'ready');
    test.app.close();
    expect(inFiles()).toBe(false);
  });
});

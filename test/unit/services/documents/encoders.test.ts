// Models that read documents, as the app uses them: recognised, switched on and off, dying, damaged, giving way.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { EncoderState } from '../../../../core/contract/encoding.js';
import { writeEmbedder, writeReranker } from '../../../harness/encoder-models.js';
import { startDocumentTest, type DocumentTest } from './fixture.js';

// The fake engine's vectors say which letters a text has, its scores how many of the question's words.
const alike = [['a']];
let test: DocumentTest;
afterEach(() => test.dispose());

async function add(path: string): Promise<string> {
  return (await test.client.call('models.add', { path })).model.id;
}
const embedder = (name = 'finder.gguf'): Promise<string> => add(writeEmbedder(join(test.folder, name), { alike }));
const reranker = (name = 'judge.gguf'): Promise<string> => add(writeReranker(join(test.folder, name), { alike }));
const on = (modelId: string, is = true): Promise<unknown> => test.client.call('models.useForDocuments', { modelId, on: is });

async function states(): Promise<EncoderState[]> {
  return (await test.client.call('models.encoders', {})).encoders;
}
async function until(fits: (state: EncoderState | undefined) => boolean, purpose = 'embedder'): Promise<EncoderState> {
  for (const endMs = performance.now() + 8000; ; await new Promise((done) => setTimeout(done, 5))) {
    const found = (await states()).find((each) => each.purpose === purpose);
    if (fits(found)) return found!;
    if (performance.now() > endMs) throw new Error(`the model stayed ${JSON.stringify(found)}`);
  }
}
const isReady = (state: EncoderState | undefined): boolean => state?.kind === 'ready' && state.passages?.done === state.passages?.total;

/** Three documents of one passage each; none has a word of the others. */
async function papers(extra: Record<string, string> = {}): Promise<number> {
  const collectionId = await test.collection();
  const texts = { 'a.txt': 'Zebras graze.', 'b.txt': 'Quiet wombats dig.', 'c.txt': 'Foxes jump.', ...extra };
  await test.client.call('documents.add', { collectionId, paths: Object.entries(texts).map(([name, text]) => test.write(name, text)), watch: false });
  await test.settled(collectionId);
  return collectionId;
}
const search = async (collectionId: number, query: string): Promise<string[]> => (await test.client.call('documents.search', { collectionId, query })).passages.map(({ documentName }) => documentName);

describe('a model file for documents', () => {
  it('is listed as what it is and refused for chat, in words', async () => {
    test = startDocumentTest();
    const finder = await embedder();
    const judge = await reranker();
    const { models } = await test.client.call('models.list', {});
    expect(models.map(({ id, purpose, problem }) => [id, purpose, problem])).toEqual(expect.arrayContaining([[finder, 'embedder', null], [judge, 'reranker', null]]));
    await expect(test.client.call('models.open', { modelId: finder })).rejects.toMatchObject({ code: 'model_not_for_chat' });
    await expect(on('built-in-tiny')).rejects.toMatchObject({ code: 'model_not_for_documents' });
  });

  it('that does not say how words become one vector is not taken', async () => {
    test = startDocumentTest();
    await expect(add(writeEmbedder(join(test.folder, 'silent.gguf'), { alike, pooling: null }))).rejects.toMatchObject({ code: 'model_unsupported' });
  });
});

describe('an embedder', () => {
  it('finds what no word finds, also in documents that were there before it, and is gone with a switch', async () => {
    test = startDocumentTest();
    const collectionId = await papers();
    expect(await search(collectionId, 'sazber')).toEqual([]);
    const finder = await embedder();
    await on(finder);
    await until(isReady);
    expect((await search(collectionId, 'sazber'))[0]).toBe('a.txt');
    const { passages } = await test.client.call('documents.search', { collectionId, query: 'sazber' });
    expect(passages[0]!.ranks).toEqual({ words: null, trigrams: null, vectors: 1 });
    await on(finder, false);
    expect(await states()).toEqual([]);
    expect(await search(collectionId, 'sazber')).toEqual([]);
  });

  it('reads what is added and changed while it is on', async () => {
    test = startDocumentTest();
    await on(await embedder());
    const collectionId = await papers();
    await until((state) => isReady(state) && state!.passages!.total === 3);
    expect((await search(collectionId, 'sazber'))[0]).toBe('a.txt');
    await test.client.call('documents.remove', { id: (await test.documents(collectionId))[0]!.id });
    await until((state) => isReady(state) && state!.passages!.total === 2);
    expect(await search(collectionId, 'sazber')).not.toContain('a.txt');
  });

  it('is there again after a restart, with the vectors it made', async () => {
    test = startDocumentTest();
    await on(await embedder());
    const collectionId = await papers();
    await until((state) => isReady(state) && state!.passages!.total === 3);
    test.app.close();
    const { folder, dataDir } = test;
    test = startDocumentTest({ dataDir });
    const state = await until((found) => found !== undefined);
    expect(state).toMatchObject({ kind: 'waiting', passages: { done: 3, total: 3 } });
    expect((await search(collectionId, 'sazber'))[0]).toBe('a.txt');
    rmSync(folder, { recursive: true, force: true });
  });

  it('whose file is gone keeps its vectors, says so, and words answer', async () => {
    test = startDocumentTest();
    const finder = await embedder();
    await on(finder);
    const collectionId = await papers();
    await until((state) => isReady(state) && state!.passages!.total === 3);
    test.app.close();
    const { folder, dataDir } = test;
    rmSync(join(folder, 'finder.gguf'));
    test = startDocumentTest({ dataDir });
    expect(await until((found) => found !== undefined)).toMatchObject({ kind: 'failed', error: { code: 'model_missing' } });
    expect(await search(collectionId, 'wombats')).toContain('b.txt');
    test.app.close();
    writeEmbedder(join(folder, 'finder.gguf'), { alike });
    test = startDocumentTest({ dataDir });
    expect(await until((found) => found !== undefined)).toMatchObject({ passages: { done: 3, total: 3 } });
    rmSync(folder, { recursive: true, force: true });
  });

  it('goes on by itself when its engine dies in the middle, and the chat’s engine lives', async () => {
    let deaths = 0;
    test = startDocumentTest({ onEncode: () => ++deaths <= 2 });
    await test.until('ready');
    await on(await embedder());
    await papers({ 'd.txt': 'This passage is !encoder-crash for two engines.' });
    await until((state) => isReady(state) && state!.passages!.total === 4);
    expect(deaths).toBe(3);
    // One for the chat, three for the documents.
    expect(test.engines).toHaveLength(4);
    expect((await test.client.call('app.hello', {})).engine.kind).toBe('ready');
  });

  it('that takes its engine down again and again is given up, with the reason', async () => {
    test = startDocumentTest({ onEncode: () => true });
    await on(await embedder());
    const collectionId = await papers({ 'd.txt': 'This passage is !encoder-crash for every engine.' });
    expect(await until((state) => state?.kind === 'failed')).toMatchObject({ error: { code: 'engine_crashed' } });
    const started = test.engines.length;
    await new Promise((done) => setTimeout(done, 100));
    expect(test.engines).toHaveLength(started);
    expect(await search(collectionId, 'wombats')).toContain('b.txt');
  });

  it('that is damaged says so at once', async () => {
    test = startDocumentTest();
    await on(await embedder('corrupt-finder.gguf'));
    expect(await until((state) => state?.kind === 'failed')).toMatchObject({ error: { code: 'model_corrupt' } });
  });

  it('gives its place to another, whose vectors take the place of its own', async () => {
    test = startDocumentTest();
    await on(await embedder());
    await papers();
    await until((state) => isReady(state) && state!.passages!.total === 3);
    const other = await add(writeEmbedder(join(test.folder, 'other.gguf'), { alike: [['a'], ['b']] }));
    await on(other);
    await until((state) => state?.modelId === other && isReady(state) && state.passages!.total === 3);
    expect(await states()).toHaveLength(1);
  });

  it('that is removed from the list is off', async () => {
    test = startDocumentTest();
    const finder = await embedder();
    await on(finder);
    await test.client.call('models.remove', { modelId: finder });
    expect(await states()).toEqual([]);
    expect((await test.client.call('app.hello', {})).settings.embedderId).toBeNull();
  });

  it('waits while an answer is made', async () => {
    test = startDocumentTest();
    await test.until('ready');
    await on(await embedder());
    await until((state) => state?.kind === 'ready');
    const { conversation } = await test.client.call('conversations.create', {});
    const ended = test.next('run.ended');
    await test.client.call('messages.send', { conversationId: conversation.id, text: '!tokens 80 !rate 100', recurrence: { steps: 8 } });
    await papers();
    expect((await states())[0]!.passages).toEqual({ done: 0, total: 3 });
    await ended;
    await until((state) => isReady(state) && state!.passages!.total === 3);
  });
});

describe('a reranker', () => {
  it('puts the passages in its order, and says that something was found', async () => {
    test = startDocumentTest();
    const texts = { 'd.txt': 'Wombats eat roots, and wombats sleep; wombats dig for wombats.', 'e.txt': 'The keeper of wombats has the key to the eastern gate.' };
    const collectionId = await papers(texts);
    const judge = await reranker();
    await on(judge);
    await until((state) => state?.kind === 'ready', 'reranker');
    expect((await search(collectionId, 'wombats gate key keeper'))[0]).toBe('e.txt');
    expect((await test.client.call('documents.search', { collectionId, query: 'wombats gate key keeper' })).found).toBe(true);
    await on(judge, false);
    expect(await states()).toEqual([]);
  });

  it('that is damaged leaves the order as it was', async () => {
    test = startDocumentTest();
    const collectionId = await papers();
    await on(await reranker('corrupt-judge.gguf'));
    await until((state) => state?.kind === 'failed', 'reranker');
    expect(await search(collectionId, 'wombats')).toEqual(['b.txt']);
  });
});

it('a file that changed under its name is another model: everything is read anew', async () => {
  const read: string[] = [];
  test = startDocumentTest({ onEncode: (text) => read.push(text) < 0 });
  const finder = await embedder();
  await on(finder);
  await papers({ 'd.txt': 'The engine is spared by this !encoder-crash passage.' });
  await until((state) => isReady(state) && state!.passages!.total === 4);
  await on(finder);
  await until(isReady);
  expect(read).toHaveLength(1);
  writeEmbedder(join(test.folder, 'finder.gguf'), { alike: [['a'], ['b'], ['c']] });
  await on(finder);
  await until(isReady);
  expect(read).toHaveLength(2);
});

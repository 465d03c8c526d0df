// The app with real engine processes and hand-made models: a question in other words finds its passage, and a killed engine costs nothing.
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { EncoderState } from '../../core/contract/encoding.js';
import type { EngineProcess } from '../../core/services/engine-link.js';
import { engineStart } from '../../core/services/host/engine-start.js';
import { createLog } from '../../core/services/log.js';
import { startChild } from '../../server/child.js';
import { writeEmbedder, writeReranker } from '../harness/encoder-models.js';
import { startDocumentTest, type DocumentTest } from '../unit/services/documents/fixture.js';

const alike = [
  ['dog', 'hound', 'puppy'], ['vet', 'animal', 'doctor'], ['bites', 'snaps', 'nips'], ['roof', 'rafters'], ['leaks', 'drips'], ['potter', 'ceramist'], ['hums', 'murmurs'],
  ['the'], ['a'], ['when'], ['who'], ['for'], ['is'], ['garden'], ['blossoms'], ['tea'], ['brewed'],
];
const texts = { 'pets.txt': 'The puppy snaps.', 'house.txt': 'The rafters drips.', 'clay.txt': 'The ceramist murmurs.', 'tea.txt': 'The tea is brewed.', 'garden.txt': 'The garden blossoms.' };

const processes: EngineProcess[] = [];
let test: DocumentTest;
let collectionId: number;
beforeAll(async () => {
  const start = engineStart(resolve(import.meta.dirname, '..', '..'));
  test = startDocumentTest({
    expectedForkId: start.expectedForkId,
    startEngine() {
      const process = startChild(start, createLog(() => undefined, 'silent'));
      processes.push(process);
      return process;
    },
    times: { helloTimeoutMs: 60_000 },
  });
  collectionId = await test.collection();
  await test.client.call('documents.add', { collectionId, paths: Object.entries(texts).map(([name, text]) => test.write(name, text)), watch: false });
  await test.settled(collectionId);
});
afterAll(() => test.dispose());

async function until(purpose: EncoderState['purpose'], fits: (state: EncoderState) => boolean): Promise<EncoderState> {
  for (const endMs = performance.now() + 60_000; ; await new Promise((done) => setTimeout(done, 3))) {
    const state = (await test.client.call('models.encoders', {})).encoders.find((each) => each.purpose === purpose);
    if (state && fits(state)) return state;
    if (performance.now() > endMs) throw new Error(`the model stayed ${JSON.stringify(state)}`);
  }
}
const all = ({ kind, passages, error }: EncoderState): boolean => error !== null || (kind === 'ready' && passages?.done === passages?.total);
const search = (query: string) => test.client.call('documents.search', { collectionId, query });
const questions = { 'the hound nips': 'pets.txt', 'the roof leaks': 'house.txt', 'the potter hums': 'clay.txt' };

it('without a model, a question in other words finds nothing', async () => {
  for (const question of Object.keys(questions)) expect((await search(question)).found, question).toBe(false);
});

it('with an embedder each question finds the passage that means the same', async () => {
  const { model } = await test.client.call('models.add', { path: writeEmbedder(join(test.folder, 'finder.gguf'), { alike }) });
  await test.client.call('models.useForDocuments', { modelId: model.id, on: true });
  expect(await until('embedder', all)).toMatchObject({ error: null, passages: { done: 5, total: 5 } });
  for (const [question, file] of Object.entries(questions)) {
    const { passages } = await search(question);
    expect(passages.find(({ ranks }) => ranks.vectors === 1)?.documentName, question).toBe(file);
    expect(passages[0]!.documentName, question).toBe(file);
  }
});

it('a reranker turns the order as its scores say, and off again it is as before', async () => {
  const before = (await search('the hound nips')).passages.map(({ documentName }) => documentName);
  const worth = { puppy: -1, snaps: -1, tea: 1, brewed: 1 };
  const { model } = await test.client.call('models.add', { path: writeReranker(join(test.folder, 'judge.gguf'), { alike, worth }) });
  await test.client.call('models.useForDocuments', { modelId: model.id, on: true });
  expect(await until('reranker', all)).toMatchObject({ error: null });
  const turned = (await search('the hound nips')).passages.map(({ documentName }) => documentName);
  expect([turned[0], turned.at(-1)]).toEqual(['tea.txt', 'pets.txt']);
  await test.client.call('models.useForDocuments', { modelId: model.id, on: false });
  expect((await search('the hound nips')).passages.map(({ documentName }) => documentName)).toEqual(before);
});

it('an engine that is killed in the middle is started again and the rest is read', async () => {
  const words = alike.flat();
  const pages = Array.from({ length: 400 }, (_, at) => `${Array.from({ length: 150 }, (_word, place) => words[(at * 7 + place * place) % words.length]).join(' ')}.`);
  await test.client.call('documents.add', { collectionId, paths: [test.write('many.txt', pages.join('\f'))], watch: false });
  await until('embedder', ({ passages }) => passages!.done > 20 && passages!.done < passages!.total);
  const started = processes.length;
  processes.at(-1)!.kill();
  await test.settled(collectionId);
  const state = await until('embedder', (each) => all(each) && each.passages!.total === 405);
  expect(state).toMatchObject({ error: null, passages: { done: 405, total: 405 } });
  expect(processes.length).toBeGreaterThan(started);
});

it('switched off, words alone are left', async () => {
  const { encoders } = await test.client.call('models.encoders', {});
  await test.client.call('models.useForDocuments', { modelId: encoders[0]!.modelId, on: false });
  const { passages } = await search('the hound nips');
  expect(passages.every(({ ranks }) => ranks.vectors === null)).toBe(true);
  expect(passages.map(({ documentName }) => documentName)).not.toContain('pets.txt');
});

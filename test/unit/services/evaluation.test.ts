// Proves that scores beside the built-in model reach the window, and that a file that is missing or wrong costs only the plot.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../../fakes/test-app.js';
import { writeTinyGguf } from '../../fakes/tiny-gguf.js';

let test: TestApp;
beforeEach(() => {
  test = startTestApp();
});
afterEach(() => test.dispose());

const score = { task: 'cups', group: 'tracking', level: null, steps: 4, problems: 10, right: 7, accuracy: 0.7, low: 0.4, high: 0.9, chance: 0.2, meanSteps: 4, tokensPerSecond: 90 };
const good = { suite: 'built-in', seed: 1, model: { name: 'Tiny', sizeBytes: 1, parameters: 2, fileType: 'F32' }, date: '2026-01-01', steps: [4], scores: [score] };
const write = (text: string): void => writeFileSync(join(test.resourcesDir, 'evaluation.json'), text);
const scoresOf = async (modelId: string) => (await test.client.call('models.evaluation', { modelId })).evaluation;

describe('the scores of a model', () => {
  it('are those of the file beside the built-in one', async () => {
    write(JSON.stringify(good));
    expect(await scoresOf('built-in-tiny')).toEqual(good);
  });

  it.each([
    ['is missing', null],
    ['is not JSON', '{ "suite": '],
    ['is empty', ''],
    ['has another shape', JSON.stringify({ ...good, scores: [{ ...score, accuracy: 'high' }] })],
  ])('are null when the file %s', async (_what, text) => {
    if (text !== null) write(text);
    expect(await scoresOf('built-in-tiny')).toBeNull();
  });

  it('say in the log where a file is wrong, and not what it holds', async () => {
    write(JSON.stringify({ ...good, scores: [{ ...score, accuracy: 'secret' }] }));
    await scoresOf('built-in-tiny');
    const line = test.log.find((each) => each.includes('scores'));
    expect([line?.includes('scores.0.accuracy'), line?.includes('secret')]).toEqual([true, false]);
  });

  it('are nobody else’s: a linked model has none, an unknown one is refused', async () => {
    write(JSON.stringify(good));
    const { model } = await test.client.call('models.add', { path: writeTinyGguf(join(test.dataDir, 'mine.gguf')) });
    expect(await scoresOf(model.id)).toBeNull();
    await expect(scoresOf('built-in-nothing')).rejects.toMatchObject({ code: 'model_missing' });
  });

  it('that ship with Plumb fit the contract', async () => {
    write(readFileSync(join(import.meta.dirname, '..', '..', '..', 'resources', 'evaluation.json'), 'utf8'));
    expect((await scoresOf('built-in-tiny'))?.scores.length).toBeGreaterThan(0);
  });
});

// Proves how model files are found, described, linked, opened and forgotten.
import { copyFileSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultCompute } from '../../../core/contract/compute.js';
import { hashModelFile, pathFromPerson } from '../../../core/services/model-files.js';
import { startTestApp, type TestApp } from '../../fakes/test-app.js';
import { writeTinyGguf } from '../../fakes/tiny-gguf.js';

let test: TestApp;
beforeEach(async () => {
  test = startTestApp();
  await test.until('ready');
});
afterEach(() => test.dispose());

const linked = (name: string, options: Parameters<typeof writeTinyGguf>[1] = {}): string => writeTinyGguf(join(test.dataDir, name), options);

describe('models', () => {
  it('lists the built-in one with its range of steps, read from its header', async () => {
    expect((await test.client.call('models.list', {})).models).toMatchObject([
      { id: 'built-in-tiny', name: 'Tiny', builtIn: true, architecture: 'huginn', fileType: 'F32', contextLength: 256, problem: null, recurrence: { stepsDefault: 8, notches: [1, 4, 8, 16] } },
    ]);
  });

  it('links a file where it is, tells every window, and opens it now and at the next start', async () => {
    const path = linked('my ordinary.gguf', { metadata: { 'general.name': 'Mine' } });
    const changed = test.next('models.changed');
    const { model } = await test.client.call('models.add', { path: `"${path}"` });
    expect((await changed).models.map(({ name }) => name)).toEqual(['Tiny', 'Mine']);
    const ready = test.next('engine.state', ({ kind }) => kind === 'ready');
    await test.client.call('models.open', { modelId: model.id });
    expect(await ready).toMatchObject({ modelId: model.id, loaded: { path, recurrence: null } });

    test.app.close();
    const again = startTestApp({ dataDir: test.dataDir });
    expect(await again.until('ready')).toMatchObject({ modelId: model.id });
    again.app.close();
  });

  it('forgets a linked file and leaves it alone; it is closed first', async () => {
    const path = linked('b.gguf');
    const { model } = await test.client.call('models.add', { path });
    const ready = test.next('engine.state', ({ kind }) => kind === 'ready');
    await test.client.call('models.open', { modelId: model.id });
    await ready;
    await test.client.call('models.remove', { modelId: model.id });
    const { engine, settings } = await test.client.call('app.hello', {});
    expect({ engine, modelId: settings.modelId, file: existsSync(path) }).toEqual({ engine: { kind: 'idle' }, modelId: null, file: true });
  });

  it('loads the open one again with another cache, remembers it, and says beforehand what it takes', async () => {
    const cache = { kvBudget: 4, kvType: 'q8_0' as const };
    const before = await test.client.call('models.estimate', { modelId: 'built-in-tiny', kvBudget: 0, kvType: 'f16' });
    const after = await test.client.call('models.estimate', { modelId: 'built-in-tiny', ...cache });
    expect(after.kvBytes).toBeLessThan(before.kvBytes);
    const ready = test.next('engine.state', ({ kind }) => kind === 'ready');
    await test.client.call('models.setCache', { modelId: 'built-in-tiny', ...cache });
    expect(await ready).toMatchObject({ loaded: cache });
    expect((await test.client.call('app.hello', {})).settings.computeByModel).toEqual({ 'built-in-tiny': { ...defaultCompute, ...cache } });
    // Also after a crash and at the next start.
    const back = test.next('engine.state', ({ kind }) => kind === 'ready');
    test.engines[0]!.die('signal SIGSEGV');
    expect(await back).toMatchObject({ loaded: cache });
  });

  it('refuses to remove the built-in one', async () => {
    await expect(test.client.call('models.remove', { modelId: 'built-in-tiny' })).rejects.toMatchObject({ code: 'not_allowed' });
  });

  it('refuses to change models while an answer is made', async () => {
    const first = test.next('run.tokens');
    const { conversation } = await test.client.call('conversations.create', {});
    await test.client.call('messages.send', { conversationId: conversation.id, text: '!tokens 500', recurrence: { steps: 8 } });
    await first;
    await expect(test.client.call('models.open', { modelId: 'built-in-tiny' })).rejects.toMatchObject({ code: 'engine_busy' });
    await expect(test.client.call('models.close', {})).rejects.toMatchObject({ code: 'engine_busy' });
  });

  it.each([
    ['missing', () => '/nowhere/at all.gguf', 'model_missing'],
    ['not a model', () => {
      const path = join(test.dataDir, 'text.gguf');
      writeFileSync(path, 'just words, and many of them, '.repeat(10));
      return path;
    }, 'gguf_invalid'],
    ['without a vocabulary', () => linked('mute.gguf', { vocabulary: false }), 'model_without_vocabulary'],
  ])('refuses to link a file that is %s', async (_what, path, code) => {
    await expect(test.client.call('models.add', { path: path() })).rejects.toMatchObject({ code });
    expect((await test.client.call('models.list', {})).models).toHaveLength(1);
  });

  it('shows a linked file that went missing with its problem, and falls back to the built-in one at the start', async () => {
    const path = linked('gone.gguf');
    const { model } = await test.client.call('models.add', { path });
    await test.client.call('models.open', { modelId: model.id });
    await test.next('engine.state', ({ kind }) => kind === 'ready');
    rmSync(path);
    await expect(test.client.call('models.open', { modelId: model.id })).rejects.toMatchObject({ code: 'model_missing' });
    expect((await test.client.call('models.list', {})).models[1]).toMatchObject({ id: model.id, problem: { code: 'model_missing' } });
    test.app.close();
    const again = startTestApp({ dataDir: test.dataDir });
    expect(await again.until('ready')).toMatchObject({ modelId: 'built-in-tiny' });
    again.app.close();
  });

  it('has no file dialog unless the host brings one', async () => {
    await expect(test.client.call('models.pick', {})).rejects.toMatchObject({ code: 'not_allowed' });
    expect((await test.client.call('app.hello', {})).abilities).toEqual({ pickFile: false, revealFile: false, saveFile: false });
  });
});

describe('the hash of a model file', () => {
  it('is the same for a copy and another for another content', async () => {
    const one = linked('1.gguf');
    const copy = join(test.dataDir, '2.gguf');
    copyFileSync(one, copy);
    const other = linked('3.gguf', { metadata: { 'general.name': 'Other' } });
    const [a, b, c] = await Promise.all([one, copy, other].map(hashModelFile));
    expect(a).toMatch(/^[0-9a-f]{64}$/);
    expect([a === b, a === c]).toEqual([true, false]);
  });
});

describe('a path as people paste it', () => {
  it.each([
    [' "/a b/c.gguf" ', '/a b/c.gguf'],
    ["'/a/c.gguf'", '/a/c.gguf'],
    ['file:///a%20b/c.gguf', '/a b/c.gguf'],
    ['~/c.gguf', join(homedir(), 'c.gguf')],
    ['/a/../b.gguf', '/b.gguf'],
  ])('%s', (given, path) => {
    expect(pathFromPerson(given)).toBe(path);
  });
});

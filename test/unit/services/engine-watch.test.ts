// Proves that an engine which hangs is noticed, ended and started again, that a graphics card that fails is done without, and that too much memory is a choice.
import { afterEach, describe, expect, it } from 'vitest';
import { stallLimitMs } from '../../../core/services/engine-watch.js';
import { startMemoryEngine, startTestApp, type TestApp } from '../../fakes/test-app.js';

let test: TestApp;
afterEach(() => test.dispose());

async function readyApp(options: Parameters<typeof startTestApp>[0] = {}): Promise<void> {
  test = startTestApp(options);
  await test.until('ready');
}

describe('an engine that hangs while it answers', () => {
  it.each([
    ['without a sign of life', '!freeze 4', { silenceMs: 200 }, 'no sign of life'],
    ['alive but getting nowhere', '!stall 4', { stallMs: 100 }, 'no progress'],
  ])('%s is ended without being asked; the answer keeps what it had, and the next one works', async (_what, prompt, times, why) => {
    await readyApp({ times });
    const back = test.next('engine.state', ({ kind }) => kind === 'ready');
    const { conversationId, ended } = await test.ask(prompt);
    expect(ended).toMatchObject({ reason: 'error', error: { code: 'engine_timeout', detail: expect.stringContaining(why) as string }, run: { state: 'interrupted', errorCode: 'engine_timeout' } });
    expect((await test.client.call('conversations.open', { id: conversationId })).messages.at(-1)).toMatchObject({ text: 'The latent state moves' });
    await back;
    expect((await test.ask('!tokens 2', conversationId)).ended.reason).toBe('end');
    expect(test.engines).toHaveLength(2);
  });

  it('while nothing is asked of it may be idle as long as it likes', async () => {
    await readyApp({ times: { stallMs: 30, silenceMs: 300 } });
    await new Promise((done) => setTimeout(done, 250));
    expect(test.engines).toHaveLength(1);
  });

  it('gets the more time the dearer its tokens are', () => {
    expect([stallLimitMs(60_000, null), stallLimitMs(60_000, 0), stallLimitMs(60_000, 1000)]).toEqual([1_800_000, 60_000, 2_108_000]);
  });
});

describe('a graphics card that fails', () => {
  const withCard = (modelName: string) => {
    const engines: ReturnType<typeof startMemoryEngine>[] = [];
    test = startTestApp({ modelName, startEngine: () => engines[engines.push(startMemoryEngine('fakefakefake', 'vulkan')) - 1]! });
    return engines;
  };

  it.each(['gpu-crash', 'gpu-refuse'])('(%s) is done without: the model loads on the processor, the user is told, and it is remembered', async (modelName) => {
    withCard(modelName);
    const told = test.next('app.notice');
    expect(await test.until('ready')).toMatchObject({ loaded: { gpu: null } });
    expect(await told).toMatchObject({ code: 'gpu_failed' });
    expect((await test.client.call('app.hello', {})).settings.gpu).toBe('off');
    expect((await test.ask('!tokens 2')).ended.reason).toBe('end');
  });

  it('while it answers costs that answer and is not counted as a crash of the engine', async () => {
    const engines = withCard('gpu-run');
    expect(await test.until('ready')).toMatchObject({ loaded: { gpu: 'vulkan' } });
    const back = test.next('engine.state', (state) => state.kind === 'ready' && state.loaded.gpu === null);
    expect((await test.ask('!crash 3')).ended).toMatchObject({ reason: 'error', run: { state: 'interrupted' } });
    await back;
    expect((await test.ask('!crash 3 !tokens 6')).ended.reason).toBe('end');
    expect(engines).toHaveLength(2);
  });

  it('between two answers is not blamed', async () => {
    const engines = withCard('gpu-run');
    await test.until('ready');
    const back = test.next('engine.state', ({ kind }) => kind === 'ready');
    engines[0]!.die('signal SIGKILL');
    expect(await back).toMatchObject({ loaded: { gpu: 'vulkan' } });
  });
});

it('a model that is not expected to fit is refused, and loaded when it is wanted all the same', async () => {
  test = startTestApp({ modelName: 'too-big' });
  expect(await test.until('failed')).toMatchObject({ modelId: 'built-in-too-big', error: { code: 'out_of_memory' } });
  const ready = test.next('engine.state', ({ kind }) => kind === 'ready');
  await test.client.call('models.open', { modelId: 'built-in-too-big', anyway: true });
  expect(await ready).toMatchObject({ kind: 'ready' });
});

// Proves that an engine which dies, hangs, lies or is another one costs at most the answer it was making.
import { afterEach, describe, expect, it } from 'vitest';
import { AppError } from '../../../core/contract/errors.js';
import { startMemoryEngine, startTestApp, type TestApp } from '../../fakes/test-app.js';

let test: TestApp;
afterEach(() => test.dispose());

async function readyApp(options: Parameters<typeof startTestApp>[0] = {}): Promise<void> {
  test = startTestApp(options);
  await test.until('ready');
}
const reply = async (id: number): Promise<unknown> => (await test.client.call('conversations.open', { id })).messages.at(-1);

describe('an engine that dies while answering', () => {
  it('leaves the part it had made, marked; the engine and its model come back and the next message works', async () => {
    await readyApp();
    const back = test.next('engine.state', ({ kind }) => kind === 'ready');
    const { conversationId, ended } = await test.ask('!crash 5');
    expect(ended).toMatchObject({ reason: 'error', error: { code: 'engine_crashed', detail: 'signal SIGSEGV' }, run: { state: 'interrupted', errorCode: 'engine_crashed' } });
    expect(await reply(conversationId)).toMatchObject({ text: 'The latent state moves a' });
    await back;
    expect((await test.ask('and now? !tokens 2', conversationId)).ended.reason).toBe('end');
    expect(test.engines).toHaveLength(2);
  });

  it('twice within a minute stays down and says why; asking for it starts it again', async () => {
    await readyApp();
    const back = test.next('engine.state', ({ kind }) => kind === 'ready');
    const { conversationId } = await test.ask('!crash 1');
    await back;
    const down = test.next('engine.state', ({ kind }) => kind === 'down');
    await test.ask('!crash 1', conversationId);
    expect(await down).toMatchObject({ error: { code: 'engine_crashed', detail: 'signal SIGSEGV' } });
    await expect(test.ask('x', conversationId)).rejects.toMatchObject({ code: 'engine_down' });
    const again = test.next('engine.state', ({ kind }) => kind === 'ready');
    await test.client.call('engine.restart', {});
    await again;
    expect((await test.ask('!tokens 2', conversationId)).ended.reason).toBe('end');
  });

  it('twice, but more than a minute apart, is started again both times', async () => {
    let nowMs = 1_000_000;
    await readyApp({ now: () => nowMs });
    for (let crash = 0; crash < 3; crash++) {
      const back = test.next('engine.state', ({ kind }) => kind === 'ready');
      await test.ask('!crash 1');
      await back;
      nowMs += 61_000;
    }
    expect(test.engines).toHaveLength(4);
  });

  it('between two answers is started again without anybody losing anything', async () => {
    await readyApp();
    const back = test.next('engine.state', ({ kind }) => kind === 'ready');
    test.engines[0]!.die('signal SIGKILL');
    await back;
    expect((await test.ask('!tokens 2')).ended.reason).toBe('end');
  });
});

describe('an engine that hangs', () => {
  it('is killed when it does not stop in time; the answer ends as stopped, and the next one works', async () => {
    await readyApp();
    const stuck = test.next('run.tokens');
    const over = test.next('run.ended');
    const { conversation } = await test.client.call('conversations.create', {});
    const { run } = await test.client.call('messages.send', { conversationId: conversation.id, text: '!hang 4', recurrence: { steps: 8 } });
    await stuck;
    const back = test.next('engine.state', ({ kind }) => kind === 'ready');
    await test.client.call('runs.stop', { runId: run!.id });
    expect(await over).toMatchObject({ reason: 'stopped', error: null, run: { state: 'stopped' } });
    await back;
    expect((await test.ask('!tokens 2', conversation.id)).ended.reason).toBe('end');
  });

  it('while it loads can be abandoned for no model at all', async () => {
    test = startTestApp({ modelName: 'hang-load' });
    await test.until('loading');
    await test.client.call('models.close', {});
    expect((await test.client.call('app.hello', {})).engine).toEqual({ kind: 'idle' });
  });

  it('at its greeting is given up', async () => {
    const silent = startMemoryEngine();
    test = startTestApp({ startEngine: () => ({ ...silent, pipe: { ...silent.pipe, send: () => undefined } }) });
    expect(await test.until('down')).toMatchObject({ error: { code: 'engine_timeout' } });
  });
});

describe('an engine that lies', () => {
  it.each(['frame', 'token', 'event', 'index'])('with a wrong %s is stopped; what was true is kept', async (kind) => {
    await readyApp();
    const { conversationId, ended } = await test.ask(`!lie ${kind}`);
    expect(ended).toMatchObject({ reason: 'error', error: { code: 'engine_protocol' }, run: { state: 'interrupted' } });
    expect(await reply(conversationId)).toMatchObject({ text: 'The latent state' });
  });
});

describe('an engine that never ends an answer', () => {
  it('is stopped at the limit of tokens that was set', async () => {
    await readyApp();
    await test.client.call('settings.set', { sampling: { temperature: 0, topK: 1, topP: 1, minP: 0, repeatPenalty: 1, seed: 1, maxTokens: 2500 } });
    const { ended } = await test.ask('!lie endless');
    const { tokens } = await test.client.call('runs.tokens', { runId: ended.run.id });
    expect({ code: ended.error?.code, tokens: tokens.length }).toEqual({ code: 'engine_protocol', tokens: 2003 });
  });
});

describe('an engine is refused', () => {
  it.each([
    ['of another fork', () => startMemoryEngine('0123456789ab'), 'engine_not_the_fork'],
    ['that is the stock binary', () => startMemoryEngine(null), 'engine_not_the_fork'],
    ['that cannot be started', () => Promise.reject(new AppError('engine_not_built', 'x')), 'engine_not_built'],
  ])('%s', async (_what, startEngine, code) => {
    test = startTestApp({ startEngine });
    expect(await test.until('down')).toMatchObject({ error: { code } });
    await expect(test.ask('x')).rejects.toMatchObject({ code: 'engine_down' });
  });

  it('without being started when the app does not know its own fork', async () => {
    test = startTestApp({ expectedForkId: null });
    expect(await test.until('down')).toMatchObject({ error: { code: 'engine_not_built' } });
    expect(test.engines).toEqual([]);
  });
});

describe('a model that does not load', () => {
  it('is reported, and another one can be opened', async () => {
    test = startTestApp({ modelName: 'corrupt' });
    expect(await test.until('failed')).toMatchObject({ modelId: 'built-in-corrupt', error: { code: 'model_corrupt' } });
    await expect(test.ask('x')).rejects.toMatchObject({ code: 'no_model' });
  });

  it('and takes the engine along is not tried a second time', async () => {
    test = startTestApp({ modelName: 'crash-load' });
    expect(await test.until('failed')).toMatchObject({ modelId: 'built-in-crash-load', error: { code: 'engine_crashed' } });
    await new Promise((done) => setTimeout(done, 50));
    expect(test.engines).toHaveLength(1);
  });
});

it('an error the engine reports ends the run with its code', async () => {
  await readyApp();
  expect((await test.ask('!error out_of_memory')).ended).toMatchObject({ reason: 'error', error: { code: 'out_of_memory' }, run: { state: 'interrupted', errorCode: 'out_of_memory' } });
  expect((await test.ask('!tokens 2')).ended.reason).toBe('end');
});

// Proves that a message becomes an answer that is on disk, whatever happens to the engine on the way.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../../fakes/test-app.js';

let test: TestApp;
beforeEach(async () => {
  test = startTestApp();
  await test.until('ready');
});
afterEach(() => test.dispose());

const texts = async (id: number): Promise<[string, string][]> =>
  (await test.client.call('conversations.open', { id })).messages.map(({ role, text }) => [role, text]);

describe('a message', () => {
  it('is answered, titled and kept', async () => {
    const { conversationId, ended } = await test.ask('What is **depth**? !tokens 5');
    expect(ended).toMatchObject({ reason: 'end', error: null, run: { state: 'done', recurrence: { steps: 8 }, hasRecurrence: true, stats: { tokens: 5, meanSteps: 8 } } });
    expect(ended.run.sampling.seed).toEqual(expect.any(Number));
    expect(await texts(conversationId)).toEqual([['user', 'What is **depth**? !tokens 5'], ['assistant', 'The latent state moves a']]);
    expect((await test.client.call('conversations.list', {})).conversations).toMatchObject([{ id: conversationId, title: 'What is depth? !tokens 5' }]);
  });

  it('streams batches numbered from one that together are the stored tokens', async () => {
    const seen: { seq: number; tokens: { text: string; trace: number[] }[] }[] = [];
    test.client.on('run.tokens', (batch) => seen.push(batch));
    const { ended } = await test.ask('!tokens 40 !rate 400');
    const stored = await test.client.call('runs.tokens', { runId: ended.run.id });
    expect(seen.map(({ seq }) => seq)).toEqual(seen.map((_, at) => at + 1));
    expect(stored.lastSeq).toBe(seen.length);
    const sent = seen.flatMap(({ tokens }) => tokens);
    expect(stored.tokens.map(({ text, trace }) => ({ text, trace }))).toEqual(sent.map(({ text, trace }) => ({ text, trace: trace.map(Math.fround) })));
  });

  it('shows a reader who comes late what was made so far, and from which batch to go on', async () => {
    const { conversation } = await test.client.call('conversations.create', {});
    const started = test.next('run.tokens', ({ seq }) => seq === 3);
    const over = test.next('run.ended');
    await test.client.call('messages.send', { conversationId: conversation.id, text: '!tokens 60 !rate 300', recurrence: { steps: 8 } });
    await started;
    const late = test.connect();
    const later: { seq: number; tokens: { text: string }[] }[] = [];
    late.on('run.tokens', (batch) => later.push(batch));
    const snapshot = await late.call('conversations.open', { id: conversation.id });
    await over;
    const reply = snapshot.messages.at(-1)!;
    const rest = later.filter(({ seq }) => seq > reply.run!.lastSeq).flatMap(({ tokens }) => tokens.map(({ text }) => text));
    expect(reply.run).toMatchObject({ state: 'running' });
    expect(snapshot.liveTokens.map(({ text }) => text).join('')).toBe(reply.text);
    expect((await texts(conversation.id)).at(-1)).toEqual(['assistant', reply.text + rest.join('')]);
  });

  it('passes on the steps of a slow token without storing them', async () => {
    const steps: number[] = [];
    test.client.on('run.step', ({ trace }) => steps.push(trace.length));
    await test.ask('!slow 1 !tokens 1');
    expect(steps).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('takes a new depth from its next token on', async () => {
    const first = test.next('run.tokens');
    const over = test.next('run.ended');
    const { conversation } = await test.client.call('conversations.create', {});
    const { run } = await test.client.call('messages.send', { conversationId: conversation.id, text: '!tokens 60 !rate 300', recurrence: { steps: 32 } });
    await first;
    await test.client.call('runs.setSteps', { runId: run!.id, steps: 2 });
    await over;
    const { tokens } = await test.client.call('runs.tokens', { runId: run!.id });
    expect([...new Set(tokens.map(({ steps }) => steps))]).toEqual([32, 2]);
    expect(tokens.every(({ steps, trace }) => trace.length === steps)).toBe(true);
  });

  it('hurries when it is asked to answer now, and thinks again when that is taken back', async () => {
    const batch = (): Promise<unknown> => test.next('run.tokens');
    const over = test.next('run.ended');
    let first = batch();
    const { conversation } = await test.client.call('conversations.create', {});
    const { run } = await test.client.call('messages.send', { conversationId: conversation.id, text: '!tokens 90 !rate 300', recurrence: { steps: 8 } });
    await first;
    await test.client.call('runs.answerNow', { runId: run!.id, on: true });
    first = batch();
    await first;
    await test.client.call('runs.answerNow', { runId: run!.id, on: false });
    await over;
    const { tokens } = await test.client.call('runs.tokens', { runId: run!.id });
    expect(tokens.map(({ exitReason }) => exitReason).filter((reason, at, all) => reason !== all[at - 1])).toEqual(['limit', 'hurried', 'limit']);
    // A moment later it is over: nothing to do, and nobody did anything wrong.
    await expect(test.client.call('runs.answerNow', { runId: run!.id, on: true })).resolves.toEqual({});
  });

  it('keeps the settings it was made with', async () => {
    const over = test.next('run.ended');
    const { conversation } = await test.client.call('conversations.create', {});
    const recurrence = { steps: 8, exit: { kind: 'cosine' as const, threshold: 0.002 }, warmStart: true };
    await test.client.call('messages.send', { conversationId: conversation.id, text: '!tokens 2', recurrence });
    expect((await over).run).toMatchObject({ recurrence: { ...recurrence, exit: { kind: 'cosine', threshold: 0.002, minSteps: 1, checkEvery: 1, inPrefill: false } }, cache: { kvBudget: 128, kvType: 'f16' } });
  });

  it('is stopped on request and keeps what it has', async () => {
    const first = test.next('run.tokens');
    const over = test.next('run.ended');
    const { conversation } = await test.client.call('conversations.create', {});
    const { run } = await test.client.call('messages.send', { conversationId: conversation.id, text: '!tokens 5000', recurrence: { steps: 8 } });
    await first;
    await test.client.call('runs.stop', { runId: run!.id });
    expect(await over).toMatchObject({ reason: 'stopped', run: { state: 'stopped', errorCode: null } });
    expect((await texts(conversation.id))[1]![1]).not.toBe('');
  });

  it('can be answered again at another depth; the first answer stays as a sibling', async () => {
    const { conversationId, ended } = await test.ask('!tokens 3');
    const over = test.next('run.ended');
    const again = await test.client.call('messages.retry', { replyId: ended.replyId, recurrence: { steps: 64 } });
    await over;
    const { messages, leafId } = await test.client.call('conversations.open', { id: conversationId });
    expect(messages.map(({ role, parentId, run }) => ({ role, parentId, steps: run?.recurrence.steps }))).toEqual([
      { role: 'user', parentId: null, steps: undefined },
      { role: 'assistant', parentId: messages[0]!.id, steps: 8 },
      { role: 'assistant', parentId: messages[0]!.id, steps: 64 },
    ]);
    expect(leafId).toBe(again.reply.id);
  });

  it('follows the branch that is shown', async () => {
    const { conversationId, ended } = await test.ask('one !tokens 2');
    await test.ask('two !tokens 2', conversationId);
    await test.client.call('conversations.select', { id: conversationId, leafId: ended.replyId });
    await test.ask('three !tokens 2', conversationId);
    const { messages } = await test.client.call('conversations.open', { id: conversationId });
    expect(messages.filter(({ role }) => role === 'user').map(({ parentId }) => parentId)).toEqual([null, ended.replyId, ended.replyId]);
  });

  it('refines the measured speed of the model', async () => {
    const refined = test.next('engine.state', (state) => state.kind === 'ready');
    await test.ask('!tokens 4');
    expect(await refined).toMatchObject({ kind: 'ready', loaded: { speed: { stepMs: 0.5 } } });
  });
});

describe('a message is refused', () => {
  it('while another answer is made, with nothing written', async () => {
    const over = test.next('run.ended');
    const { conversation } = await test.client.call('conversations.create', {});
    const order = { conversationId: conversation.id, text: '!tokens 20', recurrence: { steps: 8 } };
    const both = await Promise.allSettled([test.client.call('messages.send', order), test.client.call('messages.send', order)]);
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect((both[1] as PromiseRejectedResult).reason).toMatchObject({ code: 'engine_busy' });
    await over;
    expect(await texts(conversation.id)).toHaveLength(2);
  });

  it('when it does not fit, before anything is written; the forecast said so', async () => {
    const { conversation } = await test.client.call('conversations.create', {});
    const text = 'word '.repeat(4090);
    expect(await test.client.call('messages.forecast', { conversationId: conversation.id, text })).toEqual({ promptTokens: 4098, contextSize: 4096, fits: false });
    await expect(test.client.call('messages.send', { conversationId: conversation.id, text, recurrence: { steps: 8 } })).rejects.toMatchObject({ code: 'context_full' });
    expect(await texts(conversation.id)).toEqual([]);
    expect((await test.ask('short !tokens 2', conversation.id)).ended.reason).toBe('end');
  });

  it.each([
    ['a conversation that does not exist', { conversationId: 999, text: 'x' }, 'not_found'],
    ['a parent that does not exist', { conversationId: 1, text: 'x', parentId: 999 }, 'not_found'],
    ['no text', { conversationId: 1, text: '' }, 'bad_request'],
    ['more steps than the engine knows', { conversationId: 1, text: 'x', recurrence: { steps: 129 } }, 'bad_request'],
  ])('for %s', async (_what, params, code) => {
    await test.client.call('conversations.create', {});
    await expect(test.client.call('messages.send', { recurrence: { steps: 8 }, ...params })).rejects.toMatchObject({ code });
  });

  it('under a user message', async () => {
    const { conversationId } = await test.ask('!tokens 2');
    const { messages } = await test.client.call('conversations.open', { id: conversationId });
    await expect(test.client.call('messages.send', { conversationId, text: 'x', parentId: messages[0]!.id, recurrence: { steps: 8 } })).rejects.toMatchObject({ code: 'bad_request' });
  });
});

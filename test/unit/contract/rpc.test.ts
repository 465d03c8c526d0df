// Proves what crosses a pipe: parsed once, refused with a code, and never lost in silence.
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AppError } from '../../../core/contract/errors.js';
import { createClient, defineApi, serve, type Handlers } from '../../../core/contract/rpc.js';
import { memoryPipes } from '../../fakes/memory-pipe.js';

const table = defineApi({
  operations: {
    double: { params: z.object({ n: z.number().default(21) }), result: z.object({ n: z.number() }) },
    fail: { params: z.object({}), result: z.object({}) },
    hang: { params: z.object({}), result: z.object({}) },
  },
  events: { tick: z.object({ n: z.number() }) },
});
const handlers: Handlers<typeof table> = {
  double: ({ n }) => ({ n: n * 2 }),
  fail: () => {
    throw new AppError('no_model', 'Choose a model first.', 'detail');
  },
  hang: () => new Promise(() => {}),
};

function connect(options: { distrust?: boolean } = {}) {
  const [near, far] = memoryPipes();
  const served = serve(far, table, handlers);
  return { near, far, served, client: createClient(near, table, options) };
}

async function rejection(promise: Promise<unknown>): Promise<AppError> {
  const thrown: unknown = await promise.then(() => null, (error: unknown) => error);
  if (!(thrown instanceof AppError)) throw new Error(`expected an AppError, got ${String(thrown)}`);
  return thrown;
}

describe('a call', () => {
  it('answers with the handler’s value, defaults filled in', async () => {
    expect(await connect().client.call('double', {})).toEqual({ n: 42 });
  });

  it('carries code, sentence and detail of a failure', async () => {
    const error = await rejection(connect().client.call('fail', {}));
    expect([error.code, error.message, error.detail]).toEqual(['no_model', 'Choose a model first.', 'detail']);
  });

  it('is refused when its parameters are not in form, before the handler runs', async () => {
    const error = await rejection(connect().client.call('double', { n: 'two' } as never));
    expect([error.code, error.detail?.startsWith('double: ')]).toEqual(['bad_request', true]);
  });

  it.each(['constructor', 'toString', '__proto__', 'nothing'])('to the unknown operation %s is refused', async (op) => {
    expect((await rejection(connect().client.call(op as never, {} as never))).code).toBe('bad_request');
  });

  it('that is waiting fails with `disconnected` when the pipe closes, and so do later ones', async () => {
    const { client, far } = connect();
    const waiting = rejection(client.call('hang', {}));
    far.close();
    expect((await waiting).code).toBe('disconnected');
    expect((await rejection(client.call('double', {}))).code).toBe('disconnected');
  });

  it('survives garbage on the wire', async () => {
    const { near, client } = connect();
    for (const garbage of [null, 7, 'text', [], { kind: 'call' }, { kind: 'call', id: 'x', op: 1 }]) near.send(garbage);
    expect(await client.call('double', { n: 1 })).toEqual({ n: 2 });
  });
});

describe('a call that cannot be read', () => {
  it('is refused under its id, so that nobody waits for it, and briefly however wrong it is', async () => {
    const { near } = connect();
    const answer = new Promise<unknown>((done) => void near.onMessage(done));
    near.send({ kind: 'call', id: 7, op: 1 });
    expect(await answer).toMatchObject({ kind: 'error', id: 7, error: { code: 'bad_request' } });
    const [left, right] = memoryPipes();
    serve(right, defineApi({ operations: { list: { params: z.object({ all: z.array(z.number()) }), result: z.object({}) } }, events: {} }), { list: () => ({}) });
    const second = new Promise<{ error: { detail: string } }>((done) => void left.onMessage((message) => done(message as never)));
    left.send({ kind: 'call', id: 8, op: 'list', params: { all: Array.from({ length: 5000 }, () => 'x') } });
    expect((await second).error.detail.length).toBeLessThanOrEqual(400);
    const name = defineApi({ operations: { name: { params: z.object({ of: z.string().min(1) }), result: z.object({}) } }, events: {} });
    const [here, there] = memoryPipes();
    serve(there, name, { name: () => ({}) });
    // zod compares this "length" with a number, which throws.
    expect((await rejection(createClient(here, name).call('name', { of: { length: { toString: [] } } } as never))).code).toBe('bad_request');
  });
});

describe('an event', () => {
  it('reaches a listener until the subscription is undone', async () => {
    const { client, served } = connect();
    const seen: number[] = [];
    const undo = client.on('tick', ({ n }) => seen.push(n));
    served.emit('tick', { n: 1 });
    await client.call('double', {});
    undo();
    served.emit('tick', { n: 2 });
    await client.call('double', {});
    expect(seen).toEqual([1]);
  });
});

describe('a distrusting client', () => {
  it('closes the pipe on a result that is not in form', async () => {
    const [near, far] = memoryPipes();
    const client = createClient(near, table, { distrust: true });
    far.onMessage((message) => far.send({ kind: 'result', id: (message as { id: number }).id, value: { n: 'lie' } }));
    expect((await rejection(client.call('double', {}))).code).toBe('engine_protocol');
    expect((await rejection(client.call('double', {}))).code).toBe('disconnected');
  });

  it.each([{ kind: 'event', name: 'tick', body: { n: 'lie' } }, { kind: 'event', name: 'constructor', body: {} }, { kind: 'nonsense' }, 'text'])('closes the pipe on %j', async (lie) => {
    const [near, far] = memoryPipes();
    const client = createClient(near, table, { distrust: true });
    far.send(lie);
    expect((await rejection(client.call('hang', {}))).code).toBe('disconnected');
  });
});

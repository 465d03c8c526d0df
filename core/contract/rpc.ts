// Owns calls over a pipe: tables of operations, frames, the client, the server, and the only validation of what comes in.
import { z } from 'zod';
import { AppError, fromErrorBody, toErrorBody, type ErrorBody } from './errors.js';

/** A duplex channel of structured-cloneable messages. Every subscription returns its own undo. */
export interface Pipe {
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): () => void;
  onClose(listener: (reason: string) => void): () => void;
  close(): void;
}

export interface Operation {
  params: z.ZodType;
  result: z.ZodType;
}
export interface Api {
  operations: Record<string, Operation>;
  events: Record<string, z.ZodType>;
}

export type OperationName<A extends Api> = keyof A['operations'] & string;
export type EventName<A extends Api> = keyof A['events'] & string;
/** What a caller passes: fields with a default may be left out. */
export type ParamsIn<A extends Api, K extends OperationName<A>> = z.input<A['operations'][K]['params']>;
/** What a handler receives: parsed, defaults filled in. */
export type Params<A extends Api, K extends OperationName<A>> = z.output<A['operations'][K]['params']>;
export type Result<A extends Api, K extends OperationName<A>> = z.output<A['operations'][K]['result']>;
export type EventBody<A extends Api, K extends EventName<A>> = z.output<A['events'][K]>;
export type Handlers<A extends Api> = {
  [K in OperationName<A>]: (params: Params<A, K>) => Promise<Result<A, K>> | Result<A, K>;
};

/** Keeps the literal types of a table. */
export function defineApi<const A extends Api>(api: A): A {
  return api;
}

const frameSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('call'), id: z.number().int(), op: z.string(), params: z.unknown() }),
  z.object({ kind: z.literal('result'), id: z.number().int(), value: z.unknown() }),
  z.object({ kind: z.literal('error'), id: z.number().int(), error: z.custom<ErrorBody>((v) => typeof v === 'object' && v !== null && 'code' in v) }),
  z.object({ kind: z.literal('event'), name: z.string(), body: z.unknown() }),
]);

const callIdSchema = z.object({ kind: z.literal('call'), id: z.number().int() });

/** A request with thousands of faults is not answered with thousands of lines. */
const longestDetail = 400;

export interface Client<A extends Api> {
  /** Rejects with an AppError: the callee's, or `disconnected` when the pipe closes first. */
  call<K extends OperationName<A>>(op: K, params: ParamsIn<A, K>): Promise<Result<A, K>>;
  on<K extends EventName<A>>(name: K, listener: (body: EventBody<A, K>) => void): () => void;
  onClose(listener: (reason: string) => void): () => void;
  close(): void;
}

/**
 * The calling side of a pipe.
 * With `distrust`, results and events are parsed too and an invalid one closes the pipe (`engine_protocol`): for a peer that may lie.
 */
export function createClient<A extends Api>(pipe: Pipe, api: A, options: { distrust?: boolean } = {}): Client<A> {
  const waiting = new Map<number, { op: string; resolve: (value: never) => void; reject: (error: AppError) => void }>();
  const listeners = new Map<string, Set<(body: never) => void>>();
  let nextId = 1;
  let closedBecause: string | null = null;

  const fail = (why: string): void => {
    closedBecause ??= why;
    for (const call of waiting.values()) call.reject(new AppError('disconnected', 'The connection was lost.', why));
    waiting.clear();
  };
  const breach = (what: string): void => {
    fail(`protocol: ${what}`);
    pipe.close();
  };

  pipe.onClose(fail);
  pipe.onMessage((message) => {
    const frame = frameSchema.safeParse(message);
    if (!frame.success) return options.distrust ? breach('unreadable frame') : undefined;
    if (frame.data.kind === 'event') {
      let body = frame.data.body;
      if (options.distrust) {
        const schema = Object.hasOwn(api.events, frame.data.name) ? api.events[frame.data.name] : undefined;
        const parsed = schema?.safeParse(body);
        if (!parsed?.success) return breach(`event ${frame.data.name.slice(0, 40)}`);
        body = parsed.data;
      }
      for (const listener of listeners.get(frame.data.name) ?? []) listener(body as never);
      return;
    }
    if (frame.data.kind === 'call') return options.distrust ? breach('a call from the callee') : undefined;
    const call = waiting.get(frame.data.id);
    if (!call) return;
    waiting.delete(frame.data.id);
    if (frame.data.kind === 'error') return call.reject(fromErrorBody(frame.data.error));
    if (!options.distrust) return call.resolve(frame.data.value as never);
    const parsed = api.operations[call.op]!.result.safeParse(frame.data.value);
    if (parsed.success) return call.resolve(parsed.data as never);
    call.reject(new AppError('engine_protocol', 'The engine sent something unexpected.', call.op));
    breach(`result of ${call.op}`);
  });

  return {
    call(op, params) {
      if (closedBecause !== null) return Promise.reject(new AppError('disconnected', 'The connection was lost.', closedBecause));
      const id = nextId++;
      return new Promise((resolve, reject) => {
        waiting.set(id, { op, resolve, reject });
        pipe.send({ kind: 'call', id, op, params });
      });
    },
    on(name, listener) {
      const set = listeners.get(name) ?? new Set();
      listeners.set(name, set.add(listener as (body: never) => void));
      return () => void set.delete(listener as (body: never) => void);
    },
    onClose: (listener) => pipe.onClose(listener),
    close: () => pipe.close(),
  };
}

/**
 * The answering side of a pipe: known operation, then parse, then call, then map the error, in this order.
 * Returns `emit` for events. Handlers receive parsed values and may trust them.
 */
export function serve<A extends Api>(pipe: Pipe, api: A, handlers: Handlers<A>): { emit<K extends EventName<A>>(name: K, body: EventBody<A, K>): void } {
  let open = true;
  const send = (message: unknown): void => {
    if (open) pipe.send(message);
  };
  pipe.onClose(() => {
    open = false;
  });
  pipe.onMessage((message) => {
    const frame = frameSchema.safeParse(message);
    if (!frame.success) {
      // A call that cannot be read is answered if it says what the answer should be called: nobody waits for ever.
      const id = callIdSchema.safeParse(message).data?.id;
      if (id !== undefined) send({ kind: 'error', id, error: toErrorBody(new AppError('bad_request', 'The request was not in the expected form.', 'frame')) });
      return;
    }
    if (frame.data.kind !== 'call') return;
    const { id, op, params } = frame.data;
    void answer(api, handlers, op, params).then(
      (value) => send({ kind: 'result', id, value }),
      (error: unknown) => send({ kind: 'error', id, error: toErrorBody(error) }),
    );
  });
  return { emit: (name, body) => send({ kind: 'event', name, body }) };
}

async function answer<A extends Api>(api: A, handlers: Handlers<A>, op: string, params: unknown): Promise<unknown> {
  // hasOwn: a name such as "constructor" must not reach an inherited property.
  if (!Object.hasOwn(api.operations, op)) throw new AppError('bad_request', 'Plumb does not know this operation.', op.slice(0, 60));
  const parsed = parse(api.operations[op]!.params, params);
  if (!parsed.success) throw new AppError('bad_request', 'The request was not in the expected form.', `${op}: ${z.prettifyError(parsed.error)}`.slice(0, longestDetail));
  return await handlers[op as OperationName<A>](parsed.data as never);
}

/** A value can be so odd that the check itself fails: zod measures a "length" that cannot become a number. Odd is not in form. */
function parse(schema: z.ZodType, value: unknown): z.ZodSafeParseResult<unknown> {
  try {
    return schema.safeParse(value);
  } catch (thrown) {
    return { success: false, error: new z.ZodError([{ code: 'custom', path: [], message: thrown instanceof Error ? thrown.message : 'unreadable', input: undefined }]) };
  }
}

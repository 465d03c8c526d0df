// Owns the engine process that reads documents: started when it is needed, distrusted, started again when it died, ended when nothing needs it.
import type { EncoderPurpose, EncoderState, OpenEncoder } from '../../contract/encoding.js';
import type { EngineApi } from '../../contract/engine.js';
import { AppError, toErrorBody, type ErrorBody } from '../../contract/errors.js';
import type { EventBody } from '../../contract/rpc.js';
import { linkEngine, type EngineLink, type EngineProcess } from '../engine-link.js';
import { watchEngine } from '../engine-watch.js';
import type { Log } from '../log.js';

export interface EncoderClientDeps {
  startEngine(): EngineProcess | Promise<EngineProcess>;
  expectedForkId: string | null;
  log: Log;
  onRefused(refused: EventBody<EngineApi, 'refused'>): void;
  /** A model is loading, ready, or failed. */
  onChange(): void;
  times: EncoderTimes;
}

export interface EncoderTimes {
  helloTimeoutMs: number;
  silenceMs: number;
  stallMs: number;
  /** Without work for so long, the process is ended: it holds memory. */
  idleMs: number;
}

/** So many deaths within this time, and its models count as failed until they are chosen again. */
const mostDeaths = 3;
const deathWindowMs = 60_000;

interface Slot {
  path: string;
  kind: EncoderState['kind'];
  error: ErrorBody | null;
  opened: Promise<OpenEncoder> | null;
  info: OpenEncoder | null;
}

export type EncoderClient = ReturnType<typeof createEncoderClient>;

export function createEncoderClient(deps: EncoderClientDeps) {
  const slots = new Map<EncoderPurpose, Slot>();
  let linking: Promise<EngineLink> | null = null;
  let link: EngineLink | null = null;
  let deaths: number[] = [];
  let working = 0;
  let opening = 0;
  let background = 0;
  let idleTimer: NodeJS.Timeout | null = null;
  let closed = false;

  function set(slot: Slot, change: Partial<Slot>): void {
    Object.assign(slot, change);
    if (!closed) deps.onChange();
  }

  async function connect(): Promise<EngineLink> {
    if (deps.expectedForkId === null) throw new AppError('engine_not_built', 'The engine has not been built yet.', 'run npm run native:build');
    const fresh = await linkEngine(await deps.startEngine(), deps.expectedForkId, deps.times.helloTimeoutMs);
    if (closed || slots.size === 0) {
      fresh.kill();
      throw new AppError('no_model', 'No model for documents is switched on.');
    }
    link = fresh;
    const { silenceMs, stallMs } = deps.times;
    const watch = watchEngine({ silenceMs, stallMs: () => (opening > 0 ? 10 * stallMs : working > 0 ? stallMs : null), hung: (why) => fresh.hang(why) });
    fresh.client.on('alive', ({ progress }) => watch.alive(progress));
    fresh.client.on('refused', deps.onRefused);
    void fresh.lost.then((error) => {
      watch.close();
      if (link === fresh) died(error);
    });
    return fresh;
  }

  function died(error: AppError): void {
    deps.log.warn('engine for documents lost', { code: error.code, detail: error.detail });
    link = null;
    linking = null;
    const nowMs = performance.now();
    deaths = [...deaths.filter((at) => nowMs - at < deathWindowMs), nowMs];
    for (const slot of slots.values()) {
      if (slot.kind === 'failed') continue;
      const again = deaths.length < mostDeaths;
      set(slot, { opened: null, info: null, ...(again ? { kind: 'waiting' } : { kind: 'failed', error: toErrorBody(error) }) });
    }
  }

  /** Ends the process on purpose. */
  function discard(): void {
    const old = link;
    link = null;
    linking = null;
    old?.kill();
    for (const slot of slots.values()) if (slot.kind !== 'failed') set(slot, { kind: 'waiting', opened: null, info: null });
  }

  function rest(): void {
    if (idleTimer) clearTimeout(idleTimer);
    idleTimer = setTimeout(() => working === 0 && link !== null && discard(), deps.times.idleMs).unref();
  }

  const isDisconnect = (thrown: unknown): boolean => thrown instanceof AppError && thrown.code === 'disconnected';

  function fail(slot: Slot, thrown: unknown): never {
    // When the process died, `died` has the word.
    if (!isDisconnect(thrown)) set(slot, { kind: 'failed', error: toErrorBody(thrown), opened: null, info: null });
    throw thrown;
  }

  /** Errors: no_model (none is wanted), why it failed, disconnected (the process died: worth another try). */
  async function opened(purpose: EncoderPurpose): Promise<{ link: EngineLink; slot: Slot; info: OpenEncoder }> {
    const slot = slots.get(purpose);
    if (!slot) throw new AppError('no_model', 'No model for this is switched on.');
    if (slot.error) throw new AppError(slot.error.code, slot.error.message, slot.error.detail);
    if (slot.opened === null) {
      set(slot, { kind: 'loading' });
      opening += 1;
      slot.opened = (async () => {
        linking ??= connect();
        const current = await linking.catch((thrown: unknown) => {
          linking = null;
          throw thrown;
        });
        return current.client.call('openEncoder', { path: slot.path, purpose });
      })().finally(() => void (opening -= 1));
    }
    const info = await slot.opened.catch((thrown: unknown) => (slots.get(purpose) === slot ? fail(slot, thrown) : Promise.reject(thrown)));
    if (slots.get(purpose) !== slot || link === null) throw new AppError('disconnected', 'The engine for documents was ended.');
    if (slot.kind !== 'ready') set(slot, { kind: 'ready', info });
    return { link, slot, info };
  }

  async function work<T>(purpose: EncoderPurpose, call: (open: { link: EngineLink; info: OpenEncoder }) => Promise<T>): Promise<T> {
    working += 1;
    try {
      const open = await opened(purpose);
      return await call(open).catch((thrown: unknown) => fail(open.slot, thrown));
    } finally {
      working -= 1;
      rest();
    }
  }

  return {
    /** Which file is wanted for a purpose; null: none. Whatever failed before is forgotten. */
    want(purpose: EncoderPurpose, path: string | null): void {
      const before = slots.get(purpose);
      if (path === null) slots.delete(purpose);
      else slots.set(purpose, { path, kind: 'waiting', error: null, opened: null, info: null });
      deaths = [];
      if (slots.size === 0) discard();
      else if (before && path === null) void link?.client.call('closeEncoder', { purpose }).catch((error: unknown) => deps.log.info('encoder not closed', toErrorBody(error)));
    },
    /** Loads it, if it is not; the outcome is a state. */
    async prepare(purpose: EncoderPurpose): Promise<void> {
      await work(purpose, () => Promise.resolve()).catch((error: unknown) => deps.log.warn('model for documents not loaded', toErrorBody(error)));
    },
    state: (purpose: EncoderPurpose): Pick<Slot, 'kind' | 'error' | 'info'> | null => slots.get(purpose) ?? null,
    /** Vectors of the first texts, of all unless `stop` came. In the background it gives way to what is `urgent`. */
    embed: (texts: readonly string[], urgent: boolean): Promise<Float32Array[]> =>
      work('embedder', async ({ link: current, info }) => {
        if (urgent && background > 0) void current.client.call('stopEncoding', {}).catch(() => undefined);
        if (!urgent) background += 1;
        try {
          const { dimensions, vectors } = await current.client.call('embed', { texts: [...texts] });
          if (dimensions !== info.dimensions || vectors.length % dimensions !== 0 || vectors.length > texts.length * dimensions) {
            current.breach('vectors of another size');
            throw new AppError('disconnected', 'The engine for documents was ended.');
          }
          return Array.from({ length: vectors.length / dimensions }, (_, row) => vectors.slice(row * dimensions, (row + 1) * dimensions));
        } finally {
          if (!urgent) background -= 1;
        }
      }),
    rank: (query: string, texts: readonly string[]): Promise<number[]> =>
      work('reranker', async ({ link: current }) => {
        if (background > 0) void current.client.call('stopEncoding', {}).catch(() => undefined);
        return (await current.client.call('rank', { query, texts: [...texts] })).scores;
      }),
    /** Whatever is being read ends with what it has. */
    stop: (): void => void link?.client.call('stopEncoding', {}).catch(() => undefined),
    close(): void {
      closed = true;
      if (idleTimer) clearTimeout(idleTimer);
      slots.clear();
      discard();
    },
  };
}

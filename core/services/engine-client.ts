// Owns the engine's life as the app sees it: start, load, crash, one restart, and the state that windows are shown.
import type { CacheSettings } from '../contract/compute.js';
import type { ChatMessage, EngineApi } from '../contract/engine.js';
import { AppError, toErrorBody } from '../contract/errors.js';
import type { EngineState, LoadedModel } from '../contract/models.js';
import type { EventBody, Params, ParamsIn } from '../contract/rpc.js';
import { linkEngine, rejectAfter, type EngineLink, type EngineProcess } from './engine-link.js';
import type { Log } from './log.js';

export interface EngineDeps {
  startEngine(): EngineProcess | Promise<EngineProcess>;
  expectedForkId: string | null;
  log: Log;
  now(): number;
  onState(state: EngineState): void;
  helloTimeoutMs: number;
}

/** Whoever makes runs hears about them here. `lost`: the engine is gone; nothing more will come for a run. */
export interface RunListener {
  tokens(event: EventBody<EngineApi, 'tokens'>): void;
  step(event: EventBody<EngineApi, 'step'>): void;
  ended(event: EventBody<EngineApi, 'ended'>): void;
  lost(error: AppError): void;
}

export interface ModelTarget {
  id: string;
  path: string;
  cache: CacheSettings;
}

/** A second crash within this time leaves the engine down. */
const crashWindowMs = 60_000;
const askTimeoutMs = 15_000;

export type EngineClient = ReturnType<typeof createEngineClient>;

export function createEngineClient(deps: EngineDeps) {
  const { log, now } = deps;
  let state: EngineState = { kind: 'starting' };
  let link: EngineLink | null = null;
  let wanted: ModelTarget | null = null;
  const listeners = new Set<RunListener>();
  let lastCrashMs = -Infinity;
  let closed = false;
  /** Counts intentions: a slow answer to an older one is ignored. */
  let turn = 0;

  function show(next: EngineState): void {
    state = next;
    deps.onState(next);
  }

  /** Ends the current process on purpose: what it leaves behind is not a crash. */
  function discard(): void {
    const old = link;
    link = null;
    old?.kill();
  }

  async function connect(mine: number): Promise<EngineLink | null> {
    if (link) return link;
    show({ kind: 'starting' });
    let fresh: EngineLink;
    try {
      if (deps.expectedForkId === null) throw new AppError('engine_not_built', 'The engine has not been built yet.', 'run npm run native:build');
      fresh = await linkEngine(await deps.startEngine(), deps.expectedForkId, deps.helloTimeoutMs);
    } catch (thrown) {
      if (mine === turn) down(thrown);
      return null;
    }
    if (mine !== turn) {
      fresh.kill();
      return null;
    }
    link = fresh;
    fresh.client.on('loadProgress', ({ progress }) => {
      // Per cent, not per tensor: a large model has hundreds of them.
      if (link === fresh && state.kind === 'loading' && progress - state.progress >= 0.01) show({ ...state, progress });
    });
    fresh.client.on('tokens', (event) => {
      if (link === fresh) for (const listener of listeners) listener.tokens(event);
    });
    fresh.client.on('step', (event) => {
      if (link === fresh) for (const listener of listeners) listener.step(event);
    });
    fresh.client.on('ended', (event) => {
      if (link !== fresh) return;
      if (event.speed && state.kind === 'ready') show({ ...state, loaded: { ...state.loaded, speed: event.speed } });
      for (const listener of listeners) listener.ended(event);
    });
    void fresh.lost.then((error) => link === fresh && crashed(error));
    return fresh;
  }

  function down(thrown: unknown): void {
    const error = toErrorBody(thrown);
    log.warn('engine down', { code: error.code, detail: error.detail });
    show({ kind: 'down', error });
  }

  function crashed(error: AppError): void {
    log.warn('engine lost', { code: error.code, detail: error.detail });
    link = null;
    const again = now() - lastCrashMs < crashWindowMs;
    lastCrashMs = now();
    const before = state;
    // The run is closed off first, so that what it had is on disk before anything else happens.
    for (const listener of listeners) listener.lost(error);
    if (closed) return;
    if (again) down(new AppError(error.code, 'The engine stopped twice within a minute and was not started again.', error.detail));
    // A model that takes the engine down while loading would do so again.
    else if (before.kind === 'loading') show({ kind: 'failed', modelId: before.modelId, error: toErrorBody(error) });
    else void bring(wanted);
  }

  /** Brings the engine to having `model` in memory, or none. The outcome is a state. */
  async function bring(model: ModelTarget | null): Promise<void> {
    const mine = ++turn;
    // A load cannot be called back; the process can.
    if (state.kind === 'loading') discard();
    wanted = model;
    const current = await connect(mine);
    if (current === null || mine !== turn) return;
    if (model === null) {
      if (state.kind === 'ready') await current.client.call('unload', {}).catch((error: unknown) => log.warn('unload failed', toErrorBody(error)));
      if (mine === turn && link === current) show({ kind: 'idle' });
      return;
    }
    show({ kind: 'loading', modelId: model.id, progress: 0 });
    try {
      const loaded: LoadedModel = await current.client.call('load', { path: model.path, ...model.cache });
      if (mine === turn && link === current) show({ kind: 'ready', modelId: model.id, loaded });
    } catch (thrown) {
      // When the process died, `crashed` has the word.
      if (mine === turn && link === current && !isDisconnect(thrown)) show({ kind: 'failed', modelId: model.id, error: toErrorBody(thrown) });
    }
  }

  /** The engine with a model in it. Errors say why there is none. */
  function ready(): { link: EngineLink; modelId: string; loaded: LoadedModel } {
    if (state.kind === 'ready' && link) return { link, modelId: state.modelId, loaded: state.loaded };
    if (state.kind === 'down') throw new AppError('engine_down', 'The engine is not running.', state.error.detail);
    if (state.kind === 'loading' || state.kind === 'starting') throw new AppError('no_model', 'The model is still being loaded.');
    throw new AppError('no_model', 'No model is open.');
  }

  return {
    state: () => state,
    ready,
    bring,
    /** For the life of the client. Each listener knows its own runs. */
    listen: (listener: RunListener) => void listeners.add(listener),
    /** Kills a process that no longer listens, or that lied, and loads the model again. */
    recycle: () => {
      discard();
      return bring(wanted);
    },
    breach: (what: string) => link?.breach(what),
    restart() {
      lastCrashMs = -Infinity;
      discard();
      return bring(wanted);
    },
    generate: (params: Params<EngineApi, 'generate'>) => ready().link.client.call('generate', params),
    setSteps: (runId: number, steps: number) => ready().link.client.call('setSteps', { runId, steps }),
    answerNow: (runId: number, on: boolean) => ready().link.client.call('answerNow', { runId, on }),
    calibrate: (params: Params<EngineApi, 'calibrate'>) => ready().link.client.call('calibrate', params),
    stop: (runId: number) => ready().link.client.call('stop', { runId }),
    /** Works without a loaded model; not without an engine. */
    estimate(params: ParamsIn<EngineApi, 'estimate'>) {
      if (!link) throw new AppError('engine_down', 'The engine is not running.');
      return Promise.race([link.client.call('estimate', params), rejectAfter(askTimeoutMs, new AppError('engine_timeout', 'The engine does not answer.', 'estimate'))]);
    },
    countTokens: (messages: ChatMessage[]) =>
      Promise.race([
        ready().link.client.call('countTokens', { messages }),
        rejectAfter(askTimeoutMs, new AppError('engine_timeout', 'The engine does not answer.', 'countTokens')),
      ]),
    close() {
      closed = true;
      turn++;
      discard();
    },
  };
}

const isDisconnect = (thrown: unknown): boolean => thrown instanceof AppError && thrown.code === 'disconnected';

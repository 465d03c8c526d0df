// Owns the engine's life as the app sees it: start, load, crash, one restart, and the state that windows are shown.
import type { CacheSettings } from '../contract/compute.js';
import type { ChatMessage, EngineApi } from '../contract/engine.js';
import { AppError, toErrorBody, type ErrorCode } from '../contract/errors.js';
import type { EngineState, LoadedModel } from '../contract/models.js';
import { tokenMs } from '../contract/recurrence.js';
import type { EventBody, Params, ParamsIn } from '../contract/rpc.js';
import { linkEngine, rejectAfter, type EngineLink, type EngineProcess } from './engine-link.js';
import { stallLimitMs, watchEngine } from './engine-watch.js';
import type { Log } from './log.js';

export interface EngineDeps {
  startEngine(): EngineProcess | Promise<EngineProcess>;
  expectedForkId: string | null;
  log: Log;
  now(): number;
  onState(state: EngineState): void;
  /** The engine's network lock refused something. */
  onRefused(refused: EventBody<EngineApi, 'refused'>): void;
  helloTimeoutMs: number;
  /** How long an engine may be silent, and how long it may get nowhere. */
  silenceMs: number;
  stallMs: number;
  /** The graphics card failed with a model, which is loaded again without it. */
  onGpuFailed(error: AppError): void;
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
  gpu: 'auto' | 'off';
  /** Load it although it is not expected to fit. */
  anyway: boolean;
  /** Memory that is left free for models which read documents. */
  reservedBytes?: number;
}

/** A second crash within this time leaves the engine down. */
const crashWindowMs = 60_000;
const askTimeoutMs = 15_000;
/** A load that failed for one of these would fail on any processor. */
const causesInTheFile = new Set<ErrorCode>(['no_model', 'model_missing', 'model_corrupt', 'model_unsupported', 'model_without_vocabulary', 'model_not_for_chat', 'gguf_invalid', 'gguf_truncated', 'kv_type_unsupported', 'chat_template_invalid']);

export type EngineClient = ReturnType<typeof createEngineClient>;

export function createEngineClient(deps: EngineDeps) {
  const { log, now } = deps;
  let state: EngineState = { kind: 'starting' };
  let link: EngineLink | null = null;
  let wanted: ModelTarget | null = null;
  const listeners = new Set<RunListener>();
  let lastCrashMs = -Infinity;
  let closed = false;
  /** Depth of the run being made; null: none. */
  let working: number | null = null;
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
    working = null;
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
    const watch = watchEngine({ silenceMs: deps.silenceMs, stallMs: stallLimit, hung: (why) => fresh.hang(why) });
    fresh.client.on('alive', ({ progress }) => watch.alive(progress));
    fresh.client.on('loadProgress', ({ progress }) => {
      watch.progressed();
      // Per cent, not per tensor: a large model has hundreds of them.
      if (link === fresh && state.kind === 'loading' && progress - state.progress >= 0.01) show({ ...state, progress });
    });
    fresh.client.on('refused', deps.onRefused);
    fresh.client.on('tokens', (event) => {
      watch.progressed();
      if (link === fresh) for (const listener of listeners) listener.tokens(event);
    });
    fresh.client.on('step', (event) => {
      watch.progressed();
      if (link === fresh) for (const listener of listeners) listener.step(event);
    });
    fresh.client.on('ended', (event) => {
      if (link !== fresh) return;
      working = null;
      if (event.speed && state.kind === 'ready') show({ ...state, loaded: { ...state.loaded, speed: event.speed } });
      for (const listener of listeners) listener.ended(event);
    });
    void fresh.lost.then((error) => {
      watch.close();
      if (link === fresh) crashed(error, fresh.gpu);
    });
    return fresh;
  }

  /** How long the engine may get nowhere with what it is doing now. */
  function stallLimit(): number | null {
    if (state.kind === 'loading') return 10 * deps.stallMs;
    if (working === null || state.kind !== 'ready') return null;
    const { speed } = state.loaded;
    return stallLimitMs(deps.stallMs, speed && tokenMs(speed, working));
  }

  /** Loads the wanted model without the graphics card, if that is what may have failed. */
  function goesOnWithoutGpu(error: AppError, gpu: string | null): boolean {
    if (gpu === null || wanted?.gpu !== 'auto') return false;
    log.warn('graphics card failed', { gpu, code: error.code, detail: error.detail });
    wanted = { ...wanted, gpu: 'off' };
    deps.onGpuFailed(error);
    void bring(wanted);
    return true;
  }

  function down(thrown: unknown): void {
    const error = toErrorBody(thrown);
    log.warn('engine down', { code: error.code, detail: error.detail });
    show({ kind: 'down', error });
  }

  function crashed(error: AppError, gpu: string | null): void {
    log.warn('engine lost', { code: error.code, detail: error.detail });
    link = null;
    const wasWorking = working !== null;
    working = null;
    const again = now() - lastCrashMs < crashWindowMs;
    lastCrashMs = now();
    const before = state;
    // The run is closed off first, so that what it had is on disk before anything else happens.
    for (const listener of listeners) listener.lost(error);
    if (closed) return;
    // Only what the card had a part in: between two answers it has nothing to do.
    if ((before.kind === 'loading' || (wasWorking && before.kind === 'ready' && before.loaded.gpu !== null)) && goesOnWithoutGpu(error, gpu)) return;
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
      const loaded: LoadedModel = await current.client.call('load', { path: model.path, ...model.cache, gpu: model.gpu, anyway: model.anyway, reservedBytes: model.reservedBytes ?? 0 });
      if (mine === turn && link === current) show({ kind: 'ready', modelId: model.id, loaded });
    } catch (thrown) {
      // When the process died, `crashed` has the word.
      if (mine !== turn || link !== current || isDisconnect(thrown)) return;
      const error = thrown instanceof AppError ? thrown : new AppError('internal', 'The model could not be loaded.');
      if (!causesInTheFile.has(error.code) && goesOnWithoutGpu(error, current.gpu)) return;
      show({ kind: 'failed', modelId: model.id, error: toErrorBody(thrown) });
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
    generate: async (params: Params<EngineApi, 'generate'>) => {
      const { client } = ready().link;
      working = params.recurrence.steps;
      await client.call('generate', params).catch((thrown: unknown) => {
        working = null;
        throw thrown;
      });
    },
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

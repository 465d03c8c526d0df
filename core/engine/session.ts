// Owns the model in memory: load, unload, what it costs, and who may use it now.
import { AppError } from '../contract/errors.js';
import type { EngineApi } from '../contract/engine.js';
import type { LoadedModel } from '../contract/models.js';
import { recurrenceSettingsSchema, type Speed } from '../contract/recurrence.js';
import type { Params } from '../contract/rpc.js';
import { availableBytes, chooseContextSize, kvBytesPerToken, kvSlots, requireRoom } from './memory.js';
import { contextError, loadError, readModelFile, type ModelFile } from './model-file.js';
import type { Native, NativeContext, NativeModel } from './native-types.js';
import { createChatPrompt, type ChatPrompt } from './prompt.js';
import { createSequence, type Sequence } from './sequence.js';
import { calibrate, calibrationSteps, type SpeedPoint } from './speed.js';
import { chooseThreads, hasChanged, threadCandidates } from './threads.js';
import { createVocabulary, type Vocabulary } from './vocabulary.js';

type Load = Params<EngineApi, 'load'>;

/** A model with its vocabulary and template; enough to read and write text. */
export interface Readable {
  info: LoadedModel;
  model: NativeModel;
  vocabulary: Vocabulary;
  chat: ChatPrompt;
}
/** With weights and a context; enough to answer. */
export interface Loaded extends Readable {
  context: NativeContext;
  sequence: Sequence;
  /** Prompt tokens of one decode. */
  batchSize: number;
  /** Before a depth is used for the first time: its slots must fit. Errors: out_of_memory. */
  reserveSteps(steps: number): void;
  /** After a run: how long its tokens took. */
  noteTokens(tokens: readonly SpeedPoint[]): void;
  /** Before a run: chooses the number of threads again if the last run was faster or slower than when they were chosen. */
  retune(): Promise<void>;
}

/** Prompt tokens read at once; more takes more memory and is hardly faster on a CPU. */
const largestBatch = 512;

/**
 * Below this size the number of threads is measured, one if nothing is: a step is over before a second thread has woken up, and on a
 * busy machine threads that wait for each other are slower by far (3.7 million parameters, 32 steps, two busy cores: 22 ms a token
 * alone, 531 ms with two). Larger models get all cores. A small file is also read rather than mapped.
 */
const smallModelBytes = 64e6;

export class Session {
  readonly #native: () => Promise<Native>;
  readonly #onProgress: (progress: number) => void;
  #readable: Readable | null = null;
  #loaded: Loaded | null = null;
  #loading: AbortController | null = null;

  constructor(native: () => Promise<Native>, onProgress: (progress: number) => void) {
    this.#native = native;
    this.#onProgress = onProgress;
  }

  /** Errors: no_model. */
  get readable(): Readable {
    return this.#readable ?? noModel();
  }
  /** Errors: no_model, also for a file without weights. */
  get loaded(): Loaded {
    return this.#loaded ?? noModel();
  }

  /** Memory of the model and its context; 0 without one. */
  get takenBytes(): number {
    return this.#readable?.info.memoryBytes ?? 0;
  }

  /** A number that changes with every step of a recurrent model. */
  get progress(): number {
    if (!this.#loaded?.info.recurrence) return 0;
    const { decode, deltas } = this.#loaded.context.progress();
    return decode * 1000 + deltas.length;
  }

  /** Ends a load in progress; its caller gets `no_model`. */
  abortLoad(): void {
    this.#loading?.abort();
  }

  /** Frees the model and its context. */
  async unload(): Promise<void> {
    const readable = this.#readable;
    const loaded = this.#loaded;
    this.#readable = null;
    this.#loaded = null;
    await loaded?.context.dispose();
    await readable?.model.dispose();
  }

  /**
   * Loads a model in place of the one before, which is gone even if this fails.
   * Errors: model_missing, model_corrupt, model_unsupported, model_without_vocabulary, model_not_for_chat, out_of_memory, no_model (stopped).
   */
  async load(params: Load): Promise<LoadedModel> {
    const startedMs = performance.now();
    const abort = new AbortController();
    this.#loading = abort;
    let model: NativeModel | null = null;
    try {
      await this.unload();
      const native = await this.#native();
      const file = await readModelFile(params.path);
      if (abort.signal.aborted) throw loadStopped();
      // llama.cpp ends the whole process over some of these files instead of failing.
      if (file.vocabularySize === 0) throw new AppError('model_without_vocabulary', 'This file has no vocabulary, so it cannot read or write text.', file.architecture);
      if (file.purpose.purpose !== 'chat') throw new AppError('model_not_for_chat', 'This model reads texts and writes none: it cannot chat.', file.architecture);
      const perTokenAt = (steps: number): number => kvBytesPerToken(file.kvShape, kvSlots(file.kvShape, file.recurrence, steps, params.kvBudget), params.kvType);
      const perToken = perTokenAt(file.recurrence?.stepsDefault ?? 0);
      const contextSize = chooseContextSize({ ...params, modelContextLength: file.contextLength, kvBytesPerToken: perToken, weightBytes: file.sizeBytes, availableBytes: availableBytes() - params.reservedBytes });
      model = await this.#openModel(native, file, params, perToken * contextSize, abort.signal);
      const vocabulary = createVocabulary(model, file.vocabularySize, file.chatTemplate);
      const info: LoadedModel = {
        path: file.path,
        name: file.name,
        architecture: file.architecture,
        contextSize,
        recurrence: file.recurrence,
        loadMs: 0,
        memoryBytes: model.memoryBytes(),
        kvBytesPerToken: perToken,
        kvBudget: file.recurrence ? params.kvBudget || file.recurrence.stepsMax : 0,
        kvType: params.kvType,
        threads: params.threads || (file.sizeBytes < smallModelBytes ? 1 : native.mathCores),
        gpu: params.gpu === 'auto' ? native.gpu : null,
        speed: null,
      };
      const readable: Readable = { info, model, vocabulary, chat: createChatPrompt(vocabulary) };
      if (file.hasWeights) await this.#openContext(native, readable, params, file.sizeBytes, perTokenAt, abort.signal);
      if (abort.signal.aborted) throw loadStopped();
      this.#readable = readable;
      info.loadMs = performance.now() - startedMs;
      this.#onProgress(1);
      return info;
    } catch (error) {
      await this.#loaded?.context.dispose();
      this.#loaded = null;
      await model?.dispose();
      throw abort.signal.aborted ? loadStopped() : error;
    } finally {
      this.#loading = null;
    }
  }

  async #openModel(native: Native, file: ModelFile, params: Load, kvBytes: number, signal: AbortSignal): Promise<NativeModel> {
    await native.takeLog();
    const room = native.gpu === null || params.gpu === 'off' ? 0 : native.freeVideoBytes() / (file.sizeBytes + kvBytes);
    // All layers if weights and cache fit with a tenth to spare, else the part that does.
    const gpuLayers = room > 1.1 ? 9999 : Math.floor(file.kvShape.blocks * room * 0.9);
    const model = await native.loadModel(file.path, { vocabOnly: !file.hasWeights, gpuLayers, mapped: file.sizeBytes >= smallModelBytes, onProgress: this.#onProgress, signal });
    if (signal.aborted) {
      await model?.dispose();
      throw loadStopped();
    }
    if (!model) throw loadError(file.path, await native.takeLog());
    return model;
  }

  async #openContext(native: Native, readable: Readable, params: Load, sizeBytes: number, perTokenAt: (steps: number) => number, signal: AbortSignal): Promise<void> {
    const { info, model } = readable;
    const { mathCores } = native;
    const batchSize = Math.min(largestBatch, info.contextSize);
    const context = await model.createContext({ contextSize: info.contextSize, batchSize, threads: info.threads, kvBudget: info.kvBudget, kvLayout: params.kvLayout, kvType: params.kvType });
    if (!context) throw contextError(params.kvType, info.contextSize, await native.takeLog());
    const sequence = createSequence(context, info.recurrence !== null);
    const reserveSteps = (steps: number): void => {
      const taken = context.kvUse()?.touchedBytes;
      if (taken !== undefined && !params.anyway) requireRoom(Math.max(0, perTokenAt(steps) * info.contextSize - taken), availableBytes(), steps);
    };
    const token = Math.max(0, model.bos);
    const shallow = recurrenceSettingsSchema.parse({ steps: Math.min(4, info.recurrence?.stepsMax ?? 4) });
    /** What tokens cost when the threads were chosen; null: nothing was measured, so nothing is chosen again. */
    let tuned: Speed | null = null;
    let changed = false;
    const tune = async (): Promise<void> => {
      const threads = await chooseThreads(threadCandidates(mathCores), async (count, withinMs) => {
        context.setThreads(count);
        const timer = withinMs === null ? undefined : setTimeout(() => context.requestStop(true), withinMs);
        const outcome = await sequence.tryOut(token, shallow);
        clearTimeout(timer);
        context.requestStop(false);
        if (signal.aborted) throw loadStopped();
        return outcome !== 'stopped';
      });
      context.setThreads(threads);
      info.threads = context.threads;
    };
    this.#loaded = {
      ...readable, context, sequence, batchSize, reserveSteps,
      noteTokens: (tokens) => void (changed = tuned !== null && hasChanged(tuned, tokens)),
      async retune() {
        if (!changed) return;
        changed = false;
        await tune();
        tuned = info.speed;
      },
    };
    const kv = context.kvUse();
    // A recurrent model's cache grows with the depth used: counted as it is at the model's default depth.
    info.memoryBytes += context.memoryBytes() + (kv ? info.kvBytesPerToken * info.contextSize - kv.sizeBytes : 0);
    info.threads = context.threads;
    if (signal.aborted || !params.calibrate) return;
    const depths = info.recurrence ? calibrationSteps.map((steps) => Math.min(steps, info.recurrence!.stepsMax)) : [1, 1, 1];
    // A large model takes seconds for this; a stop must not wait for them.
    signal.addEventListener('abort', () => context.requestStop(true), { once: true });
    const tunable = params.threads === 0 && mathCores > 1 && sizeBytes < smallModelBytes;
    if (tunable) await tune();
    info.speed = await calibrate(async (steps) => {
      if (signal.aborted) throw loadStopped();
      await sequence.tryOut(token, recurrenceSettingsSchema.parse({ steps }));
    }, depths);
    if (tunable) tuned = info.speed;
  }
}

/** What the caller of a load hears that something later has overtaken. */
export function loadStopped(): AppError {
  return new AppError('no_model', 'Loading was stopped.');
}

function noModel(): never {
  throw new AppError('no_model', 'No model is loaded.');
}

// Owns, with addon-fork.ts and addon-shape.ts, every word of the fork's functions and of node-llama-cpp's private names; the rest of the engine sees native-types.ts.
//
// node-llama-cpp finds and loads the binary; its model and context classes are not used. They would hide what the engine needs:
// the abort status of a decode, the position of every token in the cache, and contexts whose memory their estimates do not know.
import { readFileSync } from 'node:fs';
import { getLlama, LlamaLogLevel, NoBinaryFoundError, type Llama } from 'node-llama-cpp';
import { AppError } from '../contract/errors.js';
import { sameOptions, toForkRecurrence, type ForkAddon } from './addon-fork.js';
import type { AddonContext, AddonModel } from './addon-shape.js';
import type { Native, NativeContext, NativeEncoder, NativeModel, NativeOptions, RecurrenceOptions } from './native-types.js';

const buildCommand = 'npm run native:build';
/** As many of llama.cpp's lines as an error report can use. */
const logLines = 60;

/**
 * First 12 hex digits of the patched source tree; the build writes them into the binary and into its folder's name.
 * Errors: engine_not_built (a copy without a fork).
 */
export function expectedForkId(): string {
  const base = JSON.parse(readFileSync(new URL('../../../native/base.json', import.meta.url), 'utf8')) as { expectedTree: string };
  if (!/^[0-9a-f]{12}/.test(base.expectedTree)) throw notBuilt('native/base.json names no tree');
  return base.expectedTree.slice(0, 12);
}

/**
 * Loads the fork's binary into this process.
 * Errors: engine_not_built (no binary), engine_not_the_fork (one without our functions, or built from other sources).
 */
export async function openNative(options: NativeOptions = {}): Promise<Native> {
  const forkId = expectedForkId();
  const log: string[] = [];
  let llama: Llama;
  try {
    llama = await getLlama({
      gpu: options.gpu === true ? 'auto' : false,
      build: 'never',
      progressLogs: false,
      logLevel: LlamaLogLevel.warn,
      logger: (_level, message) => void (log.push(message.trim()) > logLines && log.shift()),
      // Without these two node-llama-cpp falls back to the stock binary and says nothing.
      ...(options.binary === 'stock' ? {} : { usePrebuiltBinaries: false, cmakeOptions: { PLUMB_FORK: forkId } }),
    });
  } catch (error) {
    if (!(error instanceof NoBinaryFoundError)) throw error;
    throw notBuilt(forkId);
  }
  // oxlint-disable-next-line no-underscore-dangle -- node-llama-cpp's name for the addon's exports
  const addon = (llama as unknown as { _bindings: ForkAddon })._bindings;
  const found = typeof addon.plumbForkId === 'function' ? addon.plumbForkId() : 'none';
  if (found !== forkId) {
    throw new AppError('engine_not_the_fork', `The engine's binary is not Plumb's fork of llama.cpp. Run: ${buildCommand}`, `expected ${forkId}, found ${found}`);
  }
  return {
    forkId,
    gpu: llama.gpu === false ? null : llama.gpu,
    mathCores: Math.max(1, addon.getMathCores()),
    freeVideoBytes: () => addon.getGpuVramInfo().total - addon.getGpuVramInfo().used,
    async takeLog() {
      // Lines are delivered one turn after the call that made them.
      await new Promise((resolve) => setTimeout(resolve, 1));
      return log.splice(0);
    },
    async loadModel(path, { vocabOnly, gpuLayers, mapped, onProgress, signal }) {
      const model = new addon.AddonModel(path, { addonExports: addon, gpuLayers, vocabOnly, useMmap: mapped, onLoadProgress: onProgress, hasLoadAbortSignal: true });
      const abort = (): void => model.abortActiveModelLoad();
      signal.addEventListener('abort', abort);
      try {
        return (await model.init()) ? wrapModel(addon, model) : null;
      } finally {
        signal.removeEventListener('abort', abort);
      }
    },
    quantize: (source, target, type) => addon.plumbQuantize(source, target, { type }),
  };
}

function notBuilt(detail: string): AppError {
  return new AppError('engine_not_built', `The engine is not built yet. Run: ${buildCommand}`, detail);
}

function wrapModel(addon: ForkAddon, model: AddonModel): NativeModel {
  return {
    recurrence: addon.plumbModelRecurrence(model),
    trainContextSize: model.getTrainContextSize(),
    vocabularyType: model.getVocabularyType(),
    bos: model.tokenBos(),
    eos: model.tokenEos(),
    sep: model.sepToken(),
    wantsBos: model.shouldPrependBosToken(),
    wantsEos: model.shouldAppendEosToken(),
    memoryBytes: () => sum(model.getMemoryBreakdown()),
    tokenize: (text, parseSpecial) => (text === '' ? new Uint32Array(0) : model.tokenize(text, parseSpecial)),
    tokenEntry: (id) => model.getTokenString(id) ?? '',
    tokenAttributes: (id) => model.getTokenAttributes(id),
    isEnd: (id) => model.isEogToken(id),
    async createContext({ contextSize, batchSize, threads, kvBudget, kvLayout, kvType }) {
      addon.plumbSetNextKvBudget(kvBudget, kvLayout === 'anchor');
      // ggml.h, enum ggml_type.
      const type = { f32: 0, f16: 1, q4_0: 2, q8_0: 8 }[kvType];
      // llama.cpp needs flash attention for quantised values; with f32 the plain path is the exact one.
      const flashAttention = kvType === 'f32' ? false : 'auto';
      const context = new addon.AddonContext(model, { contextSize, batchSize, sequences: 1, flashAttention, threads, kvCacheKeyType: type, kvCacheValueType: type });
      return (await context.init()) ? wrapContext(addon, model, context) : null;
    },
    async createEncoder({ contextSize, threads, ranking }) {
      // An encoder sees a text as a whole: a batch holds all of it.
      const context = new addon.AddonContext(model, { contextSize, batchSize: contextSize, sequences: 1, flashAttention: 'auto', threads, kvCacheKeyType: 1, kvCacheValueType: 1, embeddings: true, ranking });
      return (await context.init()) ? wrapEncoder(addon, context, ranking) : null;
    },
    dispose: () => model.dispose(),
  };
}

function wrapEncoder(addon: ForkAddon, context: AddonContext, ranking: boolean): NativeEncoder {
  let stopRequested = false;
  addon.plumbRequestStop(context, false);
  return {
    memoryBytes: () => sum(context.getMemoryBreakdown()),
    async encode(tokens) {
      context.disposeSequence(0);
      context.initBatch(tokens.length);
      context.addToBatch(0, 0, tokens, Uint32Array.from(tokens.keys()));
      try {
        await context.decodeBatch();
        return context.getEmbedding(tokens.length, ranking ? 1 : 0);
      } catch (error) {
        if (stopRequested) return 'stopped';
        throw new AppError('decode_failed', 'The engine could not read this text.', error instanceof Error ? error.message : String(error));
      }
    },
    requestStop(stop) {
      stopRequested = stop;
      addon.plumbRequestStop(context, stop);
    },
    dispose: () => context.dispose(),
  };
}

function wrapContext(addon: ForkAddon, model: AddonModel, context: AddonContext): NativeContext {
  let stopRequested = false;
  /** As they were set last. */
  let recurrence: RecurrenceOptions = {};
  // The first call also lets ordinary models be stopped in the middle of a decode.
  addon.plumbRequestStop(context, false);
  /** The addon reports every status alike; only we know whether a stop was asked for. */
  const ended = (error: unknown): 'stopped' => {
    if (stopRequested) return 'stopped';
    throw new AppError('decode_failed', 'The engine could not compute the next token.', error instanceof Error ? error.message : String(error));
  };
  return {
    contextSize: context.getContextSize(),
    get threads() {
      return context.getThreads();
    },
    setThreads: (threads) => context.setThreads(threads),
    memoryBytes: () => sum(context.getMemoryBreakdown()),
    async decode(tokens, position, logits) {
      context.initBatch(tokens.length);
      context.addToBatch(0, position, tokens, logits === 'all' ? Uint32Array.from(tokens.keys()) : Uint32Array.of(tokens.length - 1));
      try {
        await context.decodeBatch();
        return 'done';
      } catch (error) {
        return ended(error);
      }
    },
    createSampler({ recent, ...settings }) {
      const sampler = new addon.AddonSampler(model);
      sampler.applyConfig({ ...settings, repeatPenaltyTokens: recent, repeatPenaltyMaxTokens: 64 });
      return { draw: (row) => context.sampleToken(row, sampler), dispose: () => sampler.dispose() };
    },
    distribution: (row, options, recent) => addon.plumbDistribution(context, row, options, recent),
    draft: (token, position, { sampling, recent, chances }) => addon.plumbDraft(context, token, position, sampling, recent, chances).catch(ended),
    refine: (tokens, position, { sampling, recent, chances, shift }) => addon.plumbRefine(context, tokens, position, sampling, recent, chances, shift).catch(ended),
    waveBegin: (options) => addon.plumbWaveBegin(context, options),
    waveUpdate: (options) => addon.plumbWaveUpdate(context, options),
    waveEnd: () => addon.plumbWaveEnd(context),
    truncate(position) {
      if (position > 0) return context.removeTokenCellsFromSequence(0, position, -1);
      context.disposeSequence(0);
      return true;
    },
    setRecurrence(options) {
      // They stay until they are set again, and reading an object's fields costs the addon more than comparing them here.
      if (sameOptions(options, recurrence)) return;
      addon.plumbSetRecurrence(context, toForkRecurrence(options));
      recurrence = options;
    },
    setInitialState: (state) => addon.plumbSetInitialState(context, state),
    requestStop(stop) {
      stopRequested = stop;
      addon.plumbRequestStop(context, stop);
    },
    hurry: (on) => addon.plumbHurry(context, on),
    kvUse: () => addon.plumbKv(context),
    progress: () => addon.plumbProgress(context),
    trace: () => addon.plumbTrace(context),
    deltas: () => addon.plumbDeltas(context),
    logits: (row = -1) => addon.plumbLogits(context, row),
    tap: (on, inside = false) => addon.plumbTap(context, on, inside),
    inside: () => addon.plumbInside(context),
    latentStates: () => addon.plumbLatentStates(context),
    dispose: () => context.dispose(),
  };
}

function sum({ cpuRam, gpuVram }: { cpuRam: number; gpuVram: number }): number {
  return cpuRam + gpuVram;
}

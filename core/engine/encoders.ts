// Owns the models that read documents: at most one that makes vectors and one that scores, one text at a time, stoppable between any two.
import { constants, setPriority } from 'node:os';
import { AppError } from '../contract/errors.js';
import type { EncoderPurpose, OpenEncoder } from '../contract/encoding.js';
import { pairTokens, textTokens } from './encoder-text.js';
import { availableBytes, encoderBytes, requireRoomForEncoder } from './memory.js';
import { loadError, readModelFile, type ModelFile } from './model-file.js';
import type { Native, NativeEncoder, NativeModel } from './native-types.js';

interface Open {
  info: OpenEncoder;
  file: ModelFile;
  model: NativeModel;
  encoder: NativeEncoder;
}

/** Passages are a few hundred tokens; attention over more costs memory by the square. */
const widestContext = 1024;
/** Below this size one thread is faster than waking others. */
const smallModelBytes = 64e6;

export class Encoders {
  readonly #native: () => Promise<Native>;
  readonly #open = new Map<EncoderPurpose, Open>();
  #turn: Promise<unknown> = Promise.resolve();
  /** Counts stops: work that began before the last one ends with what it has. */
  #stops = 0;
  #active: NativeEncoder | null = null;
  /** Texts read so far. */
  progress = 0;

  constructor(native: () => Promise<Native>) {
    this.#native = native;
  }

  /** Errors: model_missing, model_corrupt, model_unsupported, model_not_for_documents, model_without_vocabulary, out_of_memory. */
  open({ path, purpose }: { path: string; purpose: EncoderPurpose }): Promise<OpenEncoder> {
    return this.#exclusively(async () => {
      const startedMs = performance.now();
      await this.#dispose(purpose);
      const file = await readModelFile(path);
      if (file.purpose.purpose !== purpose) throw new AppError('model_not_for_documents', 'This model is not made for that.', `${file.architecture}: ${file.purpose.purpose}`);
      if (!file.purpose.usable) throw new AppError('model_unsupported', 'The file does not say how the words of a text become one vector.', file.architecture);
      if (file.vocabularySize === 0) throw new AppError('model_without_vocabulary', 'This file has no vocabulary, so it cannot read text.', file.architecture);
      const contextSize = Math.min(widestContext, file.contextLength || widestContext);
      requireRoomForEncoder(encoderBytes(file, contextSize), availableBytes());
      const native = await this.#native();
      stepBack();
      await native.takeLog();
      // Read, not mapped: its memory is then seen as taken by whoever loads the next model, and nobody can change it under us.
      const model = await native.loadModel(path, { vocabOnly: false, gpuLayers: 0, mapped: false, onProgress: () => undefined, signal: new AbortController().signal });
      if (!model) throw loadError(path, await native.takeLog());
      const encoder = await model.createEncoder({ contextSize, threads: file.sizeBytes < smallModelBytes ? 1 : native.mathCores, ranking: purpose === 'reranker' });
      if (!encoder) {
        await model.dispose();
        throw new AppError('out_of_memory', 'There is not enough memory for this model to read documents.', `${contextSize} tokens`);
      }
      const info: OpenEncoder = { purpose, dimensions: purpose === 'reranker' ? 1 : file.embeddingLength, contextSize, memoryBytes: model.memoryBytes() + encoder.memoryBytes(), loadMs: 0 };
      const opened = { info, file, model, encoder };
      this.#open.set(purpose, opened);
      try {
        // What a file declares and what it makes may differ; better found now than after a thousand passages.
        if (purpose === 'embedder') info.dimensions = unit(await this.#encode(opened, textTokens(model, 'a', contextSize)) as Float64Array).length;
      } catch (thrown) {
        await this.#dispose(purpose);
        throw thrown;
      }
      info.loadMs = performance.now() - startedMs;
      return info;
    });
  }

  close(purpose: EncoderPurpose): Promise<void> {
    return this.#exclusively(() => this.#dispose(purpose));
  }

  /** Errors: no_model, decode_failed. */
  embed(texts: readonly string[]): Promise<{ dimensions: number; vectors: Float32Array }> {
    const mine = this.#stops;
    return this.#exclusively(async () => {
      const open = this.#of('embedder');
      const { dimensions, contextSize } = open.info;
      const rows = await this.#each(texts, mine, async (text) => {
        const found = await this.#encode(open, textTokens(open.model, text, contextSize));
        return found === 'stopped' ? null : unit(found);
      });
      const vectors = new Float32Array(rows.length * dimensions);
      rows.forEach((row, at) => vectors.set(row, at * dimensions));
      return { dimensions, vectors };
    });
  }

  /** Errors: no_model, decode_failed. */
  rank(query: string, texts: readonly string[]): Promise<{ scores: number[] }> {
    const mine = this.#stops;
    return this.#exclusively(async () => {
      const open = this.#of('reranker');
      // llama.cpp has put these through a softmax already (llama-graph.cpp, build_pooling).
      const isShare = open.file.architecture.startsWith('qwen3');
      const scores = await this.#each(texts, mine, async (text) => {
        const found = await this.#encode(open, pairTokens(open.model, query, text, open.file.rerankTemplate, open.info.contextSize));
        return found === 'stopped' ? null : share(found[0], isShare);
      });
      return { scores };
    });
  }

  /** Resolves when nothing is being encoded any more. */
  async stop(): Promise<void> {
    this.#stops += 1;
    this.#active?.requestStop(true);
    await this.#turn;
  }

  #of(purpose: EncoderPurpose): Open {
    const open = this.#open.get(purpose);
    if (open) return open;
    throw new AppError('no_model', 'No model for documents is open.');
  }

  async #each<T>(texts: readonly string[], stops: number, work: (text: string) => Promise<T | null>): Promise<T[]> {
    const done: T[] = [];
    for (const text of texts) {
      if (stops !== this.#stops) break;
      const made = await work(text);
      if (made === null) break;
      done.push(made);
      this.progress += 1;
    }
    return done;
  }

  async #encode({ encoder }: Open, tokens: Uint32Array): Promise<Float64Array | 'stopped'> {
    encoder.requestStop(false);
    this.#active = encoder;
    try {
      return await encoder.encode(tokens);
    } finally {
      this.#active = null;
    }
  }

  async #dispose(purpose: EncoderPurpose): Promise<void> {
    const open = this.#open.get(purpose);
    this.#open.delete(purpose);
    await open?.encoder.dispose();
    await open?.model.dispose();
  }

  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}

/** Reading documents gives way to answering. */
function stepBack(): void {
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Some systems do not allow it; it reads at the usual priority then.
  }
}

/** Errors: decode_failed for weights that make no numbers. */
function unit(vector: Float64Array): Float32Array {
  const length = Math.hypot(...vector);
  if (!Number.isFinite(length) || length === 0) throw noNumbers();
  return Float32Array.from(vector, (value) => value / length);
}

/** Errors: decode_failed. */
function share(value: number | undefined, isShare: boolean): number {
  if (value === undefined || !Number.isFinite(value)) throw noNumbers();
  return isShare ? Math.min(1, Math.max(0, value)) : 1 / (1 + Math.exp(-value));
}

function noNumbers(): AppError {
  return new AppError('decode_failed', 'The model made no usable numbers of a text: its file is damaged.');
}

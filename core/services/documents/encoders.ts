// Owns which models read documents: at most one finds passages by meaning and one puts them in order; both may be missing, and both may fail.
import type { EncoderPurpose, EncoderState } from '../../contract/encoding.js';
import { AppError, toErrorBody, type ErrorBody } from '../../contract/errors.js';
import type { Embedder } from '../../retrieval/retrieval.js';
import type { RetrieverOptions } from '../../retrieval/retriever.js';
import type { Store } from '../../store/store.js';
import { rejectAfter } from '../engine-link.js';
import type { Emit } from '../events.js';
import { createEncoderClient, type EncoderClientDeps } from './encoder-client.js';
import { encoderPrompts, promptsVersion } from './encoder-prompts.js';
import { createVectorScan } from './vector-scan.js';

export interface EncoderDeps extends Omit<EncoderClientDeps, 'onChange'> {
  store: Store;
  emit: Emit;
  isBusy(): boolean;
}

/** A model file that was looked at. */
export interface EncoderFile {
  modelId: string;
  path: string;
  sizeBytes: number;
  architecture: string;
  name: string;
  /** Tells its vectors from those of every other file. */
  hash: string;
}

interface Chosen {
  modelId: string;
  /** null: its file cannot be used, `error` says why. */
  file: EncoderFile | null;
  error: ErrorBody | null;
}

export interface Encoders {
  /** Takes a model for a purpose, or none. */
  use(purpose: EncoderPurpose, chosen: { file: EncoderFile } | { modelId: string; error: ErrorBody } | null): void;
  /** Loads it now; the outcome is a state. */
  prepare(purpose: EncoderPurpose): void;
  modelOf(purpose: EncoderPurpose): string | null;
  /** Makes the vectors of passages, giving way to answers; may give fewer than asked for. null: there is none, or it failed. */
  embedder(): Embedder | null;
  /** Whose vectors are kept: an embedder's id, '' for nobody's, null for everybody's, while the file of the chosen one is not at hand. */
  vectorsOf(): string | null;
  /** What questions are answered with; it never throws, words alone do too. */
  retrieval: RetrieverOptions;
  states(): EncoderState[];
  /** Vectors were made or passages changed. */
  changed(collectionId: number): void;
  /** Memory that models which are switched on will take, as far as they have not yet. */
  reservedBytes(): number;
  /** Called when there is another embedder than before, or one again. */
  onEmbedder(listener: () => void): void;
  close(): void;
}

/** How long a question waits for a model before it is answered by words alone. */
const askTimeoutMs = 20_000;
/** How often an answer that begins is looked for while passages are read. */
const yieldMs = 50;
const announceMs = 500;
/** Buffers and context of a model that is not loaded yet, beside its file. */
const besideFileBytes = 100e6;

export function createEncoders(deps: EncoderDeps): Encoders {
  const { store, emit, log, isBusy } = deps;
  const chosen = new Map<EncoderPurpose, Chosen>();
  const scan = createVectorScan(store);
  const client = createEncoderClient({ ...deps, onChange: () => announce() });
  let listener: () => void = () => undefined;
  let timer: NodeJS.Timeout | null = null;
  let closed = false;

  const idOf = ({ hash }: EncoderFile): string => `${hash.slice(0, 24)}-${promptsVersion}`;

  function announce(): void {
    timer ??= setTimeout(() => {
      timer = null;
      if (!closed) emit('encoders.changed', { encoders: states() });
    }, announceMs).unref();
  }

  function states(): EncoderState[] {
    return [...chosen].map(([purpose, { modelId, file, error }]) => {
      const state = client.state(purpose);
      return {
        purpose, modelId, error: error ?? state?.error ?? null, kind: error ? 'failed' : (state?.kind ?? 'waiting'), memoryBytes: state?.info?.memoryBytes ?? 0,
        passages: purpose === 'embedder' && file !== null ? store.vectors.counts(idOf(file)) : null,
      };
    });
  }

  const live = (purpose: EncoderPurpose): EncoderFile | null => (client.state(purpose)?.kind === 'failed' ? null : (chosen.get(purpose)?.file ?? null));

  function embedderOf(file: EncoderFile, embed: Embedder['embed']): Embedder {
    return { id: idOf(file), get dimensions() { return client.state('embedder')?.info?.dimensions ?? 0; }, embed };
  }

  /** A question never fails over a model: it is logged, and words answer. */
  async function orNothing<T>(what: string, work: Promise<T[]>): Promise<T[]> {
    try {
      return await Promise.race([work, rejectAfter(askTimeoutMs, new AppError('engine_timeout', 'The model for documents does not answer.', what))]);
    } catch (thrown) {
      // Nobody waits for it any more.
      client.stop();
      log.warn(what, toErrorBody(thrown));
      return [];
    }
  }

  return {
    use(purpose, next) {
      const before = chosen.get(purpose);
      const file = next !== null && 'file' in next ? next.file : null;
      if (next === null) chosen.delete(purpose);
      else chosen.set(purpose, 'file' in next ? { modelId: next.file.modelId, file: next.file, error: null } : { modelId: next.modelId, file: null, error: next.error });
      client.want(purpose, file?.path ?? null);
      if (purpose === 'embedder' && before?.file?.hash !== file?.hash) scan.clear();
      announce();
      if (purpose === 'embedder') listener();
    },
    prepare: (purpose) => void client.prepare(purpose),
    vectorsOf() {
      const file = chosen.get('embedder')?.file;
      if (file) return idOf(file);
      return chosen.has('embedder') || store.settings.read().embedderId !== null ? null : '';
    },
    modelOf: (purpose) => chosen.get(purpose)?.modelId ?? null,
    embedder() {
      const file = live('embedder');
      if (file === null) return null;
      const { passage } = encoderPrompts(file.architecture, file.name);
      return embedderOf(file, async (texts) => {
        const yielding = setInterval(() => isBusy() && client.stop(), yieldMs);
        try {
          return await client.embed(texts.map((text) => passage + text), false);
        } finally {
          clearInterval(yielding);
          announce();
        }
      });
    },
    retrieval: {
      get embedder() {
        const file = live('embedder');
        if (file === null) return undefined;
        const { query } = encoderPrompts(file.architecture, file.name);
        return embedderOf(file, (texts) => orNothing('question without its vector', client.embed(texts.map((text) => query + text), true)));
      },
      get vectors() {
        const file = live('embedder');
        return file === null ? undefined : { nearest: (collectionId: number, vector: Float32Array, limit: number) => orNothing('vectors not scanned', scan.nearest(collectionId, idOf(file), vector, limit).then((all) => [...all])) };
      },
      get reranker() {
        const file = live('reranker');
        return file === null ? undefined : { id: idOf(file), rerank: (query: string, texts: readonly string[]) => orNothing('passages not ordered', client.rank(query, texts)) };
      },
    },
    states,
    changed(collectionId) {
      scan.changed(collectionId);
      if (chosen.has('embedder')) announce();
    },
    reservedBytes: () => [...chosen].reduce((sum, [purpose, { file }]) => (file !== null && client.state(purpose)?.kind === 'waiting' ? sum + file.sizeBytes + besideFileBytes : sum), 0),
    onEmbedder: (next) => void (listener = next),
    close() {
      closed = true;
      if (timer) clearTimeout(timer);
      client.close();
      scan.clear();
    },
  };
}

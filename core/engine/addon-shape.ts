// Declares the part of node-llama-cpp's private addon objects that the engine drives. Types only; native.ts is their one user.

/** node-llama-cpp 3.22.1: llama/addon/AddonModel.cpp. */
export interface AddonModel {
  init(): Promise<boolean>;
  abortActiveModelLoad(): void;
  dispose(): Promise<void>;
  /** Never adds BOS or EOS. */
  tokenize(text: string, parseSpecial: boolean): Uint32Array;
  getTokenString(id: number): string | undefined;
  getTokenAttributes(id: number): number;
  isEogToken(id: number): boolean;
  /** -1 when the model has none. */
  tokenBos(): number;
  tokenEos(): number;
  sepToken(): number;
  shouldPrependBosToken(): boolean;
  shouldAppendEosToken(): boolean;
  getVocabularyType(): number;
  getTrainContextSize(): number;
  getMemoryBreakdown(): { cpuRam: number; gpuVram: number };
}

export interface AddonModelOptions {
  addonExports: unknown;
  gpuLayers: number;
  vocabOnly: boolean;
  useMmap: boolean;
  onLoadProgress: (progress: number) => void;
  hasLoadAbortSignal: true;
}

/** llama/addon/AddonContext.cpp. */
export interface AddonContext {
  init(): Promise<boolean>;
  dispose(): Promise<void>;
  getContextSize(): number;
  initBatch(size: number): void;
  /** Returns the batch rows whose logits are kept. */
  addToBatch(sequenceId: number, firstPosition: number, tokens: Uint32Array, logitIndexes: Uint32Array): Uint32Array;
  /** On a worker thread. Rejects with "Eval has failed" for every status but 0 and 1, an abort included. */
  decodeBatch(): Promise<void>;
  sampleToken(batchRow: number, sampler: AddonSampler): Promise<number>;
  /** False when this kind of memory cannot forget a part. */
  removeTokenCellsFromSequence(sequenceId: number, from: number, to: number): boolean;
  disposeSequence(sequenceId: number): void;
  getMemoryBreakdown(): { cpuRam: number; gpuVram: number };
  /** Of the last batch: the pooled vector of sequence 0, or a reranker's raw scores. At most `maxLength` values; 0: all. */
  getEmbedding(tokens: number, maxLength?: number): Float64Array;
  getThreads(): number;
  setThreads(threads: number): void;
}

export interface AddonContextOptions {
  contextSize: number;
  batchSize: number;
  sequences: number;
  flashAttention: boolean | 'auto';
  threads: number;
  kvCacheKeyType: number;
  kvCacheValueType: number;
  /** Pooled vectors instead of logits. */
  embeddings?: true;
  /** Pools by the classifier head. */
  ranking?: boolean;
}

/** llama/addon/AddonSampler.cpp: repeat penalty, top-k, top-p, min-p, temperature, draw; in this order. */
export interface AddonSampler {
  applyConfig(config: {
    temperature: number;
    topK: number;
    topP: number;
    minP: number;
    seed: number;
    repeatPenalty?: number;
    repeatPenaltyTokens?: Uint32Array;
    repeatPenaltyMaxTokens?: number;
  }): void;
  dispose(): void;
}

export interface StockAddon {
  AddonModel: new (path: string, options: AddonModelOptions) => AddonModel;
  AddonContext: new (model: AddonModel, options: AddonContextOptions) => AddonContext;
  AddonSampler: new (model: AddonModel) => AddonSampler;
  getMathCores(): number;
  getGpuVramInfo(): { total: number; used: number };
}

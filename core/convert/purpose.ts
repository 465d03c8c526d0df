// Tells from a GGUF's header what a model is for: chatting, vectors of texts, or scores of texts against a question.
import type { GgufHeader } from './gguf-reader.js';

export type ModelPurpose = 'chat' | 'embedder' | 'reranker';

/** llama.h, enum llama_pooling_type. */
const pooling = { none: 0, mean: 1, cls: 2, last: 3, rank: 4 } as const;

/** Architectures that read a text as a whole and write none (llama-arch.cpp at v0.5.0). */
const encoders = new Set(['bert', 'modern-bert', 'nomic-bert', 'nomic-bert-moe', 'neo-bert', 'jina-bert-v2', 'jina-bert-v3', 'eurobert', 'gemma-embedding', 't5encoder']);

export interface Purpose {
  purpose: ModelPurpose;
  /** False: it should make vectors, but its file does not say how the words of a text become one. */
  usable: boolean;
}

/** `tensors`: a classifier head alone makes a reranker of an encoder that names no pooling. */
export function purposeOf(architecture: string, { metadata, tensors }: Pick<GgufHeader, 'metadata' | 'tensors'>): Purpose {
  const named = metadata.get(`${architecture}.pooling_type`);
  if (named === pooling.rank) return { purpose: 'reranker', usable: true };
  const pools = named === pooling.mean || named === pooling.cls || named === pooling.last;
  if (pools) return { purpose: 'embedder', usable: architecture !== 't5encoder' };
  if (!encoders.has(architecture)) return { purpose: 'chat', usable: true };
  const hasHead = tensors.some(({ name }) => name === 'cls.weight' || name === 'cls.output.weight');
  return hasHead ? { purpose: 'reranker', usable: true } : { purpose: 'embedder', usable: false };
}

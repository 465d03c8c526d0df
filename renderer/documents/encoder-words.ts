// Owns the words for models that read documents.
import type { EncoderPurpose, EncoderState } from '../../core/contract/encoding.js';
import type { Model } from '../../core/contract/models.js';
import { sentenceFor } from '../error-sentences.js';
import { bytes, plural, whole } from '../figures.js';

export function purposeWords(purpose: Model['purpose']): string {
  return { chat: 'chats', embedder: 'finds passages', reranker: 'orders passages' }[purpose];
}

export const aboutEncoder: Record<EncoderPurpose, string> = {
  embedder: 'An embedding model: it finds passages of your documents that mean the same as your question in other words. It writes no text, so it cannot chat. Plumb uses its file where it is.',
  reranker: 'A reranking model: it reads your question together with each passage that was found and puts the best ones first. It writes no text, so it cannot chat. Plumb uses its file where it is.',
};

/** What is behind the switch of a model that is off. */
export const encoderOffers: Record<EncoderPurpose, string> = {
  embedder: 'Every passage is read once, in the background. Off again, what it made is erased.',
  reranker: 'Every question takes a little longer.',
};

/** How a model that is on is doing. */
export function encoderWords({ kind, error, memoryBytes, passages }: EncoderState): string {
  if (error) {
    const { sentence, nextStep } = sentenceFor(error);
    return `${sentence} Passages are found by their words meanwhile. ${nextStep}`;
  }
  if (kind === 'loading') return 'Loading…';
  const memory = kind === 'ready' && memoryBytes > 0 ? `${bytes(memoryBytes)} of memory` : null;
  if (passages && passages.done < passages.total) return [`${whole(passages.done)} of ${plural(passages.total, 'passage')} read`, memory].filter(Boolean).join(' · ');
  if (passages && passages.total > 0) return [`All ${plural(passages.total, 'passage')} read`, memory].filter(Boolean).join(' · ');
  return memory ?? 'Ready when it is needed';
}

/** It loads, or reads passages. */
export function isReading({ kind, passages }: EncoderState): boolean {
  return kind === 'loading' || (passages !== null && passages.done < passages.total);
}

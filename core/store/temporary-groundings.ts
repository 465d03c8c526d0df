// Owns what replies of temporary chats owe to documents: whole, in memory, because their messages and the passages are in two databases.
import type { Grounding } from '../contract/documents.js';
import type { GroundingQueries, NewGrounding } from './groundings.js';

export interface TemporaryGroundings extends GroundingQueries {
  /** Drops those of messages that are gone. */
  keepOnly(isThere: (messageId: number) => boolean): void;
}

/** @param messagesOf ids of the messages of a temporary conversation */
export function createTemporaryGroundings(messagesOf: (conversationId: number) => number[]): TemporaryGroundings {
  const all = new Map<number, Grounding>();
  const change = (messageId: number, changed: Partial<Grounding>): void => {
    const before = all.get(messageId);
    if (before) all.set(messageId, { ...before, ...changed });
  };
  return {
    find: (messageId) => all.get(messageId) ?? null,
    ofConversation: (conversationId) => new Map(messagesOf(conversationId).flatMap((id) => (all.has(id) ? [[id, all.get(id)!] as const] : []))),
    add({ forgotten, whole, ...rest }: NewGrounding) {
      all.set(rest.messageId, { ...rest, citations: [], whole: whole && { done: 0, secondsLeft: null, ...whole }, ...(forgotten > 0 && { forgotten }) });
    },
    setCitations: (messageId, citations) => change(messageId, { citations: [...citations] }),
    setPassages: (messageId, read, alsoFound) => change(messageId, { read: [...read], alsoFound: [...alsoFound] }),
    setWholeDone(messageId, done) {
      const whole = all.get(messageId)?.whole;
      if (whole) change(messageId, { whole: { ...whole, done } });
    },
    // A collection is on disk, whoever asks.
    size: () => ({ passages: 0, tokens: 0 }),
    keepOnly(isThere) {
      for (const id of all.keys()) if (!isThere(id)) all.delete(id);
    },
  };
}

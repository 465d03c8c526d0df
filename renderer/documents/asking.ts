// Owns which documents a conversation is asked from: chosen in the composer, remembered per conversation while the window lives.
import { create } from 'zustand';
import type { Ask } from '../../core/contract/documents.js';
import { pathTo } from '../message-tree.js';
import type { State } from '../state.js';
import { useApp } from '../store.js';

interface Asking {
  /** By conversation (null: the chat that does not exist yet); the value null means "no documents, on purpose". */
  chosen: ReadonlyMap<number | null, number | null>;
}

export const useAsking = create<Asking>(() => ({ chosen: new Map() }));

export function askFrom(conversationId: number | null, collectionId: number | null): void {
  useAsking.setState(({ chosen }) => ({ chosen: new Map(chosen).set(conversationId, collectionId) }));
}

/** A new chat became a conversation: what was chosen for it goes along. */
export function askMoves(conversationId: number): void {
  useAsking.setState(({ chosen }) => {
    const next = new Map(chosen);
    const before = next.get(null);
    next.delete(null);
    if (before !== undefined) next.set(conversationId, before);
    return { chosen: next };
  });
}

/** The collection a conversation asks; without a choice, the one its last answer was made from. Null: none, or it is gone. */
export function askedCollection({ open, library }: Pick<State, 'open' | 'library'>, chosen: Asking['chosen']): number | null {
  const made = chosen.get(open?.conversation.id ?? null);
  const last = open && pathTo(open.messages, open.leafId).findLast(({ role }) => role === 'assistant');
  const id = made === undefined ? (last?.grounding?.collectionId ?? null) : made;
  return library.collections.some((collection) => collection.id === id) ? id : null;
}

/** What the next message of the shown conversation asks of documents. */
export function currentAsk(): Ask | null {
  const collectionId = askedCollection(useApp.getState(), useAsking.getState().chosen);
  return collectionId === null ? null : { collectionId, mode: 'passages', anyway: false };
}

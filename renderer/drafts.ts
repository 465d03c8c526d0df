// Owns unsent text, per conversation, in memory only.
import { create } from 'zustand';

interface Drafts {
  texts: ReadonlyMap<number | null, string>;
  write(conversationId: number | null, text: string): void;
}

/** null is the chat that does not exist yet. */
export const useDrafts = create<Drafts>((set) => ({
  texts: new Map(),
  write: (conversationId, text) =>
    set(({ texts }) => {
      const next = new Map(texts);
      if (text === '') next.delete(conversationId);
      else next.set(conversationId, text);
      return { texts: next };
    }),
}));

// Owns reading the tree of messages: the shown path, siblings, and the leaf under a branch.
import type { Message } from '../core/contract/conversation.js';

type Messages = ReadonlyMap<number, Message>;

/** Messages from the first to the shown leaf. A parent that is missing ends the walk, a cycle too. */
export function pathTo(messages: Messages, leafId: number | null): Message[] {
  const path: Message[] = [];
  const seen = new Set<number>();
  for (let id = leafId; id !== null && !seen.has(id); ) {
    const message = messages.get(id);
    if (!message) break;
    seen.add(id);
    path.push(message);
    id = message.parentId;
  }
  return path.reverse();
}

/** All messages with the same parent and role, oldest first; contains the message itself. */
export function siblingsOf(messages: Messages, message: Message): Message[] {
  const siblings = [...messages.values()].filter(({ parentId, role }) => parentId === message.parentId && role === message.role);
  return siblings.toSorted((a, b) => a.id - b.id);
}

/** The newest leaf under a message: what the person last saw there. */
export function leafUnder(messages: Messages, id: number): number {
  const newestChild = new Map<number, number>();
  for (const message of messages.values()) {
    if (message.parentId !== null) newestChild.set(message.parentId, Math.max(newestChild.get(message.parentId) ?? 0, message.id));
  }
  let leaf = id;
  for (let next = newestChild.get(leaf); next !== undefined && next > leaf; next = newestChild.get(leaf)) leaf = next;
  return leaf;
}

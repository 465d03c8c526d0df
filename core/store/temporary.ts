// Owns temporary chats: a second store in memory, whose ids say that they belong there.
import type { Conversation } from '../contract/conversation.js';
import type { ConversationQueries } from './conversations.js';
import type { Store } from './store.js';
import type { TemporaryGroundings } from './temporary-groundings.js';

/**
 * Ids of temporary rows begin here: AUTOINCREMENT on disk counts up from 1 and gets nowhere near, and up to 2^53 a JavaScript number is exact.
 *
 * A range of ids, and not a second set of services, because then everything that works on a conversation works on a temporary one without
 * knowing of it: sending, streaming, branches, retry. Only the owner of the rows tells the two apart. SQLite in memory has no file, and with
 * `temp_store = MEMORY` no temporary file either, so nothing has to be remembered to be cleaned up: a killed process leaves nothing behind.
 */
export const temporaryIdStart = 2 ** 52;

export const isTemporaryId = (id: number): boolean => id >= temporaryIdStart;

export interface TemporaryChats {
  /** Forgets one, or all. Returns the ids of those that are gone. */
  forget(id?: number): number[];
  ids(): number[];
}

/** One store over both: rows go by their ids; lists, search and settings are those of the disk. Closing it forgets what was temporary. */
export function withTemporary(disk: Store, memory: Store & { groundings: TemporaryGroundings }): { store: Store; temporary: TemporaryChats } {
  const byId = (id: number): Store => (isTemporaryId(id) ? memory : disk);
  const marked = <T extends Conversation | null>(conversation: T): T => (conversation && isTemporaryId(conversation.id) ? { ...conversation, temporary: true } : conversation);

  const conversations: ConversationQueries = {
    ...disk.conversations,
    find: (id) => marked(byId(id).conversations.find(id)),
    leafOf: (id) => byId(id).conversations.leafOf(id),
    create: (nowMs, temporary) => marked((temporary ? memory : disk).conversations.create(nowMs)),
    // A title says what it is about: a temporary chat has none, not even in memory.
    rename: (id, title) => (isTemporaryId(id) ? memory.conversations.find(id) !== null : disk.conversations.rename(id, title)),
    touch: (id, nowMs) => byId(id).conversations.touch(id, nowMs),
    select: (id, leafId) => byId(id).conversations.select(id, leafId),
    remove: (id, nowMs) => (isTemporaryId(id) ? forget(id).length > 0 : disk.conversations.remove(id, nowMs)),
  };
  const { runs, transfer } = disk;
  const store: Store = {
    ...disk,
    conversations,
    messages: {
      ofConversation: (id) => byId(id).messages.ofConversation(id),
      find: (id) => byId(id).messages.find(id),
      path: (id) => byId(id).messages.path(id),
      add: (message) => byId(message.conversationId).messages.add(message),
    },
    groundings: {
      find: (id) => byId(id).groundings.find(id),
      ofConversation: (id) => byId(id).groundings.ofConversation(id),
      add: (grounding) => byId(grounding.messageId).groundings.add(grounding),
      setCitations: (id, citations) => byId(id).groundings.setCitations(id, citations),
      setPassages: (id, read, alsoFound) => byId(id).groundings.setPassages(id, read, alsoFound),
      setWholeDone: (id, done) => byId(id).groundings.setWholeDone(id, done),
      size: (collectionId) => disk.groundings.size(collectionId),
    },
    runs: {
      ...runs,
      find: (id) => byId(id).runs.find(id),
      add: (run) => byId(run.messageId).runs.add(run),
      append: (id, tokens, lastSeq) => byId(id).runs.append(id, tokens, lastSeq),
      finish: (id, end) => byId(id).runs.finish(id, end),
      tokens: (id) => byId(id).runs.tokens(id),
    },
    transfer: { ...transfer, takeOut: (id, withTokens) => byId(id).transfer.takeOut(id, withTokens), messageIds: (id) => byId(id).transfer.messageIds(id) },
    // A transaction on disk in which nothing is written touches no file.
    transaction: (work) => memory.transaction(() => disk.transaction(work)),
    close() {
      memory.close();
      disk.close();
    },
  };

  const ids = (): number[] => memory.conversations.list().map(({ id }) => id);
  function forget(id?: number): number[] {
    const gone = id === undefined ? ids() : ids().filter((each) => each === id);
    for (const each of gone) memory.conversations.remove(each, 0);
    memory.conversations.purge(0);
    memory.groundings.keepOnly((messageId) => memory.messages.find(messageId) !== null);
    return gone;
  }
  return { store, temporary: { forget, ids } };
}

// Owns the rows of conversations: list, names, the shown leaf, removal that can be undone and erasure that cannot.
import type { Conversation } from '../contract/conversation.js';
import type { Writable } from './handles.js';
import { translateAll } from './store-errors.js';

const columns = 'id, title, created_at_ms AS createdAtMs, updated_at_ms AS updatedAtMs';

export const conversationSql = {
  list: `SELECT ${columns} FROM conversation WHERE removed_at_ms IS NULL ORDER BY updated_at_ms DESC, id DESC`,
  removedBefore: 'SELECT id FROM conversation WHERE removed_at_ms IS NOT NULL AND removed_at_ms <= ?',
} as const;

/** `find` and `leafOf` answer null for an unknown or removed conversation; the changing functions answer false. */
export interface ConversationQueries {
  list(): Conversation[];
  find(id: number): Conversation | null;
  leafOf(id: number): number | null;
  /** `temporary` is for {@link withTemporary}; a store by itself has one kind. */
  create(nowMs: number, temporary?: boolean): Conversation;
  rename(id: number, title: string): boolean;
  touch(id: number, nowMs: number): void;
  select(id: number, leafId: number): boolean;
  remove(id: number, nowMs: number): boolean;
  restore(id: number): boolean;
  /** Erases what was removed at or before a moment. Returns how many. */
  purge(removedBeforeMs: number): number;
}

export function createConversationQueries(db: Writable): ConversationQueries {
  const list = db.prepare<[], Conversation>(conversationSql.list);
  const find = db.prepare<[number], Conversation>(`SELECT ${columns} FROM conversation WHERE id = ? AND removed_at_ms IS NULL`);
  const leafOf = db.prepare<[number], number | null>('SELECT leaf_id FROM conversation WHERE id = ?').pluck();
  const create = db.prepare<[number, number], Conversation>(`INSERT INTO conversation (created_at_ms, updated_at_ms) VALUES (?, ?) RETURNING ${columns}`);
  const rename = db.prepare('UPDATE conversation SET title = ? WHERE id = ? AND removed_at_ms IS NULL');
  const touch = db.prepare('UPDATE conversation SET updated_at_ms = ? WHERE id = ?');
  const select = db.prepare('UPDATE conversation SET leaf_id = @leafId WHERE id = @id AND EXISTS (SELECT 1 FROM message WHERE id = @leafId AND conversation_id = @id)');
  const remove = db.prepare('UPDATE conversation SET removed_at_ms = ? WHERE id = ? AND removed_at_ms IS NULL');
  const restore = db.prepare('UPDATE conversation SET removed_at_ms = NULL WHERE id = ? AND removed_at_ms IS NOT NULL');
  const removedBefore = db.prepare<[number], number>(conversationSql.removedBefore).pluck();
  // Newest first, one by one: a cascade from parent to child would recurse as deep as the conversation is long, and SQLite stops at 1000.
  const messagesOf = db.prepare<[number], number>('SELECT id FROM message WHERE conversation_id = ? ORDER BY id DESC').pluck();
  const eraseMessage = db.prepare('DELETE FROM message WHERE id = ?');
  const erase = db.prepare('DELETE FROM conversation WHERE id = ?');

  return translateAll({
    list: () => list.all(),
    find: (id: number) => find.get(id) ?? null,
    leafOf: (id: number) => leafOf.get(id) ?? null,
    create: (nowMs: number) => create.get(nowMs, nowMs)!,
    rename: (id: number, title: string) => rename.run(title, id).changes > 0,
    touch: (id: number, nowMs: number) => void touch.run(nowMs, id),
    select: (id: number, leafId: number) => select.run({ id, leafId }).changes > 0,
    remove: (id: number, nowMs: number) => remove.run(nowMs, id).changes > 0,
    restore: (id: number) => restore.run(id).changes > 0,
    purge: db.transaction((removedBeforeMs: number) => {
      const ids = removedBefore.all(removedBeforeMs);
      for (const id of ids) {
        for (const messageId of messagesOf.all(id)) eraseMessage.run(messageId);
        erase.run(id);
      }
      return ids.length;
    }),
  });
}

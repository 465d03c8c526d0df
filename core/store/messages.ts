// Owns the rows of messages: the tree of a conversation, read whole, and its two kinds of growth.
import type { Message, Role } from '../contract/conversation.js';
import type { Grounding } from '../contract/documents.js';
import type { GroundingQueries } from './groundings.js';
import type { Writable } from './handles.js';
import { runColumns, toRun, type RunRow } from './run-rows.js';
import { translateAll } from './store-errors.js';

/** A running reply has no text of its own yet: what its tokens say so far is read instead. */
const liveText = `CASE WHEN run.state = 'running'
  THEN coalesce((SELECT group_concat(text, '' ORDER BY idx) FROM token WHERE run_id = run.id), '') ELSE message.text END`;

const select = `SELECT message.id AS messageId, conversation_id AS conversationId, parent_id AS parentId, role, ${liveText} AS text,
  created_at_ms AS createdAtMs, ${runColumns} FROM message LEFT JOIN run ON run.message_id = message.id`;

export const messageSql = {
  ofConversation: `${select} WHERE conversation_id = ? ORDER BY message.id`,
  one: `${select} WHERE message.id = ?`,
  /** From a message up to the root, oldest first. */
  path: `WITH RECURSIVE up(id, parent_id, depth) AS (
      SELECT id, parent_id, 0 FROM message WHERE id = ?
      UNION ALL SELECT message.id, message.parent_id, up.depth + 1 FROM message JOIN up ON message.id = up.parent_id
    ) SELECT id, role, text FROM up JOIN message USING (id) ORDER BY depth DESC`,
} as const;

interface MessageRow extends RunRow {
  messageId: number;
  conversationId: number;
  parentId: number | null;
  role: Role;
  text: string;
  createdAtMs: number;
}

export interface NewMessage {
  conversationId: number;
  parentId: number | null;
  role: Role;
  text: string;
  nowMs: number;
}

export interface MessageQueries {
  /** Every message of the tree, oldest first. */
  ofConversation(conversationId: number): Message[];
  find(id: number): Message | null;
  /** Roles and texts from the root down to a message. */
  path(id: number): { id: number; role: Role; text: string }[];
  add(message: NewMessage): number;
}

export function createMessageQueries(db: Writable, groundings: Pick<GroundingQueries, 'find' | 'ofConversation'>): MessageQueries {
  const ofConversation = db.prepare<[number], MessageRow>(messageSql.ofConversation);
  const one = db.prepare<[number], MessageRow>(messageSql.one);
  const path = db.prepare<[number], { id: number; role: Role; text: string }>(messageSql.path);
  const add = db.prepare<[NewMessage]>(
    'INSERT INTO message (conversation_id, parent_id, role, text, created_at_ms) VALUES (@conversationId, @parentId, @role, @text, @nowMs)',
  );
  return translateAll({
    ofConversation(conversationId: number) {
      const owed = groundings.ofConversation(conversationId);
      return ofConversation.all(conversationId).map((row) => toMessage(row, owed.get(row.messageId)));
    },
    find(id: number) {
      const row = one.get(id);
      return row === undefined ? null : toMessage(row, groundings.find(id));
    },
    path: (id: number) => path.all(id),
    add: (message: NewMessage) => Number(add.run(message).lastInsertRowid),
  });
}

function toMessage(row: MessageRow, grounding: Grounding | null | undefined): Message {
  const { messageId: id, conversationId, parentId, role, text, createdAtMs } = row;
  return { id, conversationId, parentId, role, text, createdAtMs, run: toRun(row), ...(grounding && { grounding }) };
}

// Owns full-text search over titles and messages.
import { snippetMarks, type Conversation, type SearchHit } from '../contract/conversation.js';
import type { Readable } from './handles.js';
import { translateAll } from './store-errors.js';

const conversationColumns = 'c.id, c.title, c.created_at_ms AS createdAtMs, c.updated_at_ms AS updatedAtMs';
const marks = `'${snippetMarks.start}', '${snippetMarks.end}'`;

/** Rows looked at before they are reduced to one hit per conversation. */
const rowLimit = 200;
const hitLimit = 50;

export const searchSql = {
  titles: `SELECT ${conversationColumns}, NULL AS messageId, highlight(title_search, 0, ${marks}) AS snippet
    FROM title_search JOIN conversation c ON c.id = title_search.rowid
    WHERE title_search MATCH ? AND c.removed_at_ms IS NULL ORDER BY title_search.rank LIMIT ${rowLimit}`,
  messages: `SELECT ${conversationColumns}, message_search.rowid AS messageId, snippet(message_search, 0, ${marks}, '…', 16) AS snippet
    FROM message_search JOIN message m ON m.id = message_search.rowid JOIN conversation c ON c.id = m.conversation_id
    WHERE message_search MATCH ? AND c.removed_at_ms IS NULL ORDER BY message_search.rank LIMIT ${rowLimit}`,
} as const;

interface HitRow extends Conversation {
  messageId: number | null;
  snippet: string;
}

export interface SearchQueries {
  /**
   * Conversations that contain every word of the query, each word also as a beginning, accents and case ignored.
   * One hit for each conversation: titles first, then messages, best first; a hit shows a passage of text where there is one.
   */
  search(query: string): SearchHit[];
}

/** The query in FTS5's language: words quoted, so that nothing a person types is an operator. null: no word in it. */
export function toMatch(query: string): string | null {
  const words = query.match(/[\p{L}\p{N}\p{M}\p{Co}]+/gu);
  return words === null ? null : words.slice(0, 20).map((word) => `"${word}"*`).join(' ');
}

export function createSearchQueries(db: Readable): SearchQueries {
  const titles = db.prepare<[string], HitRow>(searchSql.titles);
  const messages = db.prepare<[string], HitRow>(searchSql.messages);
  return translateAll({
    search(query: string) {
      const match = toMatch(query);
      if (match === null) return [];
      const hits = new Map<number, SearchHit>();
      for (const row of titles.all(match)) hits.set(row.id, toHit(row));
      for (const row of messages.all(match)) {
        // A Map keeps the first place of a key: a conversation found by its title stays on top and gains the passage.
        if (!hits.get(row.id)?.messageId) hits.set(row.id, toHit(row));
      }
      return [...hits.values()].slice(0, hitLimit);
    },
  });
}

function toHit({ messageId, snippet, ...conversation }: HitRow): SearchHit {
  return { conversation, messageId, snippet };
}

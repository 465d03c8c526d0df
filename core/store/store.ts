// Owns the store as the services see it: the queries of every table over one open database.
import type { ErrorBody } from '../contract/errors.js';
import { backUp, backupIsDue, forgetErased } from './backups.js';
import type { DataKey } from './cipher.js';
import { createCollectionQueries, type CollectionQueries } from './collections.js';
import { createConversationQueries, type ConversationQueries } from './conversations.js';
import { databasePath, openDatabase } from './database.js';
import { createDocumentQueries, type DocumentQueries } from './documents.js';
import { createErasingQueries, type ErasingQueries } from './erasing.js';
import { createGroundingQueries, type GroundingQueries } from './groundings.js';
import type { Writable } from './handles.js';
import { openMemoryDatabase } from './memory-database.js';
import { createMessageQueries, type MessageQueries } from './messages.js';
import { createModelFileQueries, type ModelFileQueries } from './model-files.js';
import { createPassageSearchQueries, type PassageSearchQueries } from './passage-search.js';
import { createPassageQueries, type PassageQueries } from './passages.js';
import { asides, copyUnder, finishReplacing, removeDatabaseFile } from './restore.js';
import { createRunQueries, type RunQueries } from './runs.js';
import { createSearchQueries, type SearchQueries } from './search.js';
import { createSettingQueries, type SettingQueries } from './settings.js';
import { translated } from './store-errors.js';
import { createTemporaryGroundings, type TemporaryGroundings } from './temporary-groundings.js';
import { temporaryIdStart } from './temporary.js';
import { createTransferQueries, type TransferQueries } from './transfer.js';
import { createVectorQueries, type VectorQueries } from './vectors.js';
import { createWordIndexes } from './word-indexes.js';

export interface Store extends SearchQueries {
  conversations: ConversationQueries;
  messages: MessageQueries;
  groundings: GroundingQueries;
  runs: RunQueries;
  settings: SettingQueries;
  modelFiles: ModelFileQueries;
  collections: CollectionQueries;
  documents: DocumentQueries;
  passages: PassageQueries;
  passageSearch: PassageSearchQueries;
  vectors: VectorQueries;
  erasing: ErasingQueries;
  transfer: TransferQueries;
  notices: ErrorBody[];
  /** All or nothing. `work` must not wait for anything. */
  transaction<T>(work: () => T): T;
  /** Copies the database unless the newest copy is from the last day. */
  backUpIfDue(nowMs: number): void;
  /** Call after a purge: copies and free pages keep nothing of what was erased. */
  forgetErased(): void;
  /** A compact copy under another key. */
  copyTo(path: string, ownKey: DataKey, key: DataKey): void;
  /** Moves the log into the file and closes. Call it once, last. */
  close(): void;
}

/** Opens the database of a data folder and prepares every query once. Errors: see {@link openDatabase}. */
export function openStore(dir: string, key: DataKey): Store {
  finishReplacing(dir);
  const { db, notices } = openDatabase(dir, key);
  return storeOver(db, dir, notices);
}

/** A store in memory, of temporary chats. */
export function openMemoryStore(): Store & { groundings: TemporaryGroundings } {
  const db = openMemoryDatabase(temporaryIdStart);
  const messagesOf = db.prepare<[number], number>('SELECT id FROM message WHERE conversation_id = ?').pluck();
  const groundings = createTemporaryGroundings((conversationId) => messagesOf.all(conversationId));
  return { ...storeOver(db, '', [], { groundings }), groundings };
}

export function storeOver(db: Writable, dir: string, notices: ErrorBody[] = [], own: { groundings?: GroundingQueries } = {}): Store {
  const path = databasePath(dir);
  const passageSearch = createPassageSearchQueries(db);
  const groundings = own.groundings ?? createGroundingQueries(db, passageSearch);
  const settings = createSettingQueries(db);
  const wordIndexes = createWordIndexes(db);
  return {
    conversations: createConversationQueries(db),
    messages: createMessageQueries(db, groundings),
    groundings,
    runs: createRunQueries(db),
    settings,
    modelFiles: createModelFileQueries(db),
    collections: createCollectionQueries(db),
    documents: createDocumentQueries(db),
    passages: createPassageQueries(db, wordIndexes),
    passageSearch,
    vectors: createVectorQueries(db),
    erasing: createErasingQueries(db, wordIndexes),
    transfer: createTransferQueries(db),
    ...createSearchQueries(db),
    notices,
    transaction: (work) => translated(() => db.transaction(work)()),
    backUpIfDue: (nowMs) => translated(() => void (backupIsDue(dir, nowMs) && backUp(db, path, 'daily', settings.read().backupsKept))),
    forgetErased: () =>
      translated(() => {
        // The log still holds the pages as they were before the erasing.
        db.pragma('wal_checkpoint(TRUNCATE)');
        forgetErased(db, path);
        for (const aside of asides(dir)) removeDatabaseFile(aside);
      }),
    copyTo: (target, ownKey, key) => copyUnder(db, ownKey, target, key),
    close() {
      db.pragma('wal_checkpoint(TRUNCATE)');
      db.close();
    },
  };
}

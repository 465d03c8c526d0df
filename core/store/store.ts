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
import { createMessageQueries, type MessageQueries } from './messages.js';
import { createModelFileQueries, type ModelFileQueries } from './model-files.js';
import { createPassageSearchQueries, type PassageSearchQueries } from './passage-search.js';
import { createPassageQueries, type PassageQueries } from './passages.js';
import { createRunQueries, type RunQueries } from './runs.js';
import { createSearchQueries, type SearchQueries } from './search.js';
import { createSettingQueries, type SettingQueries } from './settings.js';
import { translated } from './store-errors.js';
import { createVectorQueries, type VectorQueries } from './vectors.js';

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
  notices: ErrorBody[];
  /** All or nothing. `work` must not wait for anything. */
  transaction<T>(work: () => T): T;
  /** Copies the database unless the newest copy is from the last day. */
  backUpIfDue(nowMs: number): void;
  /** Call after a purge: copies and free pages keep nothing of what was erased. */
  forgetErased(): void;
  /** Moves the log into the file and closes. Call it once, last. */
  close(): void;
}

/** Opens the database of a data folder and prepares every query once. Errors: see {@link openDatabase}. */
export function openStore(dir: string, key: DataKey): Store {
  const { db, notices } = openDatabase(dir, key);
  return storeOver(db, dir, notices);
}

export function storeOver(db: Writable, dir: string, notices: ErrorBody[] = []): Store {
  const path = databasePath(dir);
  const passageSearch = createPassageSearchQueries(db);
  const groundings = createGroundingQueries(db, passageSearch);
  return {
    conversations: createConversationQueries(db),
    messages: createMessageQueries(db, groundings),
    groundings,
    runs: createRunQueries(db),
    settings: createSettingQueries(db),
    modelFiles: createModelFileQueries(db),
    collections: createCollectionQueries(db),
    documents: createDocumentQueries(db),
    passages: createPassageQueries(db),
    passageSearch,
    vectors: createVectorQueries(db),
    erasing: createErasingQueries(db),
    ...createSearchQueries(db),
    notices,
    transaction: (work) => translated(() => db.transaction(work)()),
    backUpIfDue: (nowMs) => translated(() => void (backupIsDue(dir, nowMs) && backUp(db, path, 'daily'))),
    forgetErased: () =>
      translated(() => {
        // The log still holds the pages as they were before the erasing.
        db.pragma('wal_checkpoint(TRUNCATE)');
        forgetErased(db, path);
      }),
    close() {
      db.pragma('wal_checkpoint(TRUNCATE)');
      db.close();
    },
  };
}

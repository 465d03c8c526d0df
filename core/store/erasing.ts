// Owns the erasing of documents: hidden at once, their rows gone piece by piece, and remembered until no copy holds them either.
import type { Writable } from './handles.js';
import { translateAll } from './store-errors.js';
import { markedAtOnce, passagesCounted, type WordIndexes } from './word-indexes.js';

export interface ErasingQueries {
  /** Hides a document and queues its erasing; its name and path go at once. False: there is none. */
  document(id: number): boolean;
  /** The same for a collection with all that is in it. */
  collection(id: number): boolean;
  /** Unfinished uploads that a closed window or a crash left behind. */
  unfinishedUploads(except: readonly number[]): void;
  /**
   * Erases at most about `limit` rows, or many more where passages only leave marks, then writes the word indexes anew, step by step. False: nothing is
   * left to erase.
   */
  some(limit: number): boolean;
  /** True while rows, or copies of the database, still hold something erased. */
  isOwed(): boolean;
  /** Rows and copies are clean. */
  settled(): void;
}

export function createErasingQueries(db: Writable, indexes: WordIndexes): ErasingQueries {
  const hide = db.prepare("UPDATE document SET erased = 1, path = NULL, name = '', title = NULL, file_hash = NULL, left_out = '[]' WHERE id = ? AND erased = 0");
  const hideAll = db.prepare("UPDATE document SET erased = 1, path = NULL, name = '', title = NULL, file_hash = NULL, left_out = '[]' WHERE collection_id = ?");
  const hideCollection = db.prepare("UPDATE collection SET erased = 1, name = '' WHERE id = ? AND erased = 0");
  const dropFolders = db.prepare('DELETE FROM folder WHERE collection_id = ?');
  const unfinished = db.prepare("UPDATE document SET erased = 1, name = '' WHERE state = 'uploading' AND id NOT IN (SELECT value FROM json_each(?))");
  const owe = db.prepare('INSERT OR IGNORE INTO erasing_owed (id) VALUES (1)');
  const owed = db.prepare<[], number>('SELECT EXISTS (SELECT 1 FROM erasing_owed)').pluck();
  const settled = db.prepare('DELETE FROM erasing_owed');
  const next = db.prepare<[], number>('SELECT id FROM document WHERE erased = 1 ORDER BY id LIMIT 1').pluck();
  const passagesLeft = db.prepare<[], number>(`SELECT count(*) FROM (SELECT 1 FROM document d JOIN passage p ON p.document_id = d.id WHERE d.erased = 1 LIMIT ${passagesCounted})`).pluck();
  const parts = [
    'DELETE FROM passage WHERE id IN (SELECT id FROM passage WHERE document_id = @id LIMIT @limit)',
    'DELETE FROM page WHERE rowid IN (SELECT rowid FROM page WHERE document_id = @id LIMIT @limit)',
    'DELETE FROM upload WHERE document_id = @id AND offset IN (SELECT offset FROM upload WHERE document_id = @id LIMIT @limit)',
  ].map((sql) => db.prepare<[{ id: number; limit: number }]>(sql));
  const dropDocument = db.prepare('DELETE FROM document WHERE id = ?');
  const dropCollections = db.prepare('DELETE FROM collection WHERE erased = 1 AND NOT EXISTS (SELECT 1 FROM document WHERE collection_id = collection.id)');

  return translateAll({
    document: db.transaction((id: number) => {
      if (hide.run(id).changes === 0) return false;
      owe.run();
      return true;
    }),
    collection: db.transaction((id: number) => {
      if (hideCollection.run(id).changes === 0) return false;
      hideAll.run(id);
      dropFolders.run(id);
      owe.run();
      return true;
    }),
    unfinishedUploads: (except: readonly number[]) => {
      if (unfinished.run(JSON.stringify(except)).changes > 0) owe.run();
    },
    some: db.transaction((limit: number) => {
      const id = next.get();
      if (id === undefined) return dropCollections.run().changes > 0 || indexes.merge();
      return indexes.deleting(passagesLeft.get()!, (marked) => {
        let left = marked ? limit * markedAtOnce : limit;
        for (const part of parts) if (left > 0) left -= part.run({ id, limit: left }).changes;
        if (left > 0) dropDocument.run(id);
        return true;
      });
    }),
    isOwed: () => owed.get() === 1,
    settled: () => void settled.run(),
  });
}

// Owns the rows of collections and of the folders that feed them.
import type { Writable } from './handles.js';
import { translateAll } from './store-errors.js';

export interface CollectionRow {
  id: number;
  name: string;
  createdAtMs: number;
  paused: boolean;
  documents: number;
  failed: number;
  /** Documents still to be read, the one being read included, and their bytes. */
  waiting: number;
  waitingBytes: number;
  passages: number;
  sizeBytes: number;
}

export interface FolderRow {
  id: number;
  collectionId: number;
  path: string;
  watched: boolean;
}

const counted = `SELECT c.id, c.name, c.created_at_ms AS createdAtMs, c.paused,
  count(d.state) AS documents, coalesce(sum(d.state = 'failed'), 0) AS failed,
  coalesce(sum(d.state IN ('waiting', 'reading')), 0) AS waiting, coalesce(sum(iif(d.state IN ('waiting', 'reading'), d.size_bytes, 0)), 0) AS waitingBytes,
  coalesce(sum(d.passages), 0) AS passages, coalesce(sum(d.size_bytes), 0) AS sizeBytes
  FROM collection c LEFT JOIN document d ON d.collection_id = c.id AND d.erased = 0 AND d.state <> 'uploading' WHERE c.erased = 0`;
const folderColumns = 'folder.id, collection_id AS collectionId, path, watched';

export const collectionSql = {
  list: `${counted} GROUP BY c.id ORDER BY c.id`,
  one: `${counted} AND c.id = ? GROUP BY c.id`,
  folders: `SELECT ${folderColumns} FROM folder WHERE collection_id = ? ORDER BY path`,
} as const;

/** `find` answers null for an unknown or removed collection; the changing functions answer false. */
export interface CollectionQueries {
  list(): CollectionRow[];
  find(id: number): CollectionRow | null;
  create(name: string, nowMs: number): number;
  rename(id: number, name: string): boolean;
  setPaused(id: number, paused: boolean): boolean;
  folders(collectionId: number): FolderRow[];
  allFolders(): FolderRow[];
  findFolder(id: number): FolderRow | null;
  /** Adds it, or changes whether it is watched. Returns its id. */
  addFolder(collectionId: number, path: string, watched: boolean): number;
  setWatched(folderId: number, watched: boolean): boolean;
  /** Hashes of the paths that the user removed from what the folder brings. */
  exceptions(folderId: number): string[];
  except(folderId: number, pathHash: string): void;
  /** Forgets the exception of a path in all folders of a collection. */
  readmit(collectionId: number, pathHash: string): void;
}

type Raw<T> = Omit<T, 'paused' | 'watched'> & Record<string, unknown>;
const toCollection = (row: Raw<CollectionRow>): CollectionRow => ({ ...row, paused: row.paused === 1 }) as CollectionRow;
const toFolder = (row: Raw<FolderRow>): FolderRow => ({ ...row, watched: row.watched === 1 }) as FolderRow;

export function createCollectionQueries(db: Writable): CollectionQueries {
  const list = db.prepare<[], Raw<CollectionRow>>(collectionSql.list);
  const one = db.prepare<[number], Raw<CollectionRow>>(collectionSql.one);
  const create = db.prepare<[string, number], number>('INSERT INTO collection (name, created_at_ms) VALUES (?, ?) RETURNING id').pluck();
  const rename = db.prepare('UPDATE collection SET name = ? WHERE id = ? AND erased = 0');
  const setPaused = db.prepare('UPDATE collection SET paused = ? WHERE id = ? AND erased = 0');
  const folders = db.prepare<[number], Raw<FolderRow>>(collectionSql.folders);
  const allFolders = db.prepare<[], Raw<FolderRow>>(`SELECT ${folderColumns} FROM folder JOIN collection c ON c.id = collection_id WHERE c.erased = 0 ORDER BY folder.id`);
  const findFolder = db.prepare<[number], Raw<FolderRow>>(`SELECT ${folderColumns} FROM folder WHERE id = ?`);
  const addFolder = db.prepare<[number, string, number], number>(
    'INSERT INTO folder (collection_id, path, watched) VALUES (?, ?, ?) ON CONFLICT (collection_id, path) DO UPDATE SET watched = excluded.watched RETURNING id').pluck();
  const setWatched = db.prepare('UPDATE folder SET watched = ? WHERE id = ?');
  const exceptions = db.prepare<[number], string>('SELECT path_hash FROM folder_exception WHERE folder_id = ?').pluck();
  const except = db.prepare('INSERT OR IGNORE INTO folder_exception (folder_id, path_hash) VALUES (?, ?)');
  const readmit = db.prepare('DELETE FROM folder_exception WHERE path_hash = ? AND folder_id IN (SELECT id FROM folder WHERE collection_id = ?)');

  return translateAll({
    list: () => list.all().map(toCollection),
    find: (id: number) => {
      const row = one.get(id);
      return row ? toCollection(row) : null;
    },
    create: (name: string, nowMs: number) => create.get(name, nowMs)!,
    rename: (id: number, name: string) => rename.run(name, id).changes > 0,
    setPaused: (id: number, paused: boolean) => setPaused.run(Number(paused), id).changes > 0,
    folders: (collectionId: number) => folders.all(collectionId).map(toFolder),
    allFolders: () => allFolders.all().map(toFolder),
    findFolder: (id: number) => {
      const row = findFolder.get(id);
      return row ? toFolder(row) : null;
    },
    addFolder: (collectionId: number, path: string, watched: boolean) => addFolder.get(collectionId, path, Number(watched))!,
    setWatched: (folderId: number, watched: boolean) => setWatched.run(Number(watched), folderId).changes > 0,
    exceptions: (folderId: number) => exceptions.all(folderId),
    except: (folderId: number, pathHash: string) => void except.run(folderId, pathHash),
    readmit: (collectionId: number, pathHash: string) => void readmit.run(pathHash, collectionId),
  });
}

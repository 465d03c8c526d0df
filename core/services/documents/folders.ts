// Owns the files and folders of collections on disk: adds them, looks through folders again when they change, and notices what is gone.
import { watch, type FSWatcher } from 'chokidar';
import { createHash } from 'node:crypto';
import { lstat, realpath } from 'node:fs/promises';
import { basename } from 'node:path';
import { AppError, toErrorBody, type ErrorBody } from '../../contract/errors.js';
import type { FolderRow } from '../../store/collections.js';
import type { Store } from '../../store/store.js';
import type { Log } from '../log.js';
import { pathFromPerson } from '../model-files.js';
import { factsOf, largestFileBytes, unreadable, type FileFacts } from './document-file.js';
import { filesIn, isSkipped, isUnreadableKind } from './folder-walk.js';
import type { Indexer } from './indexer.js';

export interface FolderDeps {
  store: Store;
  indexer: Pick<Indexer, 'enqueue' | 'kick'>;
  log: Log;
  now(): number;
  onChange(change: { collectionId: number; documentId?: number }): void;
  /** Plumb's own folder: its files are not documents. */
  ownDir: string;
  /** Quiet time after a change before a folder is looked through. */
  settleMs: number;
}

export interface Folders {
  /** Looks through every watched folder and begins to watch. */
  start(): Promise<void>;
  /** Errors: document_missing, file_unreadable when one of the paths is not there; nothing was added then. */
  add(collectionId: number, paths: readonly string[], watched: boolean): Promise<number>;
  unwatch(folderId: number): void;
  /** Nothing of a collection is watched any more. */
  forget(collectionId: number): void;
  /** A removed document of a folder must not come back with the next look. */
  except(folderId: number, path: string): void;
  error(folderId: number): ErrorBody | null;
  /** Looks at files that were added by themselves, and at folders whose watching failed. */
  recheck(): Promise<void>;
  close(): void;
}

interface Watched {
  watcher: FSWatcher;
  timer: NodeJS.Timeout | null;
}

const hashOf = (path: string): string => createHash('sha256').update(path).digest('hex');
const rowsAtOnce = 50;
const breath = (): Promise<void> => new Promise((done) => setImmediate(done));

export function createFolders({ store, indexer, log, now, onChange, ownDir, settleMs }: FolderDeps): Folders {
  const watched = new Map<number, Watched>();
  const errors = new Map<number, ErrorBody>();
  /** One look at a folder at a time; one more if it changed meanwhile. */
  const looking = new Map<number, { again: boolean; over: Promise<number> }>();
  let closed = false;

  function setError(folder: FolderRow, error: ErrorBody | null): void {
    const before = errors.get(folder.id);
    if (error) errors.set(folder.id, error);
    else errors.delete(folder.id);
    if (before?.code !== error?.code) onChange({ collectionId: folder.collectionId });
  }

  function problemOf(path: string, file: FileFacts): ErrorBody | null {
    if (file.sizeBytes > largestFileBytes) return { code: 'document_too_big', message: 'This document is larger than Plumb reads safely.', detail: `${file.sizeBytes} bytes` };
    return isUnreadableKind(path) ? { code: 'document_unsupported', message: 'Plumb cannot read this kind of file.' } : null;
  }

  /** Adds a file, or notices that one changed or came back. True: there is something new. */
  function meet(collectionId: number, folderId: number | null, path: string, file: FileFacts, known: { id: number; state: string; sizeBytes: number; modifiedAtMs: number | null } | null): boolean {
    if (!known) {
      const id = store.documents.add({ collectionId, folderId, name: basename(path).toWellFormed().slice(0, 255), path, ...file, nowMs: now(), error: problemOf(path, file) });
      if (id !== null) onChange({ collectionId, documentId: id });
      return id !== null;
    }
    const same = known.sizeBytes === file.sizeBytes && known.modifiedAtMs === file.modifiedAtMs;
    if (same && known.state !== 'missing') return false;
    if (problemOf(path, file) === null) indexer.enqueue(known.id, { file });
    onChange({ collectionId, documentId: known.id });
    return false;
  }

  function look(folder: FolderRow): Promise<number> {
    const running = looking.get(folder.id);
    if (running) {
      running.again = true;
      return running.over;
    }
    const mine = { again: false, over: Promise.resolve(0) };
    looking.set(folder.id, mine);
    mine.over = (async () => {
      let added = 0;
      do {
        mine.again = false;
        added += await lookOnce(folder).catch((thrown: unknown) => {
          if (!closed) setError(folder, toErrorBody(thrown));
          return 0;
        });
      } while (mine.again && !closed);
      return added;
    })().finally(() => looking.delete(folder.id));
    return mine.over;
  }

  async function lookOnce(folder: FolderRow): Promise<number> {
    const { id, collectionId, path: root } = folder;
    const found = await filesIn(root, ownDir, () => closed);
    if (closed || store.collections.findFolder(id) === null) return 0;
    const known = new Map(store.documents.ofFolder(id).map((file) => [file.path, file]));
    const excepted = new Set(store.collections.exceptions(id));
    let added = 0;
    for (let at = 0; at < found.files.length && !closed; at += rowsAtOnce) {
      store.transaction(() => {
        for (const { path, ...file } of found.files.slice(at, at + rowsAtOnce)) {
          const before = known.get(path) ?? null;
          known.delete(path);
          if (excepted.has(hashOf(path))) continue;
          if (meet(collectionId, id, path, file, before)) added++;
        }
      });
      indexer.kick();
      await breath();
    }
    if (closed) return added;
    for (const { id: documentId, path, state } of known.values()) {
      if (state === 'missing' || found.closed.some((folderPath) => path.startsWith(folderPath))) continue;
      store.documents.setState(documentId, 'missing');
      onChange({ collectionId, documentId });
    }
    setError(folder, found.full ? { code: 'document_too_big', message: 'This folder holds more files than Plumb takes.', detail: `${found.files.length} files` } : null);
    return added;
  }

  function begin(folder: FolderRow): void {
    if (watched.has(folder.id) || closed) return;
    const watcher = watch(folder.path, { ignoreInitial: true, followSymlinks: false, ignorePermissionErrors: true, ignored: (path) => path !== folder.path && isSkipped(path, ownDir) });
    const mine: Watched = { watcher, timer: null };
    watched.set(folder.id, mine);
    watcher.on('all', () => {
      if (mine.timer) clearTimeout(mine.timer);
      mine.timer = setTimeout(() => void look(folder), settleMs).unref();
    });
    watcher.on('error', (thrown) => {
      log.warn('a folder cannot be watched', toErrorBody(thrown));
      setError(folder, { code: 'file_unreadable', message: 'This folder cannot be watched for changes. It is looked through every minute.', detail: (thrown as NodeJS.ErrnoException).code });
    });
  }
  function end(folderId: number): void {
    const mine = watched.get(folderId);
    watched.delete(folderId);
    errors.delete(folderId);
    if (mine?.timer) clearTimeout(mine.timer);
    void mine?.watcher.close().catch((thrown: unknown) => log.info('watcher not closed', toErrorBody(thrown)));
  }

  async function recheckLone(): Promise<void> {
    for (const { path, ...known } of store.documents.lone()) {
      if (closed) return;
      const file = await factsOf(path).catch((thrown: unknown) => (thrown instanceof AppError && thrown.code === 'document_missing' ? null : undefined));
      const document = closed || file === undefined ? null : store.documents.find(known.id);
      if (!document || document.state === 'reading') continue;
      if (file) meet(document.collectionId, null, path, file, known);
      else if (document.state !== 'missing') {
        store.documents.setState(known.id, 'missing');
        onChange({ collectionId: document.collectionId, documentId: known.id });
      }
    }
  }

  return {
    async start() {
      for (const folder of store.collections.allFolders().filter((each) => each.watched)) {
        if (closed) return;
        begin(folder);
        await look(folder);
      }
      await recheckLone();
    },
    async add(collectionId, given, watchFolders) {
      const places = [];
      for (const each of given) {
        const path = await realpath(pathFromPerson(each)).catch((cause: NodeJS.ErrnoException) => {
          throw unreadable(cause);
        });
        places.push({ path, isFolder: (await lstat(path)).isDirectory(), file: null as FileFacts | null });
      }
      for (const place of places) if (!place.isFolder) place.file = await factsOf(place.path);
      let added = 0;
      for (const { path, file } of places) {
        if (file) {
          store.collections.readmit(collectionId, hashOf(path));
          const known = store.documents.byPath(collectionId, path);
          // Given by hand once more: a failure is tried again.
          if (known?.state === 'failed') indexer.enqueue(known.id, { file, again: true });
          if (meet(collectionId, null, path, file, known)) added++;
          continue;
        }
        const folder = store.collections.findFolder(store.collections.addFolder(collectionId, path, watchFolders))!;
        if (watchFolders) begin(folder);
        else end(folder.id);
        added += await look(folder);
        const error = errors.get(folder.id);
        if (error?.code === 'document_missing' || error?.code === 'file_unreadable') log.warn('a folder was not read', error);
      }
      onChange({ collectionId });
      indexer.kick();
      return added;
    },
    unwatch: end,
    forget(collectionId) {
      for (const { id } of store.collections.folders(collectionId)) end(id);
    },
    except: (folderId, path) => store.collections.except(folderId, hashOf(path)),
    error: (folderId) => errors.get(folderId) ?? null,
    async recheck() {
      for (const folder of store.collections.allFolders()) if (folder.watched && errors.has(folder.id) && !closed) await look(folder);
      await recheckLone();
    },
    close() {
      closed = true;
      for (const id of watched.keys()) end(id);
    },
  };
}

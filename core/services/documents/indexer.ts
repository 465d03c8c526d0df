// Owns the queue of documents: reads one file after the other, keeps what did not change, and goes on after a pause, a crash or a full disk.
import type { Indexing } from '../../contract/documents.js';
import { AppError, toErrorBody, type ErrorBody } from '../../contract/errors.js';
import type { CollectionRow } from '../../store/collections.js';
import type { DocumentRow } from '../../store/documents.js';
import type { Store } from '../../store/store.js';
import type { Log } from '../log.js';
import { factsOf, hashFile, largestFileBytes, uploadedBytes, type FileFacts } from './document-file.js';
import { createQueueFigures } from './queue-figures.js';
import type { Reader } from './reader-link.js';
import { breathe, stage, type Staging } from './staging.js';

export interface IndexerDeps {
  store: Store;
  reader: Reader;
  log: Log;
  now(): number;
  isBusy(): boolean;
  /** Something about a document or its collection is not as it was. */
  onChange(change: { collectionId: number; documentId: number; gone?: boolean }): void;
  /** The passages of a document are stored; vectors may be made. */
  onStored(document: { documentId: number; collectionId: number }): void;
  /** How long a queue that cannot go on waits until it tries again by itself. */
  retryMs: number;
}

export interface Indexer {
  /** Looks for work. Call it after anything was put into the queue. */
  kick(): void;
  /** Puts a document into the queue; while it is being read, for once more. `again`: also when the file did not change. */
  enqueue(id: number, options?: { file?: FileFacts; ocr?: boolean; again?: boolean }): void;
  /** Stops reading what fits; it waits again. Resolves when nothing is written for it any more. */
  release(fits: (document: DocumentRow) => boolean): Promise<void>;
  /** Tries again at once if it is stuck. */
  unstick(): void;
  indexing(collection: CollectionRow): Indexing;
  progress(documentId: number): number | null;
  /** Once, at the start: erases what readings that did not end left behind. */
  tidy(): Promise<void>;
  /** Resolves when nothing is left to do, or nothing can be done. */
  idle(): Promise<void>;
  close(): void;
}

interface Current {
  document: DocumentRow;
  progress: number;
  /** Of the file as it is now; null before it was looked at. */
  hash: string | null;
  abort: AbortController;
  staging: Staging | null;
  /** Asked for again meanwhile. */
  once: (() => void) | null;
  over: Promise<void>;
}

/** Nothing about the file: the queue itself cannot go on. */
const stuckCodes: readonly string[] = ['disk_full', 'file_unwritable', 'database_locked', 'database_corrupt', 'reader_down', 'locked'];
const sweepRows = 4; // See eraser.ts.

export function createIndexer({ store, reader, log, now, isBusy, onChange, onStored, retryMs }: IndexerDeps): Indexer {
  let current: Current | null = null;
  let stuck: ErrorBody | null = null;
  let working: Promise<void> | null = null;
  let retryTimer: NodeJS.Timeout | null = null;
  let closed = false;
  const figures = createQueueFigures();
  const forced = new Set<number>();

  function kick(): void {
    if (closed || stuck !== null) return;
    working ??= work().finally(() => {
      working = null;
    });
  }

  async function work(): Promise<void> {
    await breathe(isBusy);
    while (!closed && stuck === null) {
      let document: DocumentRow | null = null;
      try {
        document = store.documents.next();
        if (!document) return;
        await readOne(document);
      } catch (thrown) {
        if (!closed) getStuck(thrown, document);
      }
    }
  }

  function getStuck(thrown: unknown, document: DocumentRow | null): void {
    stuck = toErrorBody(thrown);
    log.warn('reading documents is stuck', { code: stuck.code, detail: stuck.detail });
    if (document) {
      try {
        store.documents.setState(document.id, 'waiting');
      } catch (again) {
        // On a full disk not even this can be written; at the next start `reading` counts as waiting.
        log.info('state not written', toErrorBody(again));
      }
      onChange({ collectionId: document.collectionId, documentId: document.id });
    }
    if (!closed) retryTimer = setTimeout(unstick, retryMs).unref();
  }

  function unstick(): void {
    if (retryTimer) clearTimeout(retryTimer);
    retryTimer = null;
    if (stuck === null) return kick();
    stuck = null;
    try {
      // What could not be put back when the disk was full.
      if (current === null) store.documents.requeueInterrupted();
      kick();
    } catch (thrown) {
      getStuck(thrown, null);
    }
  }

  async function readOne(document: DocumentRow): Promise<void> {
    const { id, collectionId } = document;
    const abort = new AbortController();
    const mine: Current = { document, progress: 0, hash: null, abort, staging: null, once: null, over: Promise.resolve() };
    let ended: () => void = () => undefined;
    mine.over = new Promise((resolve) => void (ended = resolve));
    current = mine;
    const startedMs = performance.now();
    try {
      store.documents.setState(id, 'reading');
      onChange({ collectionId, documentId: id });
      const wasRead = await readInto(document, mine);
      if (wasRead) {
        figures.measured(document.sizeBytes, performance.now() - startedMs);
        onStored({ documentId: id, collectionId });
      }
      figures.done(collectionId);
    } catch (thrown) {
      if (closed) return;
      const error = toErrorBody(thrown);
      if (abort.signal.aborted) store.documents.setState(id, 'waiting');
      else if (stuckCodes.includes(error.code)) throw thrown;
      else {
        if (error.code === 'internal') log.warn('document not read', { detail: error.detail });
        conclude(mine, error);
        figures.done(collectionId);
      }
    } finally {
      current = null;
      ended();
      if (!closed) mine.once?.();
      if (!closed) onChange({ collectionId, documentId: id });
    }
    await sweep(id);
  }

  /** A file that cannot be read. What was read of the very same bytes before stays. */
  function conclude({ document, hash }: Current, error: ErrorBody): void {
    if (error.code === 'document_missing') store.documents.setState(document.id, 'missing');
    else if (document.reading > 0 && document.fileHash !== null && hash === document.fileHash) store.documents.keep(document.id, error);
    else store.passages.fail(document.id, error, now());
  }

  /** False: the file is what was read before, or was renamed. */
  async function readInto(document: DocumentRow, mine: Current): Promise<boolean> {
    const { id, path, ocr } = document;
    let file: FileFacts | null = null;
    if (path !== null) {
      file = await factsOf(path);
      if (file.sizeBytes > largestFileBytes) throw new AppError('document_too_big', 'This document is larger than Plumb reads safely.', `${file.sizeBytes} bytes`);
      mine.hash = await hashFile(path, mine.abort.signal);
    } else mine.hash = document.fileHash;
    const fileHash = mine.hash ?? '';
    if (document.reading > 0 && document.fileHash === fileHash && !ocr && !forced.delete(id)) {
      store.documents.settle(id, { ...document, sizeBytes: file?.sizeBytes ?? document.sizeBytes, modifiedAtMs: file?.modifiedAtMs ?? null });
      return false;
    }
    if (path !== null && file !== null && document.reading === 0 && renamed(document, file, fileHash)) return false;
    await sweep(id);
    if (mine.abort.signal.aborted) throw new AppError('disconnected', 'Reading was stopped.');
    const source = path === null ? { kind: 'bytes' as const, bytes: uploadedBytes(store, document) } : { kind: 'path' as const, path };
    mine.staging = stage({ store, reader, isBusy }, id, { name: document.name, source, ocr }, (share) => {
      if (share - mine.progress < 0.01) return;
      mine.progress = Math.min(1, share);
      onChange({ collectionId: document.collectionId, documentId: id });
    });
    const { summary, kept } = await mine.staging.done;
    if (mine.abort.signal.aborted) throw new AppError('disconnected', 'Reading was stopped.');
    store.passages.publish({
      documentId: id, summary, kept, fileHash, nowMs: now(), sizeBytes: file?.sizeBytes ?? document.sizeBytes, modifiedAtMs: file?.modifiedAtMs ?? null,
    });
    // Written to while it was read: once more.
    const after = path === null ? null : await factsOf(path).catch(() => null);
    if (file && after && (after.sizeBytes !== file.sizeBytes || after.modifiedAtMs !== file.modifiedAtMs)) mine.once = () => store.documents.enqueue(id, after, null);
    return true;
  }

  /** The text of a file that is gone is under another path now: its passages move along, nothing is read. */
  function renamed(document: DocumentRow, file: FileFacts, hash: string): boolean {
    const before = store.documents.missingByHash(document.collectionId, hash);
    if (!before || before.path === null || document.path === null) return false;
    const { path, name, folderId } = document;
    store.transaction(() => {
      store.erasing.document(document.id);
      store.documents.settle(before.id, { path, name, folderId, ...file });
    });
    onChange({ collectionId: document.collectionId, documentId: document.id, gone: true });
    onChange({ collectionId: before.collectionId, documentId: before.id });
    return true;
  }

  async function sweep(id: number): Promise<void> {
    while (!closed && store.passages.sweep(id, sweepRows)) await breathe(isBusy);
  }

  function cancel(mine: Current): Promise<void> {
    mine.abort.abort();
    mine.staging?.stop();
    return mine.over;
  }

  return {
    kick,
    enqueue(id, { file, ocr, again } = {}) {
      if (again) forced.add(id);
      const put = (): void => store.documents.enqueue(id, file ?? null, ocr ?? null);
      if (current?.document.id === id) current.once = put;
      else put();
      kick();
    },
    async release(fits) {
      if (current && fits(current.document)) await cancel(current);
    },
    unstick,
    indexing: (collection) => figures.indexing(collection, current?.document.collectionId === collection.id ? current.progress * current.document.sizeBytes : 0, stuck),
    progress: (documentId) => (current?.document.id === documentId ? current.progress : null),
    async tidy() {
      for (const id of store.passages.withStale()) {
        while (!closed && current?.document.id !== id && store.passages.sweep(id, sweepRows)) await breathe(isBusy);
      }
    },
    async idle() {
      while (working) await working;
    },
    close() {
      closed = true;
      if (retryTimer) clearTimeout(retryTimer);
      if (current) void cancel(current);
    },
  };
}

// Owns the documents part of the services: collections, their reading, and what the viewer shows of them.
import type { Collection, Document } from '../../contract/documents.js';
import { AppError, toErrorBody } from '../../contract/errors.js';
import type { Retriever } from '../../retrieval/retrieval.js';
import type { CollectionRow } from '../../store/collections.js';
import type { DocumentRow } from '../../store/documents.js';
import type { Store } from '../../store/store.js';
import type { EngineProcess } from '../engine-link.js';
import type { Emit, HandlersOf } from '../events.js';
import type { Log } from '../log.js';
import type { Runs } from '../runs.js';
import { createAnnouncer } from './announcer.js';
import { createEmbedding } from './embedding.js';
import type { Encoders } from './encoders.js';
import { createEraser } from './eraser.js';
import { createFolders } from './folders.js';
import { createIndexer } from './indexer.js';
import { createReader, usualReaderTimes, type ReaderDeps, type ReaderTimes } from './reader-link.js';
import { createUploads } from './uploads.js';
import { createView } from './view.js';

export interface DocumentDeps {
  store: Store;
  runs: Pick<Runs, 'isBusy'>;
  emit: Emit;
  log: Log;
  now(): number;
  /** Plumb's own folder. */
  dataDir: string;
  startReader(): EngineProcess | Promise<EngineProcess>;
  /** The reader's network lock refused something. */
  onRefused?: ReaderDeps['onRefused'];
  /** The host's dialog; absent where there is none. */
  pickDocuments?: ((kind: 'files' | 'folder') => Promise<string[]>) | undefined;
  encoders: Encoders;
  retriever?: Retriever | null;
  /** How long the whole-document mode would take. */
  forecast?: HandlersOf<'documents'>['documents.forecast'];
  times?: Partial<typeof usualDocumentTimes>;
}

export const usualDocumentTimes = {
  /** The window comes first. */
  startDelayMs: 1000,
  retryMs: 30_000,
  settleMs: 500,
  /** After an engine that makes vectors died. */
  embeddingRetryMs: 1000,
  announceMs: 250,
  recheckEveryMs: 60_000,
  reader: usualReaderTimes as Partial<ReaderTimes>,
};

export interface Documents {
  handlers: HandlersOf<'documents'> & HandlersOf<'collections'>;
  /** Resolves when the queue has nothing more that it can do. */
  idle(): Promise<void>;
  /** Before the store closes. */
  close(): void;
}

export function createDocuments(deps: DocumentDeps): Documents {
  const { store, emit, log, now, dataDir, pickDocuments, encoders, retriever = null } = deps;
  const times = { ...usualDocumentTimes, ...deps.times };
  const isBusy = (): boolean => deps.runs.isBusy();

  const reader = createReader({ startReader: deps.startReader, log, onRefused: deps.onRefused, times: { ...usualReaderTimes, ...times.reader } });
  const embedding = createEmbedding({ store, embedder: encoders.embedder, vectorsOf: encoders.vectorsOf, log, isBusy, retryMs: times.embeddingRetryMs, onVectors: encoders.changed });
  encoders.onEmbedder(() => embedding.catchUp());
  const indexer = createIndexer({
    store, reader, log, now, isBusy, retryMs: times.retryMs,
    onChange: (change) => announcer.changed(change),
    onStored(stored) {
      embedding.stored(stored);
      // Much of an older reading may have left marks.
      if (store.erasing.isOwed()) eraser.begin();
    },
  });
  const announcer = createAnnouncer({ emit, log, everyMs: times.announceMs, collection: (id) => toCollection(store.collections.find(id)), document: (id) => toDocument(store.documents.find(id)) });
  const eraser = createEraser({ store, log, isBusy });
  const folders = createFolders({ store, indexer, log, now, ownDir: dataDir, settleMs: times.settleMs, onChange: (change) => announcer.changed(change) });
  const view = createView({ store, indexer });
  const uploads = createUploads({
    store, now, onErased: () => eraser.begin(),
    onWhole: (whole) => {
      announcer.changed(whole);
      indexer.kick();
    },
  });

  function toCollection(row: CollectionRow | null): Collection | null {
    if (!row) return null;
    const { id, name, createdAtMs, documents, failed, passages, sizeBytes } = row;
    const all = store.collections.folders(id).map(({ id: folderId, path, watched }) => ({ id: folderId, path, watched, error: folders.error(folderId) }));
    return { id, name, createdAtMs, documents, failed, passages, sizeBytes, folders: all, indexing: indexer.indexing(row) };
  }
  function toDocument(row: DocumentRow | null): Document | null {
    if (!row) return null;
    const { id, collectionId, name, path, format, state, error, sizeBytes, pages, passages, characters, pagesWithoutText, ocrConfidence, leftOut, readAtMs } = row;
    return { id, collectionId, name, path, format, state, error, progress: state === 'reading' ? indexer.progress(id) : null, sizeBytes, pages, passages, characters, pagesWithoutText, ocrConfidence, leftOut, readAtMs };
  }
  function collection(id: number): CollectionRow {
    const row = store.collections.find(id);
    if (!row) throw new AppError('not_found', 'This collection no longer exists.');
    return row;
  }
  function document(id: number): DocumentRow {
    const row = store.documents.find(id);
    if (!row) throw new AppError('not_found', 'This document no longer exists.');
    return row;
  }
  function pause(id: number, paused: boolean): void {
    collection(id);
    store.collections.setPaused(id, paused);
    if (paused) void indexer.release(({ collectionId }) => collectionId === id);
    else indexer.unstick();
    announcer.now({ collectionId: id });
  }

  const handlers: Documents['handlers'] = {
    'collections.list': () => ({ collections: store.collections.list().map((row) => toCollection(row)!) }),
    'collections.create': ({ name }) => {
      const id = store.collections.create(name, now());
      announcer.now({ collectionId: id });
      return { collection: toCollection(collection(id))! };
    },
    'collections.rename': ({ id, name }) => {
      if (!store.collections.rename(id, name)) collection(id);
      announcer.now({ collectionId: id });
      return {};
    },
    'collections.remove': async ({ id }) => {
      collection(id);
      folders.forget(id);
      uploads.forget(id);
      store.erasing.collection(id);
      emit('collection.removed', { id });
      await indexer.release(({ collectionId }) => collectionId === id);
      encoders.changed(id);
      await eraser.run();
      return {};
    },
    'collections.pause': ({ id }) => {
      pause(id, true);
      return {};
    },
    'collections.resume': ({ id }) => {
      pause(id, false);
      return {};
    },

    'documents.list': ({ collectionId }) => {
      collection(collectionId);
      return { documents: store.documents.ofCollection(collectionId).map((row) => toDocument(row)!) };
    },
    'documents.add': async ({ collectionId, paths, watch }) => {
      collection(collectionId);
      return { added: await folders.add(collectionId, paths, watch) };
    },
    'documents.beginUpload': ({ collectionId, name, sizeBytes }) => {
      collection(collectionId);
      return { uploadId: uploads.begin(collectionId, name, sizeBytes) };
    },
    'documents.upload': ({ uploadId, offset, base64, last }) => {
      uploads.add(uploadId, offset, Buffer.from(base64, 'base64'), last);
      return {};
    },
    'documents.pick': async ({ kind }) => {
      if (!pickDocuments) throw new AppError('not_allowed', 'This window cannot open a file dialog. Type the path instead.');
      return { paths: await pickDocuments(kind) };
    },
    'documents.remove': async ({ id }) => {
      const { collectionId, folderId, path } = document(id);
      if (folderId !== null && path !== null) folders.except(folderId, path);
      store.erasing.document(id);
      emit('document.removed', { id, collectionId });
      announcer.now({ collectionId });
      await indexer.release((each) => each.id === id);
      encoders.changed(collectionId);
      await eraser.run();
      return {};
    },
    'documents.unwatch': ({ folderId }) => {
      const folder = store.collections.findFolder(folderId);
      if (!folder) throw new AppError('not_found', 'This folder is no longer in a collection.');
      store.collections.setWatched(folderId, false);
      folders.unwatch(folderId);
      announcer.now({ collectionId: folder.collectionId });
      return {};
    },
    'documents.reread': ({ id, ocr }) => {
      const { collectionId } = document(id);
      indexer.enqueue(id, { ocr, again: true });
      announcer.now({ collectionId, documentId: id });
      return {};
    },
    'documents.search': async ({ collectionId, query }) => {
      collection(collectionId);
      if (!retriever) throw new AppError('reader_down', 'Documents cannot be searched yet.');
      const { passages, quotes, found, retrievalMs } = await retriever.retrieve(collectionId, query);
      return { passages, quotes, found, retrievalMs };
    },
    'documents.open': ({ id }) => ({ document: toDocument(document(id))!, pages: view.pages(id) }),
    'documents.page': ({ id, page }) => {
      document(id);
      return { page: view.page(id, page) };
    },
    'documents.marks': ({ passageId, start, end }) => view.marks(passageId, start === undefined || end === undefined ? null : { start, end }),
    'documents.bytes': ({ id, offset }) => view.bytes(document(id), offset),
    'documents.forecast': (params) => {
      if (!deps.forecast) throw new AppError('no_model', 'No model is open.');
      return deps.forecast(params);
    },
  };

  // What an unclean end left behind, then on with the queue.
  store.documents.requeueInterrupted();
  store.erasing.unfinishedUploads([]);
  const failed = (what: string) => (thrown: unknown): void => log.warn(what, toErrorBody(thrown));
  let closed = false;
  const startTimer = setTimeout(() => {
    eraser.begin();
    void indexer.tidy().then(() => indexer.kick()).catch(failed('queue not started'));
    void folders.start().catch(failed('folders not looked through'));
    embedding.catchUp();
  }, times.startDelayMs).unref();
  const recheckTimer = setInterval(() => void folders.recheck().catch(failed('files not looked at')), times.recheckEveryMs).unref();

  return {
    handlers,
    idle: () => indexer.idle(),
    close() {
      if (closed) return;
      closed = true;
      clearTimeout(startTimer);
      clearInterval(recheckTimer);
      announcer.close();
      folders.close();
      embedding.close();
      indexer.close();
      reader.close();
      try {
        eraser.close();
      } catch (thrown) {
        // Nothing is lost: it is owed still, and done at the next start.
        log.warn('erasing is not finished', toErrorBody(thrown));
      }
    },
  };
}

// Owns telling the windows about documents: at once what a person did, a few times a second what the queue does.
import type { Collection, Document } from '../../contract/documents.js';
import { toErrorBody } from '../../contract/errors.js';
import type { Emit } from '../events.js';
import type { Log } from '../log.js';

export interface Change {
  collectionId: number;
  documentId?: number;
  /** The document is no longer there. */
  gone?: boolean;
}

export interface Announcer {
  changed(change: Change): void;
  now(change: Change): void;
  close(): void;
}

export function createAnnouncer({ emit, log, everyMs, collection, document }: {
  emit: Emit; log: Log; everyMs: number; collection(id: number): Collection | null; document(id: number): Document | null;
}): Announcer {
  const collections = new Set<number>();
  const documents = new Set<number>();
  let timer: NodeJS.Timeout | null = null;
  let closed = false;

  /** From a timer: nobody else would catch what the store throws. */
  function flushQuietly(): void {
    try {
      flush();
    } catch (thrown) {
      log.warn('a change was not told', toErrorBody(thrown));
    }
  }
  function flush(): void {
    if (timer) clearTimeout(timer);
    timer = null;
    if (closed) return;
    for (const id of documents) {
      const found = document(id);
      if (found) emit('document.changed', { document: found });
    }
    for (const id of collections) {
      const found = collection(id);
      if (found) emit('collection.changed', { collection: found });
    }
    documents.clear();
    collections.clear();
  }
  function note({ collectionId, documentId, gone }: Change): void {
    collections.add(collectionId);
    if (documentId === undefined) return;
    if (!gone) documents.add(documentId);
    else {
      documents.delete(documentId);
      emit('document.removed', { id: documentId, collectionId });
    }
  }

  return {
    changed(change) {
      if (closed) return;
      note(change);
      timer ??= setTimeout(flushQuietly, everyMs).unref();
    },
    now(change) {
      if (closed) return;
      note(change);
      flush();
    },
    close() {
      closed = true;
      if (timer) clearTimeout(timer);
    },
  };
}

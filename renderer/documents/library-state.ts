// Owns what the window knows of collections and their documents, as a pure reducer over lists and events.
import type { Collection, Document } from '../../core/contract/documents.js';

export interface Library {
  /** By name. */
  collections: readonly Collection[];
  listed: boolean;
  /** Documents of the collections that were looked at, by collection, then by document. */
  documents: ReadonlyMap<number, ReadonlyMap<number, Document>>;
}

export const emptyLibrary: Library = { collections: [], listed: false, documents: new Map() };

export type LibraryAction =
  | { type: 'collections'; collections: readonly Collection[] }
  | { type: 'collection-changed'; collection: Collection }
  | { type: 'collection-removed'; id: number }
  | { type: 'documents'; collectionId: number; documents: readonly Document[] }
  /** Many at once: while a folder is read they change faster than one can look. */
  | { type: 'documents-changed'; documents: readonly Document[] }
  | { type: 'document-removed'; id: number; collectionId: number };

const byName = (a: Collection, b: Collection): number => a.name.localeCompare(b.name) || a.id - b.id;

function changed(library: Library, documents: readonly Document[]): Library {
  const all = new Map(library.documents);
  for (const document of documents) {
    const before = all.get(document.collectionId);
    // Of a collection that nobody looked at only the list that comes later counts.
    if (!before) continue;
    // Each list is copied once, however many of its documents changed.
    const mine = before === library.documents.get(document.collectionId) ? new Map(before) : (before as Map<number, Document>);
    mine.set(document.id, document);
    all.set(document.collectionId, mine);
  }
  return { ...library, documents: all };
}

export function reduceLibrary(library: Library, action: LibraryAction): Library {
  switch (action.type) {
    case 'collections':
      return { ...library, listed: true, collections: action.collections.toSorted(byName) };
    case 'collection-changed': {
      const others = library.collections.filter(({ id }) => id !== action.collection.id);
      return { ...library, collections: [...others, action.collection].toSorted(byName) };
    }
    case 'collection-removed': {
      const documents = new Map(library.documents);
      documents.delete(action.id);
      return { ...library, documents, collections: library.collections.filter(({ id }) => id !== action.id) };
    }
    case 'documents':
      return { ...library, documents: new Map(library.documents).set(action.collectionId, new Map(action.documents.map((document) => [document.id, document]))) };
    case 'documents-changed':
      return changed(library, action.documents);
    case 'document-removed': {
      const before = library.documents.get(action.collectionId);
      if (!before?.has(action.id)) return library;
      const mine = new Map(before);
      mine.delete(action.id);
      return { ...library, documents: new Map(library.documents).set(action.collectionId, mine) };
    }
  }
}

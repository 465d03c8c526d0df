// Owns the documents part of the services: collections, their reading, and what is found in them.
import { AppError } from '../../contract/errors.js';
import type { HandlersOf } from '../events.js';

/** Not built yet: everything but an empty list is refused. */
export function createDocuments(): { handlers: HandlersOf<'documents'> & HandlersOf<'collections'> } {
  const later = (): never => {
    throw new AppError('reader_down', 'Documents cannot be read yet.');
  };
  return {
    handlers: {
      'collections.list': () => ({ collections: [] }), 'collections.create': later, 'collections.rename': later, 'collections.remove': later,
      'collections.pause': later, 'collections.resume': later,
      'documents.list': later, 'documents.add': later, 'documents.beginUpload': later, 'documents.upload': later, 'documents.pick': later,
      'documents.remove': later, 'documents.unwatch': later, 'documents.reread': later, 'documents.search': later, 'documents.open': later,
      'documents.page': later, 'documents.marks': later, 'documents.bytes': later, 'documents.forecast': later,
    },
  };
}

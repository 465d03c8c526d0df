// Owns the made-up backend's documents: there are none yet.
import { AppError } from '../../core/contract/errors.js';

const none = (): never => {
  throw new AppError('not_found', 'There are no documents here.');
};

export const fakeDocuments = {
  'collections.list': () => ({ collections: [] }), 'collections.create': none, 'collections.rename': none, 'collections.remove': none,
  'collections.pause': none, 'collections.resume': none,
  'documents.list': none, 'documents.add': none, 'documents.beginUpload': none, 'documents.upload': none, 'documents.pick': none,
  'documents.remove': none, 'documents.unwatch': none, 'documents.reread': none, 'documents.search': none, 'documents.open': none,
  'documents.page': none, 'documents.marks': none, 'documents.bytes': none, 'documents.forecast': none,
};

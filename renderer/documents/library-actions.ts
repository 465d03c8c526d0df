// Owns what the window asks of collections and documents; views call these and nothing else.
import type { Document } from '../../core/contract/documents.js';
import { attempt, call } from '../actions.js';
import { dispatch, toast, useApp, useView, type ViewerPlace } from '../store.js';
import type { LibraryAction } from './library-state.js';

const change = (action: LibraryAction): void => dispatch({ type: 'library', change: action });

/** Shows the documents room, if wanted at a collection. */
export function showDocuments(collectionId?: number): void {
  useView.setState(({ collectionId: before }) => ({ room: 'documents', collectionId: collectionId ?? before, sidebarDrawer: false, instrumentDrawer: false }));
}

export function showTalk(): void {
  useView.setState({ room: 'talk', sidebarDrawer: false });
}

export function toggleDocuments(): void {
  if (useView.getState().room === 'documents') showTalk();
  else showDocuments();
}

export async function loadCollections(): Promise<void> {
  const { collections } = await call('collections.list', {});
  change({ type: 'collections', collections });
  // What was being looked at may have changed while the connection was lost.
  for (const collectionId of useApp.getState().library.documents.keys()) {
    if (collections.some(({ id }) => id === collectionId)) void loadDocuments(collectionId);
  }
}

/** False when the list could not be had. */
export async function loadDocuments(collectionId: number): Promise<boolean> {
  try {
    const { documents } = await call('documents.list', { collectionId });
    change({ type: 'documents', collectionId, documents });
    return true;
  } catch {
    return false;
  }
}

export async function createCollection(name: string): Promise<number | null> {
  const made = await attempt(call('collections.create', { name }));
  if (!made) return null;
  change({ type: 'collection-changed', collection: made.collection });
  change({ type: 'documents', collectionId: made.collection.id, documents: [] });
  return made.collection.id;
}

export async function renameCollection(id: number, name: string): Promise<void> {
  await attempt(call('collections.rename', { id, name }));
}

export async function removeCollection(id: number): Promise<void> {
  const name = useApp.getState().library.collections.find((collection) => collection.id === id)?.name ?? '';
  if ((await attempt(call('collections.remove', { id }))) === null) return;
  change({ type: 'collection-removed', id });
  toast(`“${name}” and everything read from its documents is erased. The files themselves stay.`);
}

export async function pauseReading(id: number, pause: boolean): Promise<void> {
  await attempt(call(pause ? 'collections.pause' : 'collections.resume', { id }));
}

/** Adds files or folders by their path. The error is the caller's to show. */
export async function addPaths(collectionId: number, paths: string[], watch: boolean): Promise<void> {
  const { added } = await call('documents.add', { collectionId, paths, watch });
  if (added === 0) toast('There is nothing new to read there.');
}

export async function pickDocuments(collectionId: number, kind: 'files' | 'folder', watch: boolean): Promise<void> {
  const picked = await attempt(call('documents.pick', { kind }));
  if (picked && picked.paths.length > 0) await attempt(addPaths(collectionId, picked.paths, watch));
}

export async function removeDocument({ id, collectionId, name }: Document): Promise<void> {
  if ((await attempt(call('documents.remove', { id }))) === null) return;
  change({ type: 'document-removed', id, collectionId });
  toast(`“${name}” is no longer in this collection, and what was read from it is erased.`);
}

export async function rereadDocument(id: number, ocr: boolean): Promise<void> {
  await attempt(call('documents.reread', { id, ocr }));
}

export async function unwatchFolder(folderId: number): Promise<void> {
  await attempt(call('documents.unwatch', { folderId }));
}

export function openViewer(place: ViewerPlace): void {
  useView.setState({ viewer: place });
}

let waiting = new Map<number, Document>();
let planned = false;

/** Takes a changed document; all of one frame become one change of the list. */
export function documentChanged(document: Document): void {
  waiting.set(document.id, document);
  if (planned) return;
  planned = true;
  // Not an animation frame: those stop while the window is hidden, and reading goes on.
  setTimeout(() => {
    planned = false;
    const documents = [...waiting.values()];
    waiting = new Map();
    change({ type: 'documents-changed', documents });
  }, 60);
}

export function documentRemoved(id: number, collectionId: number): void {
  waiting.delete(id);
  change({ type: 'document-removed', id, collectionId });
}

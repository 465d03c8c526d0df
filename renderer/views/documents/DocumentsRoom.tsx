// Owns the documents room: the collections on one side, what the chosen one holds on the other.
import { ArrowLeft, PanelLeft } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { Collection } from '../../../core/contract/documents.js';
import { loadDocuments, showTalk } from '../../documents/library-actions.js';
import { toggleSidebar } from '../../panels.js';
import { useApp, useView } from '../../store.js';
import { AddDocuments } from './AddDocuments.js';
import { CollectionHead } from './CollectionHead.js';
import { CollectionList } from './CollectionList.js';
import { CollectionSearch } from './CollectionSearch.js';
import { DocumentList } from './DocumentList.js';
import { DropFrame } from './DropFrame.js';
import { EncoderNotes } from './EncoderNote.js';
import { FolderList } from './FolderList.js';
import { IndexingBar } from './IndexingBar.js';
import { NoCollections } from './NoCollections.js';
import { UploadList } from './UploadList.js';

/** The chosen collection; when it is gone, the first. */
export function useCollection(): Collection | null {
  const collections = useApp((state) => state.library.collections);
  const id = useView((view) => view.collectionId);
  return collections.find((collection) => collection.id === id) ?? collections[0] ?? null;
}

export function DocumentsRoom() {
  const listed = useApp((state) => state.library.listed);
  const collection = useCollection();
  return (
    <main className="talk library" aria-label="Documents">
      <header className="bar">
        <button type="button" className="icon-button show-sidebar" onClick={toggleSidebar} aria-label="Show conversations" data-tip="Show conversations"><PanelLeft size={18} aria-hidden /></button>
        <h1 className="bar-title">Documents</h1>
        <button type="button" className="quiet-button" onClick={showTalk}><ArrowLeft size={15} aria-hidden /> Back to the chat</button>
      </header>
      {!listed ? <p className="library-wait" role="status"><span className="spinner" aria-hidden /> Loading your collections…</p> : null}
      {listed && !collection ? <NoCollections /> : null}
      {collection ? (
        <div className="library-columns">
          <CollectionList current={collection.id} />
          <Shown key={collection.id} collection={collection} />
        </div>
      ) : null}
    </main>
  );
}

function Shown({ collection }: { collection: Collection }) {
  const { id } = collection;
  const documents = useApp((state) => state.library.documents.get(id));
  const open = useApp((state) => state.link === 'open');
  const [failed, setFailed] = useState(false);
  const [query, setQuery] = useState('');
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (!open) return undefined;
    let gone = false;
    void loadDocuments(id).then((done) => { if (!gone) setFailed(!done); });
    return () => { gone = true; };
  }, [id, open, turn]);
  return (
    <DropFrame collectionId={id}>
      <section className="collection" aria-label={collection.name}>
        <CollectionHead collection={collection} />
        <IndexingBar collection={collection} />
        <EncoderNotes />
        <AddDocuments collection={collection} empty={documents?.size === 0} />
        <FolderList collection={collection} />
        <UploadList collectionId={id} />
        {collection.documents > 0 || query !== '' ? <CollectionSearch collectionId={id} query={query} onQuery={setQuery} /> : null}
        {query.trim() !== '' ? null : documents ? (
          <DocumentList documents={documents} />
        ) : failed ? (
          <p className="library-note warm" role="alert">The list of documents could not be loaded. <button type="button" className="text-button" onClick={() => setTurn(turn + 1)}>Try again</button></p>
        ) : (
          <p className="library-wait" role="status"><span className="spinner" aria-hidden /> Loading the list…</p>
        )}
      </section>
    </DropFrame>
  );
}

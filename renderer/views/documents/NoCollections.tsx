// Owns the documents room before there is a collection: what it is for, and how to begin.
import { FolderOpen } from 'lucide-react';
import { useState } from 'react';
import { createCollection, showDocuments } from '../../documents/library-actions.js';
import { DropFrame } from './DropFrame.js';

export function NoCollections() {
  const [name, setName] = useState('');
  const create = async (): Promise<void> => {
    const id = await createCollection(name.trim() || 'My documents');
    if (id !== null) showDocuments(id);
  };
  return (
    <DropFrame collectionId={null}>
      <section className="library-empty" aria-label="No collections yet">
        <FolderOpen size={40} strokeWidth={1.4} aria-hidden />
        <h2>Ask your own documents</h2>
        <p>Put contracts, reports or manuals into a collection and ask it. Every sentence of an answer points at the page it comes from, with the passage marked. Nothing leaves this machine.</p>
        <form onSubmit={(event) => { event.preventDefault(); void create(); }}>
          <input aria-label="Name of the collection" placeholder="My documents" value={name} maxLength={255} onChange={(event) => setName(event.target.value)} autoComplete="off" />
          <button type="submit" className="button primary">Create a collection</button>
        </form>
        <p className="fine">Or drop files or folders here. PDF, Word, Excel, slides, ODT, EPUB, web pages, mail, Markdown, text and source code.</p>
      </section>
    </DropFrame>
  );
}

// Owns the list of collections and making a new one.
import { Files, Plus } from 'lucide-react';
import { useState } from 'react';
import { createCollection, showDocuments } from '../../documents/library-actions.js';
import { plural, whole } from '../../figures.js';
import { useApp } from '../../store.js';

export function CollectionList({ current }: { current: number }) {
  const collections = useApp((state) => state.library.collections);
  const [naming, setNaming] = useState(false);
  return (
    <nav className="collections" aria-label="Collections">
      <ul>
        {collections.map(({ id, name, documents, indexing }) => (
          <li key={id}>
            <button type="button" className={id === current ? 'collection-row current' : 'collection-row'} aria-current={id === current ? 'page' : undefined} onClick={() => showDocuments(id)} title={name}>
              <Files size={15} aria-hidden />
              <span className="row-title">{name}</span>
              {indexing.state === 'reading' ? <span className="busy-dot" role="img" aria-label="reading" /> : <span className="collection-count">{whole(documents)}<span className="visually-hidden"> {plural(documents, 'document').replace(/^\S+ /, '')}</span></span>}
            </button>
          </li>
        ))}
      </ul>
      {naming ? <NewCollection onEnd={() => setNaming(false)} /> : <button type="button" className="quiet-button new-collection" onClick={() => setNaming(true)}><Plus size={15} aria-hidden /> New collection</button>}
    </nav>
  );
}

function NewCollection({ onEnd }: { onEnd(): void }) {
  const [name, setName] = useState('');
  const create = async (): Promise<void> => {
    if (name.trim() === '') return onEnd();
    const id = await createCollection(name.trim());
    onEnd();
    if (id !== null) showDocuments(id);
  };
  return (
    <form className="new-collection" onSubmit={(event) => { event.preventDefault(); void create(); }}>
      <input
        className="rename-field"
        aria-label="Name of the new collection"
        placeholder="Name"
        value={name}
        maxLength={255}
        // The reader asked for this field a moment ago.
        // oxlint-disable-next-line jsx-a11y/no-autofocus
        autoFocus
        autoComplete="off"
        onChange={(event) => setName(event.target.value)}
        onBlur={() => { if (name.trim() === '') onEnd(); }}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          event.preventDefault();
          event.stopPropagation();
          onEnd();
        }}
      />
    </form>
  );
}

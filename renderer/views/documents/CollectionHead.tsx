// Owns the head of a collection: its name and figures, asking it, renaming and erasing it.
import { Ellipsis, MessageSquareText, Pencil, Trash2 } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { useState } from 'react';
import type { Collection } from '../../../core/contract/documents.js';
import { newChat } from '../../actions.js';
import { askFrom } from '../../documents/asking.js';
import { collectionFacts } from '../../documents/document-words.js';
import { removeCollection, renameCollection } from '../../documents/library-actions.js';
import { plural } from '../../figures.js';
import { Dialog } from '../Dialog.js';

export function CollectionHead({ collection }: { collection: Collection }) {
  const { id, name, passages } = collection;
  const [renaming, setRenaming] = useState(false);
  const [removing, setRemoving] = useState(false);
  const ask = (): void => {
    askFrom(null, id);
    newChat();
  };
  return (
    <header className="collection-head">
      <div className="collection-name">
        {renaming ? <RenameField name={name} onEnd={(next) => { setRenaming(false); if (next !== null) void renameCollection(id, next); }} /> : <h2>{name}</h2>}
        <p className="fine">{collectionFacts(collection)}</p>
      </div>
      <button type="button" className="button primary" onClick={ask} disabled={passages === 0}><MessageSquareText size={16} aria-hidden /> Ask these documents</button>
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger asChild>
          <button type="button" className="icon-button" aria-label={`More for ${name}`}><Ellipsis size={17} aria-hidden /></button>
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content className="menu" align="end" sideOffset={4} collisionPadding={8}>
            {/* After the menu has given its focus back, so that the field keeps it. */}
            <DropdownMenu.Item className="menu-item" onSelect={() => void setTimeout(() => setRenaming(true), 0)}><Pencil size={15} aria-hidden /> Rename</DropdownMenu.Item>
            <DropdownMenu.Item className="menu-item danger" onSelect={() => void setTimeout(() => setRemoving(true), 0)}><Trash2 size={15} aria-hidden /> Erase…</DropdownMenu.Item>
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      <Dialog open={removing} onClose={() => setRemoving(false)} title={`Erase “${name}”?`} className="narrow">
        <p>Everything Plumb read from {plural(collection.documents, 'document')} is erased, with the copies of files you dropped here. Files on your disk stay where they are. This cannot be undone.</p>
        <div className="dialog-buttons">
          <button type="button" className="button" onClick={() => setRemoving(false)}>Keep it</button>
          <button type="button" className="button danger" onClick={() => { setRemoving(false); void removeCollection(id); }}>Erase the collection</button>
        </div>
      </Dialog>
    </header>
  );
}

function RenameField({ name, onEnd }: { name: string; onEnd(next: string | null): void }) {
  const [text, setText] = useState(name);
  const done = (): void => onEnd(text.trim() !== '' && text.trim() !== name ? text.trim() : null);
  return (
    <form onSubmit={(event) => { event.preventDefault(); done(); }}>
      <input
        className="rename-field"
        aria-label="Name of the collection"
        value={text}
        maxLength={255}
        // The reader asked for this field a moment ago.
        // oxlint-disable-next-line jsx-a11y/no-autofocus
        autoFocus
        onFocus={(event) => event.target.select()}
        onChange={(event) => setText(event.target.value)}
        onBlur={done}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          event.preventDefault();
          event.stopPropagation();
          onEnd(null);
        }}
      />
    </form>
  );
}

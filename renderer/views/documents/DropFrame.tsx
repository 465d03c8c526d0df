// Owns dropping files: a frame that takes them, says so while they hover, and puts them into a collection.
import { useRef, useState, type DragEvent, type ReactNode } from 'react';
import { filesOfDrop, holdsFiles, type Chosen } from '../../documents/dropped.js';
import { createCollection, showDocuments } from '../../documents/library-actions.js';
import { upload } from '../../documents/uploads.js';
import { plural } from '../../figures.js';
import { tell } from '../../actions.js';
import { toast } from '../../store.js';

/** Hands files over, and says what was left out. */
export function take(collectionId: number, { files, leftOut }: Chosen): void {
  if (files.length > 0) upload(collectionId, files);
  if (leftOut.length > 0) toast(`${plural(leftOut.length, 'file')} left out: not a kind of document Plumb reads. The first is “${leftOut[0]}”.`);
  else if (files.length === 0) toast('There was no file in what you dropped.');
}

/** A name for a collection that is made by dropping: the folder's, or the only file's. */
export function nameFor({ files }: Chosen): string {
  const folders = new Set(files.map(({ name }) => (name.includes('/') ? name.slice(0, name.indexOf('/')) : '')));
  const [folder] = folders;
  if (folders.size === 1 && folder) return folder;
  return files.length === 1 ? files[0]!.name.replace(/\.[^.]*$/, '') || 'My documents' : 'My documents';
}

/** null: a collection is made for what is dropped. Resolves to the collection. */
export async function takeDrop(transfer: DataTransfer, collectionId: number | null): Promise<number | null> {
  try {
    const chosen = await filesOfDrop(transfer);
    const id = collectionId ?? (chosen.files.length > 0 ? await createCollection(nameFor(chosen)) : null);
    if (id !== null) take(id, chosen);
    return id;
  } catch (thrown) {
    tell(thrown);
    return null;
  }
}

interface Props {
  collectionId: number | null;
  className?: string;
  /** Instead of showing the collection. */
  onTaken?(collectionId: number): void;
  children: ReactNode;
}

export function DropFrame({ collectionId, className = '', onTaken, children }: Props) {
  const [over, setOver] = useState(false);
  // Entering a child comes before leaving its parent.
  const depth = useRef(0);
  const accepts = (event: DragEvent): boolean => {
    if (!holdsFiles(event.dataTransfer)) return false;
    event.preventDefault();
    return true;
  };
  const end = (): void => {
    depth.current = 0;
    setOver(false);
  };
  return (
    <div
      className={`drop-frame ${className}`}
      data-over={over ? '' : undefined}
      onDragEnter={(event) => { if (accepts(event)) { depth.current++; setOver(true); } }}
      onDragOver={(event) => { if (accepts(event)) event.dataTransfer.dropEffect = 'copy'; }}
      onDragLeave={(event) => { if (holdsFiles(event.dataTransfer) && --depth.current <= 0) end(); }}
      onDrop={(event) => {
        if (!accepts(event)) return;
        event.stopPropagation();
        end();
        void takeDrop(event.dataTransfer, collectionId).then((id) => { if (id !== null) (onTaken ?? showDocuments)(id); });
      }}
    >
      {children}
      {over ? <div className="drop-cover" aria-hidden><span>Drop to read these documents</span></div> : null}
    </div>
  );
}

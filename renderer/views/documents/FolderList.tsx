// Owns the folders a collection keeps an eye on.
import { Eye, EyeOff, TriangleAlert } from 'lucide-react';
import type { Collection } from '../../../core/contract/documents.js';
import { unwatchFolder } from '../../documents/library-actions.js';
import { sentenceFor } from '../../error-sentences.js';

export function FolderList({ collection: { folders } }: { collection: Collection }) {
  if (folders.length === 0) return null;
  return (
    <ul className="folders" aria-label="Folders">
      {folders.map(({ id, path, watched, error }) => (
        <li key={id} className={error ? 'folder warm' : 'folder'}>
          {error ? <TriangleAlert size={15} aria-hidden /> : watched ? <Eye size={15} aria-hidden /> : <EyeOff size={15} aria-hidden />}
          <span className="folder-path" title={path}>{path}</span>
          <span className="fine">{error ? `${sentenceFor(error).sentence} ${sentenceFor(error).nextStep}` : watched ? 'watched: changes are read' : 'not watched'}</span>
          {watched ? <button type="button" className="quiet-button" onClick={() => void unwatchFolder(id)} aria-label={`Stop watching ${path}`}>Stop watching</button> : null}
        </li>
      ))}
    </ul>
  );
}

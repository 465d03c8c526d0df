// Owns showing files on their way into a collection, and those that did not arrive.
import { TriangleAlert, X } from 'lucide-react';
import { shortName } from '../../documents/document-words.js';
import { dropUpload, useUploads } from '../../documents/uploads.js';
import { sentenceFor } from '../../error-sentences.js';
import { bytes, plural } from '../../figures.js';

/** More rows than this say no more than their number. */
const shownRows = 6;

export function UploadList({ collectionId }: { collectionId: number }) {
  const all = useUploads((state) => state.uploads);
  const uploads = all.filter((upload) => upload.collectionId === collectionId);
  if (uploads.length === 0) return null;
  // What failed needs a decision: it must not hide behind what is still coming.
  const sorted = uploads.toSorted((a, b) => Number(b.error !== null) - Number(a.error !== null));
  return (
    <ul className="uploads" aria-label="Files on their way">
      {sorted.slice(0, shownRows).map(({ key, name, sentBytes, sizeBytes, error }) => (
        <li key={key} className={error ? 'upload warm' : 'upload'}>
          {error ? <TriangleAlert size={15} aria-hidden /> : <span className="spinner" aria-hidden />}
          <span className="row-title" title={name}>{shortName(name)}</span>
          {error ? <span role="alert">{sentenceFor(error).sentence} {sentenceFor(error).nextStep}</span> : <progress value={sentBytes} max={Math.max(1, sizeBytes)} aria-label={`${shortName(name)}: ${bytes(sentBytes)} of ${bytes(sizeBytes)}`} />}
          <button type="button" className="icon-button" onClick={() => dropUpload(key)} aria-label={error ? `Dismiss ${shortName(name)}` : `Do not add ${shortName(name)}`}><X size={15} aria-hidden /></button>
        </li>
      ))}
      {sorted.length > shownRows ? <li className="upload fine">and {plural(sorted.length - shownRows, 'more file', 'more files')}</li> : null}
    </ul>
  );
}

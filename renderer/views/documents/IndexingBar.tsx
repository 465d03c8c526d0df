// Owns the progress of reading a collection: how far, how long, pause and resume, and why nothing can go on.
import { Pause, Play, TriangleAlert } from 'lucide-react';
import type { Collection } from '../../../core/contract/documents.js';
import { indexingWords } from '../../documents/document-words.js';
import { pauseReading } from '../../documents/library-actions.js';
import { sentenceFor } from '../../error-sentences.js';

export function IndexingBar({ collection: { id, indexing } }: { collection: Collection }) {
  const { state, done, total, error } = indexing;
  if (state === 'idle') return null;
  const words = indexingWords(indexing);
  const problem = error ? sentenceFor(error) : null;
  return (
    <div className={state === 'stuck' ? 'indexing warm' : 'indexing'} role="group" aria-label="Reading documents">
      {state === 'stuck' ? <TriangleAlert size={17} aria-hidden /> : null}
      <div className="indexing-words">
        <span>{words}</span>
        {problem ? <span role="alert">{problem.sentence} {problem.nextStep}</span> : state === 'reading' ? <span className="fine">You can ask what is read already, and chat meanwhile.</span> : null}
        <progress value={done} max={Math.max(1, total)} aria-label={words} />
      </div>
      <button type="button" className="button small" onClick={() => void pauseReading(id, state === 'reading')}>
        {state === 'reading' ? <><Pause size={14} aria-hidden /> Pause</> : <><Play size={14} aria-hidden /> {state === 'stuck' ? 'Try again' : 'Go on'}</>}
      </button>
    </div>
  );
}

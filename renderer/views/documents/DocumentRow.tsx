// Owns one document in the list: what it is, how its reading stands, what was skipped and why, and what can be done.
import { CircleCheck, CircleDashed, Ellipsis, FileText, FileX2, RefreshCw, ScanText, Trash2, TriangleAlert } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { memo } from 'react';
import type { Document } from '../../../core/contract/documents.js';
import { documentFacts, percent, shortName } from '../../documents/document-words.js';
import { openViewer, removeDocument, rereadDocument } from '../../documents/library-actions.js';
import { sentenceFor } from '../../error-sentences.js';
import { plural } from '../../figures.js';

/** Below this the text of a scan is likely to have wrong words. */
const doubtfulBelow = 0.75;

const stateWords = { waiting: 'waiting', reading: 'reading', ready: 'ready', failed: 'not read', missing: 'file is gone' } as const;

function StateIcon({ state }: Pick<Document, 'state'>) {
  if (state === 'reading') return <span className="spinner" aria-hidden />;
  if (state === 'waiting') return <CircleDashed size={16} aria-hidden />;
  if (state === 'ready') return <CircleCheck size={16} className="good" aria-hidden />;
  return state === 'missing' ? <FileX2 size={16} className="warm" aria-hidden /> : <TriangleAlert size={16} className="warm" aria-hidden />;
}

export const DocumentRow = memo(function DocumentRow({ document }: { document: Document }) {
  const { id, name, path, state, progress } = document;
  const readable = document.passages > 0 || document.pages > 0;
  const short = shortName(name);
  return (
    <li className="document" data-state={state}>
      <StateIcon state={state} />
      <div className="document-text">
        <div className="document-line">
          {readable ? <button type="button" className="document-name" onClick={() => openViewer({ documentId: id })} title={path ?? name}>{short}</button> : <span className="document-name" title={path ?? name}>{short}</span>}
          <span className="document-facts">{documentFacts(document)}</span>
          <span className="document-state">{stateWords[state]}{state === 'reading' && progress !== null ? ` ${percent(progress)}` : ''}</span>
        </div>
        <Notes document={document} />
      </div>
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger asChild>
          <button type="button" className="icon-button" aria-label={`More for ${short}`}><Ellipsis size={16} aria-hidden /></button>
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content className="menu" align="end" sideOffset={4} collisionPadding={8}>
            {readable ? <DropdownMenu.Item className="menu-item" onSelect={() => openViewer({ documentId: id })}><FileText size={15} aria-hidden /> Open</DropdownMenu.Item> : null}
            <DropdownMenu.Item className="menu-item" onSelect={() => void rereadDocument(id, false)}><RefreshCw size={15} aria-hidden /> Read again</DropdownMenu.Item>
            {document.pagesWithoutText > 0 ? <DropdownMenu.Item className="menu-item" onSelect={() => void rereadDocument(id, true)}><ScanText size={15} aria-hidden /> Read again with OCR</DropdownMenu.Item> : null}
            <DropdownMenu.Item className="menu-item danger" onSelect={() => void removeDocument(document)}><Trash2 size={15} aria-hidden /> Remove</DropdownMenu.Item>
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
    </li>
  );
});

/** What a reader should know before relying on it. */
function Notes({ document: { id, error, state, pagesWithoutText, ocrConfidence, leftOut, name } }: { document: Document }) {
  const problem = error ? sentenceFor(error) : state === 'missing' ? sentenceFor({ code: 'document_missing' }) : null;
  return (
    <>
      {problem ? <p className="document-note"><strong>{problem.sentence}</strong> {problem.nextStep}</p> : null}
      {pagesWithoutText > 0 && state !== 'reading' && state !== 'waiting' ? (
        <p className="document-note">
          {plural(pagesWithoutText, 'page is a picture', 'pages are pictures')} without text, so nothing is found there.{' '}
          <button type="button" className="text-button" onClick={() => void rereadDocument(id, true)} aria-label={`Read the pictures in ${shortName(name)} with OCR`}>Read them with OCR</button>
        </p>
      ) : null}
      {ocrConfidence !== null ? <p className="document-note"><span className={ocrConfidence < doubtfulBelow ? 'doubt' : undefined}>Read by OCR, {percent(ocrConfidence)} sure.</span>{ocrConfidence < doubtfulBelow ? ' Some words are likely wrong: check the page before you rely on it.' : ''}</p> : null}
      {leftOut.length > 0 ? (
        <details className="document-note">
          <summary>{plural(leftOut.length, 'part')} left out</summary>
          <ul>{leftOut.map((what) => <li key={what}>{what}</li>)}</ul>
        </details>
      ) : null}
    </>
  );
}

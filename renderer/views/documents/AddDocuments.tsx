// Owns adding documents: by picker, by path, or by dropping them anywhere on the collection.
import { FilePlus2, FolderPlus, FolderSearch } from 'lucide-react';
import { useRef, useState, type ChangeEvent } from 'react';
import type { Collection } from '../../../core/contract/documents.js';
import { toErrorBody } from '../../../core/contract/errors.js';
import { addPaths, pickDocuments } from '../../documents/library-actions.js';
import { filesOfInput } from '../../documents/dropped.js';
import { sentenceFor } from '../../error-sentences.js';
import { useApp } from '../../store.js';
import { take } from './DropFrame.js';

export function AddDocuments({ collection: { id }, empty }: { collection: Collection; empty: boolean }) {
  const canPick = useApp((state) => state.canPickFile);
  const [byPath, setByPath] = useState(false);
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const onChosen = (event: ChangeEvent<HTMLInputElement>): void => {
    if (event.target.files && event.target.files.length > 0) take(id, filesOfInput(event.target.files));
    // The same file may be chosen again.
    event.target.value = '';
  };
  return (
    <div className={empty ? 'add-documents empty' : 'add-documents'}>
      {empty ? <p><strong>This collection is empty.</strong> Drop files or folders here, or choose them.</p> : null}
      <div className="add-buttons">
        <button type="button" className="button small" onClick={() => (canPick ? void pickDocuments(id, 'files', true) : files.current?.click())}><FilePlus2 size={15} aria-hidden /> Add files…</button>
        <button type="button" className="button small" onClick={() => (canPick ? void pickDocuments(id, 'folder', true) : folder.current?.click())}><FolderPlus size={15} aria-hidden /> Add a folder…</button>
        <button type="button" className="button small" aria-expanded={byPath} onClick={() => setByPath(!byPath)}><FolderSearch size={15} aria-hidden /> By path…</button>
        {empty ? null : <span className="fine drop-hint">or drop them anywhere here</span>}
      </div>
      <input ref={files} type="file" multiple hidden onChange={onChosen} data-testid="add-files" />
      <input ref={folder} type="file" multiple hidden onChange={onChosen} {...{ webkitdirectory: '' }} />
      {byPath ? <PathForm collectionId={id} onDone={() => setByPath(false)} /> : null}
    </div>
  );
}

function PathForm({ collectionId, onDone }: { collectionId: number; onDone(): void }) {
  const [path, setPath] = useState('');
  const [watch, setWatch] = useState(true);
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const add = async (): Promise<void> => {
    setBusy(true);
    setProblem('');
    try {
      await addPaths(collectionId, [path.trim()], watch);
      onDone();
    } catch (thrown) {
      const { sentence, nextStep } = sentenceFor(toErrorBody(thrown));
      setProblem(`${sentence} ${nextStep}`);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form className="path-form" onSubmit={(event) => { event.preventDefault(); if (path.trim() !== '') void add(); }}>
      <label className="field">
        <span>Path of a file or folder on this machine</span>
        {/* The reader asked for this field a moment ago. */}
        {/* oxlint-disable-next-line jsx-a11y/no-autofocus */}
        <input value={path} onChange={(event) => setPath(event.target.value)} placeholder="/home/you/contracts" spellCheck={false} autoComplete="off" autoFocus aria-invalid={problem !== ''} aria-describedby="path-problem" />
      </label>
      <label className="check"><input type="checkbox" checked={watch} onChange={(event) => setWatch(event.target.checked)} /> Watch a folder and read again what changes in it</label>
      <p id="path-problem" className="problem" role="alert">{problem}</p>
      <div className="dialog-buttons">
        <button type="button" className="button small" onClick={onDone}>Cancel</button>
        <button type="submit" className="button small primary" disabled={busy || path.trim() === ''}>{busy ? 'Looking…' : 'Add'}</button>
      </div>
    </form>
  );
}

// Owns linking a model file: by its path, or by the host's file dialog where there is one.
import { useState } from 'react';
import { toErrorBody } from '../../core/contract/errors.js';
import { attempt, call } from '../actions.js';
import { sentenceFor } from '../error-sentences.js';
import { addModel } from '../models.js';
import { useApp, useView } from '../store.js';
import { Dialog } from './Dialog.js';

export function AddModelDialog() {
  const { dialog, show } = useView();
  return <Dialog open={dialog === 'add-model'} onClose={() => show(null)} title="Add a model file"><AddModelForm onDone={() => show(null)} /></Dialog>;
}

function AddModelForm({ onDone }: { onDone(): void }) {
  const canPickFile = useApp((state) => state.canPickFile);
  const [path, setPath] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const add = async (chosen: string): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      await addModel(chosen);
      onDone();
    } catch (thrown) {
      const { sentence, nextStep } = sentenceFor(toErrorBody(thrown));
      setProblem(`${sentence} ${nextStep}`);
    } finally {
      setBusy(false);
    }
  };
  const pick = async (): Promise<void> => {
    const picked = await attempt(call('models.pick', {}));
    if (picked?.path) {
      setPath(picked.path);
      await add(picked.path);
    }
  };

  return (
    <form onSubmit={(event) => { event.preventDefault(); if (path.trim() !== '') void add(path.trim()); }}>
      <p>Plumb uses the file where it is; nothing is copied. Recurrent-depth models get the depth slider, ordinary ones can chat too. Embedding models and rerankers help with your documents.</p>
      <label className="field">
        <span>Path of a .gguf file</span>
        <input value={path} onChange={(event) => setPath(event.target.value)} placeholder="/home/you/models/model.gguf" spellCheck={false} autoComplete="off" aria-invalid={problem !== null} aria-describedby="add-model-problem" />
      </label>
      <p id="add-model-problem" className="problem" role="alert">{problem}</p>
      <div className="dialog-buttons">
        {canPickFile ? <button type="button" className="button" onClick={() => void pick()} disabled={busy}>Choose a file…</button> : null}
        <button type="submit" className="button primary" disabled={busy || path.trim() === ''}>{busy ? 'Reading…' : 'Add and load'}</button>
      </div>
    </form>
  );
}

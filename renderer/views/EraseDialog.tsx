// Owns erasing everything in the window: what goes, what may outlive it, and a word that is typed on purpose.
import { useState } from 'react';
import { attempt, call } from '../actions.js';
import { useView } from '../store.js';
import { Dialog } from './Dialog.js';

const word = 'ERASE';

export function EraseDialog() {
  const { dialog, show } = useView();
  return <Dialog open={dialog === 'erase'} onClose={() => show(null)} title="Erase everything?"><EraseForm onDone={() => show(null)} /></Dialog>;
}

function EraseForm({ onDone }: { onDone(): void }) {
  const [typed, setTyped] = useState('');
  return (
    <form onSubmit={(event) => { event.preventDefault(); void attempt(call('app.eraseEverything', { confirm: 'erase everything' })); }}>
      <p>All conversations, documents, settings, the copies Plumb made of them, and their keys are removed from this machine. There is no way back. Plumb then begins as at its first launch.</p>
      <p className="fine">Model files stay where they are, and so does what you exported or backed up yourself. The keys are overwritten first; without them the rest cannot be read. SSDs and some file systems may keep old blocks all the same: where that matters, encrypt the whole disk.</p>
      <label className="field">Type {word} to confirm<input type="text" autoComplete="off" value={typed} onChange={(event) => setTyped(event.target.value)} /></label>
      <div className="dialog-buttons">
        <button type="button" className="button" onClick={onDone}>Cancel</button>
        <button type="submit" className="button danger" disabled={typed !== word}>Erase everything</button>
      </div>
    </form>
  );
}

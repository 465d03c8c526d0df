// Owns the encrypted backup file in the window: making one, and putting one in the place of everything that is here.
import { useRef, useState } from 'react';
import { shortestPassphrase } from '../../core/contract/vault.js';
import { useView } from '../store.js';
import { makeBackup, restoreBackup } from '../transfer.js';
import { Dialog } from './Dialog.js';

export function BackupDialog() {
  const { dialog, show } = useView();
  const close = (): void => show(null);
  return (
    <>
      <Dialog open={dialog === 'backup'} onClose={close} title="Encrypted backup"><BackupForm onDone={close} /></Dialog>
      <Dialog open={dialog === 'restore'} onClose={close} title="Restore a backup"><RestoreForm onDone={close} /></Dialog>
    </>
  );
}

function BackupForm({ onDone }: { onDone(): void }) {
  const [first, setFirst] = useState('');
  const [second, setSecond] = useState('');
  const [busy, setBusy] = useState(false);
  const good = first.length >= shortestPassphrase && first === second;
  const make = async (): Promise<void> => {
    setBusy(true);
    const made = await makeBackup(first);
    setBusy(false);
    if (made) onDone();
  };
  return (
    <form onSubmit={(event) => { event.preventDefault(); void make(); }}>
      <p>One file with all conversations, documents and settings, encrypted under a passphrase of its own. Any Plumb can restore it.</p>
      <label className="field">Passphrase<input type="password" autoComplete="new-password" value={first} onChange={(event) => setFirst(event.target.value)} aria-describedby="backup-hint" /></label>
      <label className="field">Once more<input type="password" autoComplete="new-password" value={second} onChange={(event) => setSecond(event.target.value)} aria-invalid={second !== '' && first !== second} /></label>
      <p id="backup-hint" className="fine">At least {shortestPassphrase} characters. Without it nobody opens the file, and nobody can help: write it down.</p>
      <div className="dialog-buttons">
        <button type="button" className="button" onClick={onDone}>Cancel</button>
        <button type="submit" className="button primary" disabled={!good || busy}>{busy ? 'Writing…' : 'Save the backup'}</button>
      </div>
    </form>
  );
}

function RestoreForm({ onDone }: { onDone(): void }) {
  const file = useRef<HTMLInputElement>(null);
  const [chosen, setChosen] = useState(false);
  const [passphrase, setPassphrase] = useState('');
  const [busy, setBusy] = useState(false);
  const restore = async (): Promise<void> => {
    const backup = file.current?.files?.[0];
    if (!backup) return;
    setBusy(true);
    const restored = await restoreBackup(backup, passphrase);
    setBusy(false);
    if (restored) onDone();
  };
  return (
    <form onSubmit={(event) => { event.preventDefault(); void restore(); }}>
      <p>What is in the backup takes the place of <strong>everything that is here now</strong>. The file is checked to its end before anything is replaced, and what is here is put aside in the data folder.</p>
      <label className="field">Backup file<input ref={file} type="file" accept=".plumb-backup" onChange={({ target }) => setChosen((target.files?.length ?? 0) > 0)} /></label>
      <label className="field">Its passphrase<input type="password" autoComplete="off" value={passphrase} onChange={(event) => setPassphrase(event.target.value)} /></label>
      <div className="dialog-buttons">
        <button type="button" className="button" onClick={onDone}>Cancel</button>
        <button type="submit" className="button primary" disabled={!chosen || passphrase === '' || busy}>{busy ? 'Checking…' : 'Replace everything'}</button>
      </div>
    </form>
  );
}

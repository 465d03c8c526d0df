// Owns what settings offer about your data: where it is, taking it out, bringing it in.
import { useRef } from 'react';
import { changeSettings } from '../actions.js';
import { mayClearClipboard } from '../clipboard.js';
import { toast, useApp, useView } from '../store.js';
import { importFile } from '../transfer.js';
import { NumberField } from './NumberField.js';

async function setClearing(clearClipboard: boolean): Promise<void> {
  if (clearClipboard && !(await mayClearClipboard())) return toast('This window may not look at the clipboard, so it cannot empty it either.', { tone: 'warm' });
  changeSettings({ clearClipboard });
}

export function DataSettings() {
  const file = useRef<HTMLInputElement>(null);
  const show = useView((view) => view.show);
  const settings = useApp((state) => state.settings);
  return (
    <fieldset>
      <legend>Your data</legend>
      <ul className="facts">
        <li>Conversations, settings and the list of your models are in one encrypted file in Plumb’s data folder on this machine.</li>
        <li>Nothing is sent anywhere; this version has no feature that connects to another machine.</li>
        <li>A deleted conversation can be brought back for ten minutes or until Plumb closes or locks; then it is erased. A temporary chat is never written down.</li>
      </ul>
      <div className="setting">
        <span>Take it with you<small>All conversations as text, a web page, or JSON.</small></span>
        <button type="button" className="button small" onClick={() => useView.setState({ dialog: null, exporting: 'all' })}>Export everything…</button>
      </div>
      <div className="setting">
        <span>Bring conversations in<small>JSON that Plumb wrote, or conversations.json from ChatGPT. Nothing here is overwritten.</small></span>
        <button type="button" className="button small" onClick={() => file.current?.click()}>Import…</button>
        <input
          ref={file}
          type="file"
          hidden
          accept=".json,application/json"
          aria-label="File to import"
          onChange={({ target }) => {
            const [chosen] = target.files ?? [];
            target.value = '';
            if (chosen) void importFile(chosen);
          }}
        />
      </div>
      <div className="setting">
        <span>Encrypted backup<small>One file with everything, to keep elsewhere or to move to another machine.</small></span>
        <span className="setting-buttons">
          <button type="button" className="button small" onClick={() => show('backup')}>Back up…</button>
          <button type="button" className="button small" onClick={() => show('restore')}>Restore…</button>
        </span>
      </div>
      <div className="setting">
        <label htmlFor="backups-kept">Daily copies kept<small>Encrypted, beside the database; they mend it when it is damaged.</small></label>
        <NumberField id="backups-kept" value={settings.backupsKept} min={1} max={30} step={1} onChange={(backupsKept) => changeSettings({ backupsKept })} />
      </div>
      <label className="setting">
        <span>Empty the clipboard a minute after copying<small>If it still holds what was copied here, and the browser lets Plumb look.</small></span>
        <input type="checkbox" className="switch" role="switch" aria-checked={settings.clearClipboard} checked={settings.clearClipboard} onChange={(event) => void setClearing(event.target.checked)} />
      </label>
      <label className="setting">
        <span>Use the graphics card when there is one<small>Turns itself off when the card fails with a model; takes effect with the next model that is loaded.</small></span>
        <input type="checkbox" className="switch" role="switch" aria-checked={settings.gpu === 'auto'} checked={settings.gpu === 'auto'} onChange={(event) => changeSettings({ gpu: event.target.checked ? 'auto' : 'off' })} />
      </label>
      <div className="setting">
        <span>Erase everything<small>Conversations, copies and keys; Plumb begins anew.</small></span>
        <button type="button" className="button small danger" onClick={() => show('erase')}>Erase…</button>
      </div>
    </fieldset>
  );
}

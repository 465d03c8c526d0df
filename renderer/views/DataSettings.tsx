// Owns what settings offer about your data: where it is, taking it out, bringing it in.
import { useRef } from 'react';
import { useView } from '../store.js';
import { importFile } from '../transfer.js';

export function DataSettings() {
  const file = useRef<HTMLInputElement>(null);
  const show = useView((view) => view.show);
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
        <span>Erase everything<small>Conversations, copies and keys; Plumb begins anew.</small></span>
        <button type="button" className="button small danger" onClick={() => show('erase')}>Erase…</button>
      </div>
    </fieldset>
  );
}

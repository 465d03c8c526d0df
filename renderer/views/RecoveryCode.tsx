// Owns showing a recovery code, once: to copy, to print, and to prove that it was written down.
import { useId, useState } from 'react';
import { copyText } from '../clipboard.js';
import { toast } from '../store.js';

const lettersOnly = (text: string): string => text.toUpperCase().replace(/[^0-9A-Z]/g, '');

export function RecoveryCode({ code, onDone }: { code: string; onDone(): void }) {
  const [typed, setTyped] = useState('');
  const said = useId();
  const asked = code.slice(-4);
  const right = lettersOnly(typed) === asked;
  const copy = (): void => void copyText(code).then(() => toast('Copied. Paste it where only you can read it, and clear the clipboard after.'), () => undefined);
  return (
    <section className="recovery" aria-label="Recovery code">
      <p><b>Your recovery code.</b> It opens Plumb when the passphrase is forgotten. It is shown this once; keep it away from this machine.</p>
      <p className="recovery-print"><span className="print-only">Plumb recovery code: </span><code>{code}</code></p>
      <div className="dialog-buttons">
        <button type="button" className="button small" onClick={copy}>Copy</button>
        <button type="button" className="button small" onClick={() => window.print()}>Print</button>
      </div>
      <label className="field">
        <span>To check that you have it: its last four characters</span>
        <input value={typed} onChange={(event) => setTyped(event.target.value)} autoComplete="off" spellCheck={false} aria-describedby={said} />
      </label>
      <p id={said} className="fine" role="status">{right ? 'Right.' : lettersOnly(typed).length >= 4 ? 'These are not the last four characters.' : ''}</p>
      <div className="dialog-buttons">
        <button type="button" className="button small primary" disabled={!right} onClick={onDone}>I have written it down</button>
      </div>
    </section>
  );
}

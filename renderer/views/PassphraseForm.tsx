// Owns setting, changing and removing the passphrase.
import { useId, useRef, useState, type FormEvent, type RefObject } from 'react';
import { shortestPassphrase } from '../../core/contract/vault.js';
import { call } from '../actions.js';
import { toast } from '../store.js';
import { strengthOf, tryVault } from '../vault.js';

export type PassphraseTask = 'set' | 'change' | 'remove';

interface Props {
  task: PassphraseTask;
  needsCurrent: boolean;
  onDone(): void;
  onCancel(): void;
}

const words = {
  set: { submit: 'Set passphrase', done: 'The passphrase is set.' },
  change: { submit: 'Change passphrase', done: 'The passphrase was changed. Only the key was wrapped anew.' },
  remove: { submit: 'Remove passphrase', done: 'The passphrase was removed. Plumb opens by itself again.' },
} as const;

export function PassphraseForm({ task, needsCurrent, onDone, onCancel }: Props) {
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [again, setAgain] = useState('');
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState<string | null>(null);
  const first = useRef<HTMLInputElement>(null);
  const hint = useId();

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (busy) return;
    if (task !== 'remove' && [...next].length < shortestPassphrase) return setWrong(`The new passphrase needs at least ${shortestPassphrase} characters.`);
    if (task !== 'remove' && next !== again) return setWrong('The two new ones are not the same.');
    setBusy(true);
    setWrong(null);
    const failed = await tryVault(task === 'remove' ? call('vault.removePassphrase', { current }) : call('vault.setPassphrase', { current: needsCurrent ? current : null, next }));
    setBusy(false);
    if (failed) {
      setWrong(failed.code === 'wrong_passphrase' ? 'The present passphrase is not right.' : failed.words);
      setCurrent('');
      return first.current?.focus();
    }
    toast(words[task].done);
    onDone();
  };

  return (
    <form className="passphrase-form" onSubmit={(event) => void submit(event)} aria-label={words[task].submit}>
      {needsCurrent ? <Secret label="Present passphrase" value={current} onChange={setCurrent} field={first} present /> : null}
      {task === 'remove' ? null : (
        <>
          <Secret label="New passphrase" value={next} onChange={setNext} describedBy={hint} {...(!needsCurrent && { field: first })} />
          <p id={hint} className="fine" aria-live="polite">{strengthOf(next)}</p>
          <Secret label="New passphrase, again" value={again} onChange={setAgain} />
        </>
      )}
      {task === 'set' ? <p className="fine">Nobody can bring back a forgotten passphrase. The next step makes a recovery code for that.</p> : null}
      <p className="lock-says" role="alert">{wrong ?? ''}</p>
      <div className="dialog-buttons">
        <button type="button" className="button small" onClick={onCancel}>Cancel</button>
        <button type="submit" className="button small primary" disabled={busy}>{busy ? 'One moment…' : words[task].submit}</button>
      </div>
    </form>
  );
}

interface SecretProps {
  label: string;
  value: string;
  onChange(value: string): void;
  describedBy?: string;
  present?: boolean;
  field?: RefObject<HTMLInputElement | null>;
}

function Secret({ label, value, onChange, describedBy, present = false, field }: SecretProps) {
  return (
    <label className="field">
      <span>{label}</span>
      <input {...(field && { ref: field })} type="password" value={value} onChange={(event) => onChange(event.target.value)} autoComplete={present ? 'current-password' : 'new-password'} spellCheck={false} aria-describedby={describedBy} />
    </label>
  );
}

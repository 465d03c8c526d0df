// Owns the lock screen: nothing of the content is behind it; a passphrase, a recovery code, or another try opens.
import { useEffect, useRef, useState, type FormEvent } from 'react';
import { call } from '../actions.js';
import { sentenceFor } from '../error-sentences.js';
import { useApp, useView } from '../store.js';
import { tryVault } from '../vault.js';
import { Logo } from './Logo.js';
import { PrivacyDialog } from './PrivacyDialog.js';

type Way = 'passphrase' | 'recovery';

/** Whole seconds left of a wait that began when it was told. */
function useWait(waitMs: number, told: unknown): number {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    const untilMs = Date.now() + waitMs;
    const look = (): void => setLeft(Math.max(0, Math.ceil((untilMs - Date.now()) / 1000)));
    look();
    const timer = waitMs > 0 ? setInterval(look, 250) : undefined;
    return () => clearInterval(timer);
  }, [waitMs, told]);
  return left;
}

export function LockScreen() {
  const vault = useApp((state) => state.vault);
  const lost = useApp((state) => state.link === 'lost');
  const [way, setWay] = useState<Way>('passphrase');
  const [typed, setTyped] = useState('');
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState<string | null>(null);
  const field = useRef<HTMLInputElement>(null);
  const waitS = useWait(vault?.waitMs ?? 0, vault);
  const byPassphrase = vault?.protection === 'passphrase';
  const recovering = way === 'recovery' || !byPassphrase;
  const waiting = !recovering && waitS > 0;

  useEffect(() => field.current?.focus(), [way, waiting]);

  const attemptWith = async (calling: Promise<unknown>): Promise<void> => {
    setBusy(true);
    setWrong(null);
    const failed = await tryVault(calling);
    // What was typed does not stay, right or wrong.
    setTyped('');
    setBusy(false);
    setWrong(failed?.words ?? null);
    field.current?.focus();
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (busy || waiting || typed === '') return;
    void attemptWith(recovering ? call('vault.unlockWithRecovery', { code: typed }) : call('vault.unlock', { passphrase: typed }));
  };
  const turnTo = (next: Way): void => {
    setWay(next);
    setTyped('');
    setWrong(null);
  };

  const problem = vault?.problem ? sentenceFor(vault.problem) : null;
  return (
    <main className="lock-screen">
      <form className="lock-card" onSubmit={submit} aria-label="Unlock Plumb">
        <Logo size={44} />
        <h1>Plumb is locked</h1>
        {problem ? <p className="lock-problem">{problem.sentence} {problem.nextStep}<small>{vault?.problem?.message}</small></p> : null}
        {byPassphrase || vault?.hasRecoveryCode ? (
          <label className="field">
            <span>{recovering ? 'Recovery code' : 'Passphrase'}</span>
            <input
              ref={field}
              key={recovering ? 'code' : 'passphrase'}
              type={recovering ? 'text' : 'password'}
              value={typed}
              onChange={(event) => setTyped(event.target.value)}
              autoComplete={recovering ? 'off' : 'current-password'}
              spellCheck={false}
              aria-invalid={wrong !== null}
              aria-describedby="lock-says"
              placeholder={recovering ? 'XXXX-XXXX-…' : ''}
            />
          </label>
        ) : null}
        <p id="lock-says" className="lock-says" role="alert">{busy ? '' : (wrong ?? '')}</p>
        {waiting ? <p className="lock-wait" role="status">Too many wrong tries: wait {waitS} s before the next.</p> : null}
        {byPassphrase || vault?.hasRecoveryCode ? <button type="submit" className="button primary" disabled={busy || waiting || typed === '' || lost}>{busy ? 'Unlocking…' : 'Unlock'}</button> : null}
        {byPassphrase ? null : <button type="button" className="button" disabled={busy || lost} onClick={() => void attemptWith(call('vault.retry', {}))}>Try again</button>}
        {byPassphrase && vault?.hasRecoveryCode ? (
          <button type="button" className="text-button" onClick={() => turnTo(recovering ? 'passphrase' : 'recovery')}>{recovering ? 'Use the passphrase' : 'Use the recovery code'}</button>
        ) : null}
        {lost ? <p className="fine" role="status">Reconnecting…</p> : <button type="button" className="text-button" onClick={() => useView.getState().show('privacy')}>What tried to reach out, and what lies where</button>}
      </form>
      <PrivacyDialog />
    </main>
  );
}

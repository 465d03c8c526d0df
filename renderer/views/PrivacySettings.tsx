// Owns the section of the settings that says what protects the key, and changes it.
import { useState } from 'react';
import { attempt, call } from '../actions.js';
import { useApp } from '../store.js';
import { lockNow, protectionWords } from '../vault.js';
import { Choice } from './Choice.js';
import { PassphraseForm, type PassphraseTask } from './PassphraseForm.js';
import { RecoveryCode } from './RecoveryCode.js';

const minutes = [[0, 'Never'], [1, '1 min'], [5, '5 min'], [10, '10 min'], [30, '30 min']] as const;

const titles = { passphrase: 'Encrypted, opened by your passphrase', key_store: 'Encrypted, opened by this system’s key store', key_file: 'Encrypted, opened by a key file' } as const;

export function PrivacySettings() {
  const vault = useApp((state) => state.vault);
  const host = useApp((state) => state.host);
  const [task, setTask] = useState<PassphraseTask | null>(null);
  const [code, setCode] = useState<string | null>(null);
  if (!vault) return null;
  const guarded = vault.protection === 'passphrase';

  const makeCode = async (): Promise<void> => {
    const made = await attempt(call('vault.newRecoveryCode', {}));
    if (made) setCode(made.code);
  };
  /** A new passphrase without a recovery code is a door with one key. */
  const done = (finished: PassphraseTask): void => {
    setTask(null);
    if (finished === 'set' && !vault.hasRecoveryCode) void makeCode();
  };

  return (
    <fieldset className="privacy">
      <legend>Privacy and lock</legend>
      <div className="setting">
        <span>{titles[vault.protection]}<small>{protectionWords(vault, host)}</small></span>
      </div>
      {task ? (
        <PassphraseForm task={task} needsCurrent={guarded && !(vault.mayReset && task !== 'remove')} onDone={() => done(task)} onCancel={() => setTask(null)} />
      ) : (
        <div className="setting">
          <span>Passphrase<small>{guarded ? 'Asked for at every start and after locking.' : 'None: Plumb opens by itself.'}</small></span>
          <span className="setting-buttons">
            <button type="button" className="button small" onClick={() => setTask(guarded ? 'change' : 'set')}>{guarded ? 'Change…' : 'Set a passphrase…'}</button>
            {guarded ? <button type="button" className="button small" onClick={() => setTask('remove')}>Remove…</button> : null}
          </span>
        </div>
      )}
      {guarded ? (
        <>
          {code === null ? (
            <div className="setting">
              <span>Recovery code<small>{vault.hasRecoveryCode ? 'There is one. A new one replaces it.' : 'None: a forgotten passphrase cannot be replaced by anything.'}</small></span>
              <button type="button" className="button small" onClick={() => void makeCode()}>Make a new one</button>
            </div>
          ) : <RecoveryCode code={code} onDone={() => setCode(null)} />}
          <div className="setting">
            <span id="auto-lock-label">Lock by itself<small>After so long without a touch{host === 'electron' ? ', and always when the machine sleeps or its screen is locked' : ''}. An answer being made ends there.</small></span>
            <Choice labelledBy="auto-lock-label" options={minutes} value={vault.autoLockMinutes ?? 0} onChange={(chosen) => void attempt(call('vault.setAutoLock', { minutes: chosen }))} />
          </div>
          <div className="setting">
            <span>Lock now<small>Drops the key, stops the model, and empties this window.</small></span>
            <button type="button" className="button small" onClick={lockNow}>Lock</button>
          </div>
        </>
      ) : null}
    </fieldset>
  );
}

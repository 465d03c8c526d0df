// Owns the promises in the corner: only what is true of this version, and why.
import { Lock } from 'lucide-react';
import { Popover } from 'radix-ui';
import { useApp } from '../store.js';
import { lockNow, promiseOf, protectionWords } from '../vault.js';

export function Promises() {
  const version = useApp((state) => state.version);
  const host = useApp((state) => state.host);
  const lost = useApp((state) => state.link === 'lost');
  const vault = useApp((state) => state.vault);
  return (
    <div className="promises-corner">
      <Popover.Root>
        <Popover.Trigger asChild>
          <button type="button" className="promises">
            <span className="promise"><span className="dot good" aria-hidden />Runs on this machine</span>
            <span className="promise"><span className="dot good" aria-hidden />Network: none</span>
            {vault ? <span className="promise"><span className={vault.protection === 'key_file' ? 'dot' : 'dot good'} aria-hidden />{promiseOf(vault)}</span> : null}
            {lost ? <span className="promise warm" role="status"><span className="dot warm pulse" aria-hidden />Reconnecting…</span> : null}
          </button>
        </Popover.Trigger>
        <Popover.Portal>
          <Popover.Content aria-label="What Plumb promises today" className="popover promise-card" side="top" align="start" sideOffset={8} collisionPadding={12}>
            <h2>What Plumb promises today</h2>
            <dl>
              <dt>Runs on this machine</dt>
              <dd>The model, the engine and your conversations are on this machine. Nothing you write is sent anywhere.</dd>
              <dt>Network: none</dt>
              <dd>
                This version has no feature that connects to another machine.
                {host === 'browser' ? ' This page talks to Plumb over the loopback address only, with a token.' : ''} Pictures in answers are never loaded; links open only after you have seen the address.
              </dd>
              {vault ? <><dt>Encrypted</dt><dd>The file with your conversations and its backups are encrypted (AES-256). {protectionWords(vault, host)}</dd></> : null}
            </dl>
            <p className="fine">Plumb {version}</p>
          </Popover.Content>
        </Popover.Portal>
      </Popover.Root>
      {vault?.protection === 'passphrase' ? <button type="button" className="quiet-button lock-button" onClick={lockNow}><Lock size={14} aria-hidden />Lock</button> : null}
    </div>
  );
}

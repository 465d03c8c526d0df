// Owns the privacy page: connections that were refused, what lies on the disk and how it is protected, and how to check all this.
import { useEffect, useState } from 'react';
import type { PrivacyReport, Refused, Stored } from '../../core/contract/privacy.js';
import { attempt, call } from '../actions.js';
import { useNetwork } from '../network.js';
import { useApp, useView } from '../store.js';
import { Dialog } from './Dialog.js';
import { Licences } from './Licences.js';

export function PrivacyDialog() {
  const { dialog, show } = useView();
  const open = dialog === 'privacy';
  return <Dialog open={open} onClose={() => show(null)} title="Privacy" className="settings">{open ? <PrivacyPage /> : null}</Dialog>;
}

const storedWords: Record<Stored['what'], string> = { conversations: 'Conversations and settings', backups: 'Backups', window: 'The window’s own folder', models: 'Models that came with Plumb', other: 'Other' };
const protectionWords: Record<Stored['protection'], string> = { encrypted: 'encrypted', plain: 'not encrypted', public: 'nothing of yours' };
const kindWords: Record<Refused['kind'], string> = { connect: 'connection', listen: 'open port', 'look-up': 'name look-up', datagram: 'datagram', inspector: 'debugger', request: 'request of the page' };

function size(bytes: number): string {
  const unit = bytes < 1e6 ? { of: 1e3, name: 'kB' } : { of: 1e6, name: 'MB' };
  return `${(bytes / unit.of).toLocaleString('en', { maximumFractionDigits: 1 })} ${unit.name}`;
}

function PrivacyPage() {
  const [report, setReport] = useState<PrivacyReport | null>(null);
  const refusedTotal = useNetwork((state) => state.refusedTotal);
  const host = useApp((state) => state.host);
  useEffect(() => {
    let gone = false;
    void attempt(call('privacy.report', {})).then((found) => { if (found && !gone) setReport(found); });
    return () => { gone = true; };
  }, [refusedTotal]);
  if (!report) return <p className="fine">Looking…</p>;
  return (
    <div className="settings-body privacy-page">
      <fieldset>
        <legend>Connections</legend>
        <p>{report.locked ? 'The network lock is on in every process of Plumb.' : 'This Plumb runs without its network lock.'} {report.exception ? `One host may be reached now, for a download you started: ${report.exception}.` : ''}</p>
        {report.refusedTotal === 0
          ? <p><strong>No connection to another machine was attempted.</strong> None is expected.</p>
          : <table aria-label="Refused connections"><thead><tr><th>When</th><th>Part</th><th>What</th><th>Where to</th></tr></thead><tbody>{report.refused.map(({ atMs, process, kind, host: to }, at) => <tr key={at}><td>{new Date(atMs).toLocaleTimeString()}</td><td>{process}</td><td>{kindWords[kind]}</td><td>{to || 'shown when unlocked'}</td></tr>)}</tbody></table>}
        {host === 'browser' ? <p className="fine">This page talks to Plumb over 127.0.0.1, which no other machine can reach. What your browser itself connects to is outside Plumb’s lock.</p> : null}
      </fieldset>
      <fieldset>
        <legend>On this disk</legend>
        <table aria-label="What is stored">
          <thead><tr><th>What</th><th>Size</th><th>Protection</th></tr></thead>
          <tbody>{report.stored.map(({ what, path, sizeBytes, protection, ownerOnly }) => <tr key={path}><td>{storedWords[what]}<small>{path}</small></td><td>{size(sizeBytes)}</td><td>{protectionWords[protection]}{protection === 'public' ? '' : ownerOnly ? ', yours alone' : ', readable by others'}</td></tr>)}</tbody>
        </table>
      </fieldset>
      <fieldset>
        <legend>See for yourself</legend>
        <p className="fine">Run Plumb where there is no network at all, and watch what it asks the system for:</p>
        <pre>unshare --net --map-root-user npm start -- --browser{'\n'}strace -f -e trace=connect,sendto,sendmsg node dist/server/main.js</pre>
      </fieldset>
      <Licences />
    </div>
  );
}

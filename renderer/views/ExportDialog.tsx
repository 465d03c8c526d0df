// Owns choosing how one conversation, or all of them, leave Plumb.
import { Download } from 'lucide-react';
import { useState } from 'react';
import type { ExportKind } from '../../core/contract/transfer.js';
import { useApp, useView } from '../store.js';
import { exportConversations } from '../transfer.js';
import { Choice } from './Choice.js';
import { Dialog } from './Dialog.js';

const formats = [['markdown', 'Markdown'], ['html', 'Web page'], ['json', 'JSON']] as const;
const hints: Record<ExportKind, string> = {
  markdown: 'Text with headings, for notes and other programs.',
  html: 'One page that opens in any browser without a network, and prints well.',
  json: 'Everything, with all branches, settings and figures. Plumb can import it again.',
};

export function ExportDialog() {
  const what = useView(({ exporting }) => exporting);
  const title = useApp(({ conversations }) => (typeof what === 'number' ? conversations.find(({ id }) => id === what)?.title || 'New chat' : null));
  const close = (): void => useView.setState({ exporting: null });
  return (
    <Dialog open={what !== null} onClose={close} title={what === 'all' ? 'Export everything' : `Export “${title ?? ''}”`}>
      {what === null ? null : <ExportForm ids={what === 'all' ? null : [what]} onDone={close} />}
    </Dialog>
  );
}

function ExportForm({ ids, onDone }: { ids: number[] | null; onDone(): void }) {
  const [format, setFormat] = useState<ExportKind>('markdown');
  const [all, setAll] = useState(false);
  const [withTokens, setWithTokens] = useState(false);
  const [busy, setBusy] = useState(false);
  const send = async (): Promise<void> => {
    setBusy(true);
    await exportConversations({ ids, format, branches: all ? 'all' : 'shown', withTokens });
    setBusy(false);
    onDone();
  };
  return (
    <form className="settings" onSubmit={(event) => { event.preventDefault(); void send(); }}>
      <div className="setting">
        <span id="export-format">Form<small>{hints[format]}</small></span>
        <Choice<ExportKind> labelledBy="export-format" options={formats} value={format} onChange={(next) => setFormat(next)} />
      </div>
      {format === 'json' ? (
        <label className="setting">
          <span>With every token and its curve<small>Makes the file about fifty times larger.</small></span>
          <input type="checkbox" className="switch" role="switch" aria-checked={withTokens} checked={withTokens} onChange={(event) => setWithTokens(event.target.checked)} />
        </label>
      ) : (
        <label className="setting">
          <span>All branches<small>Otherwise only the one that is shown.</small></span>
          <input type="checkbox" className="switch" role="switch" aria-checked={all} checked={all} onChange={(event) => setAll(event.target.checked)} />
        </label>
      )}
      <p className="fine">The file is not encrypted: keep it where others cannot read it.</p>
      <div className="dialog-buttons">
        <button type="button" className="button" onClick={onDone}>Cancel</button>
        <button type="submit" className="button primary" disabled={busy}><Download size={15} aria-hidden /> {busy ? 'Writing…' : 'Export'}</button>
      </div>
    </form>
  );
}

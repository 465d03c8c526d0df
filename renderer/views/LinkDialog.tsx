// Owns leaving the app by a link: the whole address is shown first, and nothing is opened without a click on it.
import { Check, Copy } from 'lucide-react';
import { hostOf } from '../markdown/links.js';
import { useCopy } from '../markdown/use-copy.js';
import { useApp, useView } from '../store.js';
import { Dialog } from './Dialog.js';

export function LinkDialog() {
  const link = useView((view) => view.link);
  const host = useApp((state) => state.host);
  const { copied, copy } = useCopy();
  const close = (): void => useView.setState({ link: null });
  return (
    <Dialog open={link !== null} onClose={close} title="Leave Plumb?">
      <p>This address came from the model. Opening it tells <strong>{hostOf(link ?? '')}</strong> that you did, and whatever the address contains.</p>
      <p className="address" dir="ltr">{link}</p>
      {host === 'electron' ? <p className="fine">Plumb does not open addresses itself. Copy it and paste it where you want it.</p> : null}
      <div className="dialog-buttons">
        <button type="button" className="button" onClick={() => copy(link ?? '')}>{copied ? <Check size={15} aria-hidden /> : <Copy size={15} aria-hidden />} {copied ? 'Copied' : 'Copy address'}</button>
        {host === 'browser' ? <a className="button primary" href={link ?? undefined} target="_blank" rel="noreferrer noopener" onClick={close}>Open in a new tab</a> : null}
      </div>
    </Dialog>
  );
}

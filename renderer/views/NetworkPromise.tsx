// Owns the word about the network in the corner, and the button to the privacy page.
import { Popover } from 'radix-ui';
import { networkWords, useNetwork } from '../network.js';
import { useView } from '../store.js';

export function NetworkPromise() {
  const refusedTotal = useNetwork((state) => state.refusedTotal);
  return <span className="promise"><span className={refusedTotal === 0 ? 'dot good' : 'dot warm'} aria-hidden />{networkWords(refusedTotal)}</span>;
}

export function PrivacyButton() {
  const show = useView((view) => view.show);
  return <Popover.Close asChild><button type="button" className="text-button" onClick={() => show('privacy')}>Connections and files, one by one</button></Popover.Close>;
}

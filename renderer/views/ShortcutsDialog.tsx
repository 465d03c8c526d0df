// Owns the list of shortcuts; it reads the same table as the key handler.
import { Fragment } from 'react';
import { shortcuts } from '../shortcuts.js';
import { useView } from '../store.js';
import { Dialog } from './Dialog.js';
import { Keys } from './Sidebar.js';

export function ShortcutsDialog() {
  const { dialog, show } = useView();
  return (
    <Dialog open={dialog === 'shortcuts'} onClose={() => show(null)} title="Keyboard shortcuts" className="narrow">
      <dl className="shortcut-list">
        {shortcuts.map(({ keys, what }) => (
          <Fragment key={what}>
            <dt>{what}</dt>
            <dd>{keys.filter((key) => !key.includes('Semicolon')).map((key) => <Keys key={key} binding={key} />)}</dd>
          </Fragment>
        ))}
      </dl>
    </Dialog>
  );
}

// Owns the list of other people's work in Plumb, as it was when this window was built.
import { useState } from 'react';
import { useApp } from '../store.js';

export interface Licence {
  name: string;
  version: string;
  licence: string;
}

export function Licences() {
  const version = useApp((state) => state.version);
  const [list, setList] = useState<readonly Licence[] | null>(null);
  const load = (): void => void import('../licences.js').then((found) => setList(found.licences));
  return (
    <fieldset>
      <legend>About</legend>
      <p>Plumb {version}, MIT licence. It stands on the work of others:</p>
      <details onToggle={load}>
        <summary>Packages and their licences{list ? ` (${list.length})` : ''}</summary>
        <ul className="licences">{list?.map(({ name, version: theirs, licence }) => <li key={`${name}@${theirs}`}>{name} {theirs}<small>{licence}</small></li>)}</ul>
      </details>
    </fieldset>
  );
}

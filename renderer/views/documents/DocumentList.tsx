// Owns the list of a collection's documents: those that need a word first, long lists in groups that cost nothing out of sight.
import { useMemo, useState } from 'react';
import type { Document } from '../../../core/contract/documents.js';
import { whole } from '../../figures.js';
import { Choice } from '../Choice.js';
import { DocumentRow } from './DocumentRow.js';

/** Rows that are skipped together when out of sight. */
const groupSize = 50;
/** From here on finding a document by its name beats scrolling. */
const filterFrom = 12;

type Show = 'all' | 'attention';

/** Not read, gone, or with pages that could still be read. */
export const needsAttention = ({ state, pagesWithoutText }: Document): boolean => state === 'failed' || state === 'missing' || pagesWithoutText > 0;

const byName = new Intl.Collator(undefined, { numeric: true });

export function DocumentList({ documents }: { documents: ReadonlyMap<number, Document> }) {
  const [show, setShow] = useState<Show>('all');
  const [filter, setFilter] = useState('');
  const sorted = useMemo(() => [...documents.values()].toSorted((a, b) => byName.compare(a.name, b.name) || a.id - b.id), [documents]);
  const attention = sorted.filter(needsAttention).length;
  const wanted = filter.trim().toLowerCase();
  const shown = sorted.filter((document) => (show === 'all' || attention === 0 || needsAttention(document)) && (wanted === '' || document.name.toLowerCase().includes(wanted)));
  if (sorted.length === 0) return null;
  const groups = Array.from({ length: Math.ceil(shown.length / groupSize) }, (_, at) => shown.slice(at * groupSize, (at + 1) * groupSize));
  return (
    <section className="documents" aria-label="Documents of this collection">
      {attention > 0 || sorted.length >= filterFrom ? (
        <div className="documents-head">
          <span id="show-label" className="visually-hidden">Which documents</span>
          {attention > 0 ? <Choice<Show> labelledBy="show-label" options={[['all', `All ${whole(sorted.length)}`], ['attention', `Needs a look ${whole(attention)}`]]} value={show} onChange={setShow} /> : null}
          {sorted.length >= filterFrom ? <input className="name-filter" type="search" aria-label="Filter by name" placeholder="Filter by name" value={filter} onChange={(event) => setFilter(event.target.value)} autoComplete="off" spellCheck={false} /> : null}
        </div>
      ) : null}
      {groups.map((group) => (
        <ul className="document-group" key={group[0]!.id}>
          {group.map((document) => <DocumentRow key={document.id} document={document} />)}
        </ul>
      ))}
      <p className="library-note" role="status">{shown.length === 0 ? 'No document has this in its name.' : ''}</p>
    </section>
  );
}

// Owns the sources beside an answer: the passages it was made from, and what else was found.
import { useMemo } from 'react';
import type { Grounding } from '../../../core/contract/documents.js';
import type { Message } from '../../../core/contract/conversation.js';
import { lookUpTime } from '../../documents/document-words.js';
import { pathTo } from '../../message-tree.js';
import { plural, whole } from '../../figures.js';
import { useApp, useView } from '../../store.js';
import { PassageCard } from './PassageCard.js';

/** The grounding whose sources are shown: that of the answer pointed at, else of the last one on the path. */
export function useSources(): Grounding | null {
  const open = useApp((state) => state.open);
  const wanted = useView((view) => view.sourcesOf);
  const path: Message[] = useMemo(() => (open ? pathTo(open.messages, open.leafId) : []), [open]);
  const last = path.findLast(({ role }) => role === 'assistant');
  return path.find(({ id, grounding }) => id === wanted && grounding)?.grounding ?? last?.grounding ?? null;
}

export function Sources({ grounding }: { grounding: Grounding }) {
  const { read, alsoFound, passagesTotal, collectionName, query, retrievalMs, decision, mode } = grounding;
  const current = useView((view) => view.source);
  return (
    <>
      <section aria-label="Read for this answer">
        <div className="instrument-head">
          <h2>{decision === 'not_found' ? 'Nothing read' : 'Read for this answer'}</h2>
          <span className="instrument-note">{whole(read.length)} of {plural(passagesTotal, 'passage')}</span>
        </div>
        <p className="sources-about">{collectionName} · looked up in {lookUpTime(retrievalMs)}{mode === 'whole' ? ' · everything was read in turn' : ''}<br />Looked for: “{query}”</p>
        <ol className="passages">
          {read.map((passage, index) => <li key={passage.passageId}><PassageCard passage={passage} number={index + 1} current={passage.passageId === current} /></li>)}
        </ol>
        {read.length === 0 && decision !== 'not_found' ? <p className="sources-about">The documents this came from were removed.</p> : null}
      </section>
      {alsoFound.length > 0 ? (
        <section aria-label="Also found">
          <div className="instrument-head"><h2>Also found</h2><span className="instrument-note">not read by the model</span></div>
          <ul className="passages">
            {alsoFound.map((passage) => <li key={passage.passageId}><PassageCard passage={passage} /></li>)}
          </ul>
        </section>
      ) : null}
    </>
  );
}

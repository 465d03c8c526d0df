// Owns one passage as a card: where it stands, its words, and the way to its page.
import { ArrowUpRight } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { FoundPassage } from '../../../core/contract/documents.js';
import { placeWords } from '../../documents/document-words.js';
import { openViewer } from '../../documents/library-actions.js';
import { Opens } from './QuotedAnswer.js';

interface Props {
  passage: FoundPassage;
  /** The number under which an answer names it. */
  number?: number;
  /** It was pointed at in the answer. */
  current?: boolean;
}

/** Characters before a card offers the rest. */
const briefly = 240;

export function PassageCard({ passage, number, current = false }: Props) {
  const { passageId, documentId, page, headingPath } = passage;
  // A card is no page: empty lines only make it long.
  const text = passage.text.trim().replace(/\n\s*\n/g, '\n');
  const [whole, setWhole] = useState(false);
  const card = useRef<HTMLElement>(null);
  useEffect(() => {
    if (current) card.current?.scrollIntoView({ block: 'nearest' });
  }, [current]);
  const place = placeWords(passage);
  const long = text.length > briefly;
  return (
    <article ref={card} className={current ? 'passage current' : 'passage'} aria-label={number === undefined ? place : `Source ${number}: ${place}`}>
      <button type="button" className="passage-place" onClick={() => openViewer({ documentId, page, passage: { id: passageId } })}>
        <Opens number={number} />
        <span className="passage-name">{place}</span>
        <ArrowUpRight size={14} aria-hidden />
      </button>
      {headingPath.length > 0 ? <p className="passage-path">{headingPath.join(' › ')}</p> : null}
      <p className="passage-text">{long && !whole ? `${text.slice(0, briefly).replace(/\s+\S*$/, '')}…` : text}</p>
      {long ? <button type="button" className="text-button passage-more" aria-expanded={whole} onClick={() => setWhole(!whole)}>{whole ? 'Less' : 'The whole passage'}</button> : null}
    </article>
  );
}

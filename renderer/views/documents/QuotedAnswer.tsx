// Owns the quoted answer: the sentences of the documents that fit best, word for word, each with its place.
import { ArrowUpRight } from 'lucide-react';
import { useState } from 'react';
import type { FoundPassage, Quote } from '../../../core/contract/documents.js';
import { placeWords } from '../../documents/document-words.js';
import { plural } from '../../figures.js';
import { openViewer } from '../../documents/library-actions.js';

/** What a button with a place in it does, for those who do not see its number and arrow. */
export function Opens({ number }: { number?: number | undefined }) {
  if (number === undefined) return <span className="visually-hidden">Open </span>;
  return <><span className="visually-hidden">Open source </span><span className="cite-number">{number}</span><span className="visually-hidden">: </span></>;
}

/** More than these is a list to read, not an answer. */
const shownQuotes = 3;

export function QuoteList({ quotes, passages, numbers }: { quotes: readonly Quote[]; passages: readonly FoundPassage[]; numbers?: ReadonlyMap<number, { number: number }> }) {
  const byId = new Map(passages.map((passage) => [passage.passageId, passage]));
  const [all, setAll] = useState(false);
  // A document that was removed takes its sentences along.
  const left = quotes.filter(({ passageId }) => byId.has(passageId));
  if (left.length === 0) return null;
  const shown = all ? left : left.slice(0, shownQuotes);
  return (
    <section className="quoted" aria-label="From the documents, word for word">
      <h3>From the documents, word for word</h3>
      <ul>
        {shown.map(({ passageId, start, end, text }) => {
          const passage = byId.get(passageId)!;
          const number = numbers?.get(passageId)?.number;
          const place = placeWords(passage);
          return (
            <li key={`${passageId} ${start}`}>
              <blockquote>{text}</blockquote>
              <button type="button" className="quote-place" onClick={() => openViewer({ documentId: passage.documentId, page: passage.page, passage: { id: passageId, start, end } })}>
                <Opens number={number} />
                {place}
                <ArrowUpRight size={13} aria-hidden />
              </button>
            </li>
          );
        })}
      </ul>
      {left.length > shownQuotes ? <button type="button" className="text-button quotes-more" aria-expanded={all} onClick={() => setAll(!all)}>{all ? 'Fewer sentences' : `${plural(left.length - shownQuotes, 'more sentence')}`}</button> : null}
    </section>
  );
}

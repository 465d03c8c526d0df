// Owns looking something up in a collection without asking a model: sentences that answer, then passages, best first.
import { Search, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { FoundPassage, Quote } from '../../../core/contract/documents.js';
import { toErrorBody, type ErrorBody } from '../../../core/contract/errors.js';
import { call } from '../../actions.js';
import { lookUpTime } from '../../documents/document-words.js';
import { sentenceFor } from '../../error-sentences.js';
import { plural } from '../../figures.js';
import { PassageCard } from './PassageCard.js';
import { QuoteList } from './QuotedAnswer.js';

interface Found {
  query: string;
  passages: readonly FoundPassage[];
  quotes: readonly Quote[];
  found: boolean;
  retrievalMs: number;
  error: ErrorBody | null;
}

const waitMs = 250;

function useFound(collectionId: number, query: string): Found | null {
  const [found, setFound] = useState<Found | null>(null);
  useEffect(() => {
    if (query === '') {
      setFound(null);
      return undefined;
    }
    let gone = false;
    const timer = setTimeout(() => {
      call('documents.search', { collectionId, query }).then(
        (result) => { if (!gone) setFound({ ...result, query, error: null }); },
        (thrown: unknown) => { if (!gone) setFound({ query, passages: [], quotes: [], found: false, retrievalMs: 0, error: toErrorBody(thrown) }); },
      );
    }, waitMs);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [collectionId, query]);
  return found;
}

export function CollectionSearch({ collectionId, query, onQuery }: { collectionId: number; query: string; onQuery(query: string): void }) {
  const wanted = query.trim().slice(0, 2000);
  const found = useFound(collectionId, wanted);
  const fresh = found?.query === wanted;
  return (
    <search className="collection-search">
      <div className="name-search">
        <Search size={16} aria-hidden />
        <input type="search" aria-label="Find in these documents" placeholder="Find in these documents" value={query} onChange={(event) => onQuery(event.target.value)} onKeyDown={(event) => { if (event.key === 'Escape' && query !== '') { event.preventDefault(); onQuery(''); } }} autoComplete="off" spellCheck={false} />
        {query === '' ? null : <button type="button" className="icon-button" onClick={() => onQuery('')} aria-label="Clear"><X size={15} aria-hidden /></button>}
      </div>
      {wanted === '' ? null : (
        <>
          <p className="fine" role="status">{!found || !fresh ? 'Looking…' : found.error ? '' : found.passages.length === 0 ? 'Nothing found.' : `${plural(found.passages.length, 'passage')} in ${lookUpTime(found.retrievalMs)}${found.found ? '' : '. None of them seems to answer this; the closest are'}`}</p>
          {found?.error && fresh ? <p className="library-note warm" role="alert">{sentenceFor(found.error).sentence} {sentenceFor(found.error).nextStep}</p> : null}
          {found && found.quotes.length > 0 && found.found ? <QuoteList quotes={found.quotes} passages={found.passages} /> : null}
          <ul className="passages" aria-label="Passages found">
            {found?.passages.map((passage) => <li key={passage.passageId}><PassageCard passage={passage} /></li>)}
          </ul>
        </>
      )}
    </search>
  );
}

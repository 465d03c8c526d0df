// Owns searching all conversations: titles and text, as one types, with the keyboard alone if wanted.
import { MessageSquare, Search } from 'lucide-react';
import { useEffect, useId, useState } from 'react';
import { snippetMarks, type SearchHit } from '../../core/contract/conversation.js';
import { call, openConversation } from '../actions.js';
import { dateTitle } from '../date-groups.js';
import { closeDrawers } from '../panels.js';
import { useApp, useView } from '../store.js';
import { Dialog } from './Dialog.js';

const waitMs = 90;

export function SearchDialog() {
  const { dialog, show } = useView();
  return <Dialog open={dialog === 'search'} onClose={() => show(null)} title="Search conversations" bare className="search-dialog"><SearchField onDone={() => show(null)} /></Dialog>;
}

function useHits(query: string): { hits: readonly SearchHit[]; searched: string } {
  const conversations = useApp((state) => state.conversations);
  const [found, setFound] = useState<{ hits: readonly SearchHit[]; searched: string }>({ hits: [], searched: '' });
  useEffect(() => {
    if (query === '') return undefined;
    let gone = false;
    const timer = setTimeout(() => {
      call('conversations.search', { query }).then(
        ({ hits }) => { if (!gone) setFound({ hits, searched: query }); },
        () => { if (!gone) setFound({ hits: [], searched: query }); },
      );
    }, waitMs);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [query]);
  if (query === '') return { hits: conversations.slice(0, 8).map((conversation) => ({ conversation, messageId: null, snippet: '' })), searched: '' };
  return found;
}

function SearchField({ onDone }: { onDone(): void }) {
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState(0);
  const query = text.trim().slice(0, 500);
  const { hits, searched } = useHits(query);
  const listId = useId();
  const at = Math.min(chosen, Math.max(0, hits.length - 1));

  const open = async (hit: SearchHit): Promise<void> => {
    onDone();
    closeDrawers();
    await openConversation(hit.conversation.id);
    if (hit.messageId !== null) requestAnimationFrame(() => document.querySelector(`[data-message="${hit.messageId}"]`)?.scrollIntoView({ block: 'center' }));
  };
  return (
    <>
      <div className="search-field">
        <Search size={18} aria-hidden />
        <input
          role="combobox"
          aria-label="Search conversations"
          aria-expanded
          aria-controls={listId}
          aria-activedescendant={hits.length > 0 ? `${listId}-${at}` : undefined}
          placeholder="Search titles and messages"
          value={text}
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => { setText(event.target.value); setChosen(0); }}
          onKeyDown={(event) => {
            if (event.nativeEvent.isComposing) return;
            if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
              event.preventDefault();
              setChosen(Math.max(0, Math.min(hits.length - 1, at + (event.key === 'ArrowDown' ? 1 : -1))));
            }
            if (event.key === 'Enter' && hits[at]) void open(hits[at]);
          }}
        />
        <kbd>Esc</kbd>
      </div>
      <div className="hits" id={listId} role="listbox" aria-label="Results">
        {hits.map((hit, index) => (
          // The field above owns the keyboard: arrows and Enter work on the list from there.
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
          <div tabIndex={-1} key={`${hit.conversation.id}-${hit.messageId}`} id={`${listId}-${index}`} role="option" aria-selected={index === at} className={index === at ? 'hit chosen' : 'hit'} onClick={() => void open(hit)} onPointerMove={() => setChosen(index)}>
            <MessageSquare size={15} aria-hidden />
            <span className="hit-text">
              <span className="hit-title">{hit.conversation.title || 'New chat'}</span>
              {hit.snippet && hit.messageId !== null ? <span className="hit-snippet"><Marked text={hit.snippet} /></span> : null}
            </span>
            <span className="hit-date">{dateTitle(hit.conversation.updatedAtMs, Date.now())}</span>
          </div>
        ))}
      </div>
      <p className="hits-none" role="status">{query !== '' && searched === query && hits.length === 0 ? `Nothing found for “${query}”.` : ''}</p>
    </>
  );
}

function Marked({ text }: { text: string }) {
  const parts = text.split(snippetMarks.start);
  return (
    <>
      {parts.map((part, index) => {
        if (index === 0) return part;
        const [match, rest] = part.split(snippetMarks.end);
        // oxlint-disable-next-line react/no-array-index-key
        return <span key={index}><mark>{match}</mark>{rest}</span>;
      })}
    </>
  );
}

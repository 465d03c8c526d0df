// Owns the left column: the name, new chat, search, the conversations and the promises.
import { Files, Hourglass, PanelLeft, Search, Settings as SettingsIcon, SquarePen } from 'lucide-react';
import { newChat, newTemporaryChat } from '../actions.js';
import { showDocuments } from '../documents/library-actions.js';
import { toggleSidebar } from '../panels.js';
import { keyNames } from '../shortcut-keys.js';
import { useApp, useView } from '../store.js';
import { ConversationList } from './ConversationList.js';
import { Logo } from './Logo.js';
import { Promises } from './Promises.js';

export function Sidebar() {
  const show = useView((view) => view.show);
  const host = useApp((state) => state.host);
  const room = useView((view) => view.room);
  const reading = useApp(({ library }) => library.collections.some(({ indexing }) => indexing.state === 'reading'));
  return (
    <nav className="sidebar" aria-label="Conversations">
      <div className="brand">
        <Logo />
        <span className="brand-name">Plumb</span>
        <button type="button" className="icon-button" onClick={() => show('settings')} aria-label="Settings" data-tip="Settings"><SettingsIcon size={17} aria-hidden /></button>
        <button type="button" className="icon-button" onClick={toggleSidebar} aria-label="Hide conversations" data-tip="Hide conversations"><PanelLeft size={17} aria-hidden /></button>
      </div>
      <div className="sidebar-actions">
        <button type="button" className="new-chat" onClick={newChat}>
          <SquarePen size={16} aria-hidden />
          New chat
          {/* A browser keeps Ctrl+N for itself. */}
          <Keys binding={host === 'electron' ? '$mod+n' : '$mod+Shift+O'} />
        </button>
        <button type="button" className="search-button" onClick={() => void newTemporaryChat()} title="In memory only, gone when you close it">
          <Hourglass size={16} aria-hidden />
          Temporary chat
          <Keys binding="$mod+Shift+E" />
        </button>
        <button type="button" className="search-button" onClick={() => show('search')}>
          <Search size={16} aria-hidden />
          Search
          <Keys binding="$mod+k" />
        </button>
        <button type="button" className={room === 'documents' ? 'search-button current' : 'search-button'} aria-current={room === 'documents' ? 'page' : undefined} onClick={() => showDocuments()}>
          <Files size={16} aria-hidden />
          Documents
          {reading ? <span className="busy-dot" role="img" aria-label="reading" /> : null}
          <Keys binding="$mod+Shift+F" />
        </button>
      </div>
      <ConversationList shown={room === 'talk'} />
      <Promises />
    </nav>
  );
}

export function Keys({ binding }: { binding: string }) {
  return (
    <span className="keys" aria-hidden>
      {keyNames(binding).map((key) => <kbd key={key}>{key}</kbd>)}
    </span>
  );
}

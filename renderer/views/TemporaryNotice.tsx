// Owns the band over a temporary chat: that it is one, what that means, and the way to keep it.
import { Hourglass } from 'lucide-react';
import { keepTemporaryChat, newChat } from '../actions.js';
import { liveRunOf } from '../selectors.js';
import { useApp } from '../store.js';

export function TemporaryNotice() {
  const id = useApp(({ open }) => (open?.conversation.temporary ? open.conversation.id : null));
  const empty = useApp(({ open }) => (open?.messages.size ?? 0) === 0);
  const busy = useApp((state) => liveRunOf(state) !== null);
  if (id === null) return null;
  return (
    <div className="temporary-band" role="note">
      <Hourglass size={16} aria-hidden />
      <span><strong>Temporary chat.</strong> In memory only: no history, no search, gone when you leave it, lock or close Plumb.</span>
      {empty ? null : <button type="button" className="button small" disabled={busy} onClick={() => void keepTemporaryChat(id)}>Keep this chat</button>}
      <button type="button" className="button small" onClick={newChat}>Close it</button>
    </div>
  );
}

// Owns the list of conversations, grouped by date, with renaming in place and deleting.
import { Download, Ellipsis, Pencil, Trash2 } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { memo, useEffect, useMemo, useRef, useState } from 'react';
import type { Conversation } from '../../core/contract/conversation.js';
import { openConversation, removeConversation, renameConversation } from '../actions.js';
import { groupByDate } from '../date-groups.js';
import { closeDrawers } from '../panels.js';
import { useApp, useView } from '../store.js';

/** @param shown the open conversation is on the screen, not another room */
export function ConversationList({ shown }: { shown: boolean }) {
  const conversations = useApp((state) => state.conversations);
  const listed = useApp((state) => state.listed);
  const openId = useApp((state) => state.open?.conversation.id ?? null);
  const running = useApp((state) => state.running);
  const busy = useMemo(() => new Set(Object.values(running).map(({ conversationId }) => conversationId)), [running]);
  const groups = useMemo(() => groupByDate(conversations, Date.now()), [conversations]);
  return (
    <div className="conversations">
      {listed && conversations.length === 0 ? <p className="empty-note">Your conversations will be listed here. They stay on this machine.</p> : null}
      {groups.map(({ title, items }) => (
        <section key={title} aria-label={title}>
          <h2>{title}</h2>
          <ul>
            {items.map((conversation) => <Row key={conversation.id} conversation={conversation} open={shown && conversation.id === openId} busy={busy.has(conversation.id)} />)}
          </ul>
        </section>
      ))}
    </div>
  );
}

interface RowProps {
  conversation: Conversation;
  open: boolean;
  busy: boolean;
}

const Row = memo(function Row({ conversation, open, busy }: RowProps) {
  const { id } = conversation;
  const title = conversation.title || 'New chat';
  const [renaming, setRenaming] = useState(false);
  if (renaming) return <li><RenameField title={title} onEnd={(next) => { setRenaming(false); if (next) void renameConversation(id, next); }} /></li>;
  return (
    <li className={open ? 'row current' : 'row'}>
      <button
        type="button"
        className="row-open"
        aria-current={open ? 'page' : undefined}
        title={title}
        onClick={() => { closeDrawers(); if (!open) void openConversation(id); }}
        onDoubleClick={() => setRenaming(true)}
        onKeyDown={(event) => {
          if (event.key === 'F2') setRenaming(true);
          if (event.key === 'Delete') void removeConversation(id);
        }}
      >
        {busy ? <span className="busy-dot" role="img" aria-label="answering" /> : null}
        <span className="row-title">{title}</span>
      </button>
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger asChild>
          <button type="button" className="icon-button row-more" aria-label={`More for ${title}`}><Ellipsis size={16} aria-hidden /></button>
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content className="menu" align="start" sideOffset={4} collisionPadding={8} onCloseAutoFocus={(event) => { if (renaming) event.preventDefault(); }}>
            {/* After the menu has given its focus back, so that the field keeps it. */}
            <DropdownMenu.Item className="menu-item" onSelect={() => void setTimeout(() => setRenaming(true), 0)}><Pencil size={15} aria-hidden /> Rename</DropdownMenu.Item>
            <DropdownMenu.Item className="menu-item" onSelect={() => useView.setState({ exporting: id })}><Download size={15} aria-hidden /> Export…</DropdownMenu.Item>
            <DropdownMenu.Item className="menu-item danger" onSelect={() => void removeConversation(id)}><Trash2 size={15} aria-hidden /> Delete</DropdownMenu.Item>
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
    </li>
  );
});

function RenameField({ title, onEnd }: { title: string; onEnd(next: string | null): void }) {
  const field = useRef<HTMLInputElement>(null);
  const ended = useRef(false);
  useEffect(() => field.current?.select(), []);
  const end = (next: string | null): void => {
    if (ended.current) return;
    ended.current = true;
    onEnd(next && next.trim() !== '' && next.trim() !== title ? next.trim() : null);
  };
  return (
    <input
      ref={field}
      className="rename-field"
      aria-label="Name of the conversation"
      defaultValue={title}
      maxLength={200}
      onBlur={(event) => end(event.target.value)}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing) return;
        if (event.key === 'Enter') end(event.currentTarget.value);
        if (event.key === 'Escape') {
          event.preventDefault();
          event.stopPropagation();
          end(null);
        }
      }}
    />
  );
}

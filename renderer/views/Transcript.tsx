// Owns the talk: the messages of the shown path, following the newest, and the way back to it.
import { ArrowDown } from 'lucide-react';
import { useEffect, useMemo, useRef } from 'react';
import type { Message } from '../../core/contract/conversation.js';
import { pathTo } from '../message-tree.js';
import { liveRunOf } from '../selectors.js';
import { useApp, useView } from '../store.js';
import { EmptyState } from './EmptyState.js';
import { Reply } from './Reply.js';
import { useAutoScroll } from './use-auto-scroll.js';
import { UserMessage } from './UserMessage.js';

const noSiblings: readonly Message[] = [];
/** Messages that are skipped together when out of sight: the browser watches every group, so there should be few. */
const groupSize = 8;

/** Siblings of every message, oldest first; lists that did not change keep their identity so that memo works. */
function useSiblings(messages: ReadonlyMap<number, Message> | undefined): (message: Message) => readonly Message[] {
  const before = useRef(new Map<string, readonly Message[]>());
  return useMemo(() => {
    const groups = new Map<string, Message[]>();
    const keyOf = ({ parentId, role }: Message): string => `${parentId}:${role}`;
    for (const message of messages?.values() ?? []) {
      const group = groups.get(keyOf(message));
      if (group) group.push(message);
      else groups.set(keyOf(message), [message]);
    }
    const kept = new Map<string, readonly Message[]>();
    for (const [key, group] of groups) {
      if (group.length < 2) continue;
      const sorted = group.toSorted((a, b) => a.id - b.id);
      const old = before.current.get(key);
      kept.set(key, old && old.length === sorted.length && old.every((message, at) => message === sorted[at]) ? old : sorted);
    }
    before.current = kept;
    return (message) => kept.get(keyOf(message)) ?? noSiblings;
  }, [messages]);
}

export function Transcript() {
  const open = useApp((state) => state.open);
  const busy = useApp((state) => liveRunOf(state) !== null);
  const editing = useView((view) => view.editing);
  const frame = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const { following, jump } = useAutoScroll(frame, content);
  const siblings = useSiblings(open?.messages);
  const path = useMemo(() => (open ? pathTo(open.messages, open.leafId) : []), [open]);
  const groups = useMemo(() => Array.from({ length: Math.ceil(path.length / groupSize) }, (_, at) => path.slice(at * groupSize, (at + 1) * groupSize)), [path]);

  // Another conversation, or a message of one's own: the end is where the eyes are.
  const conversationId = open?.conversation.id;
  const userMessages = path.filter(({ role }) => role === 'user').length;
  useEffect(jump, [conversationId, userMessages, jump]);

  return (
    <div className="transcript-frame">
      {/* Focusable, so that it scrolls with the keyboard. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className="transcript" ref={frame} tabIndex={0} role="log" aria-label="Conversation" aria-live="off" aria-busy={busy}>
        <div className={path.length === 0 ? 'transcript-content is-empty' : 'transcript-content'} ref={content}>
          {path.length === 0 ? <EmptyState /> : null}
          {groups.map((group, at) => (
            <div className="messages" key={at}>
              {group.map((message) =>
                message.role === 'assistant' ? (
                  <Reply key={message.id} message={message} siblings={siblings(message)} last={at === groups.length - 1} />
                ) : message.role === 'user' ? (
                  <UserMessage key={message.id} message={message} siblings={siblings(message)} editing={editing === message.id} />
                ) : null,
              )}
            </div>
          ))}
        </div>
      </div>
      {following || path.length === 0 ? null : (
        <button type="button" className="jump" onClick={jump}><ArrowDown size={15} aria-hidden /> Jump to newest</button>
      )}
    </div>
  );
}

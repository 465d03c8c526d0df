// Owns conversations as windows use them: listing, names, the shown branch, removal with undo, search.
import { AppError } from '../contract/errors.js';
import type { Store } from '../store/store.js';
import { isTemporaryId, type TemporaryChats } from '../store/temporary.js';
import type { Emit, HandlersOf } from './events.js';
import type { RunRecorder } from './run-recorder.js';
import type { Runs } from './runs.js';
import { titleFrom } from './titles.js';

export interface ConversationDeps {
  store: Store;
  temporary: TemporaryChats;
  recorder: RunRecorder;
  runs: Runs;
  emit: Emit;
  now(): number;
}

/** How long a removed conversation can be brought back. */
export const undoMs = 600_000;

export interface Conversations {
  handlers: HandlersOf<'conversations'>;
  /** Erases what can no longer be brought back; `all` at the start and the end of the app. */
  purge(all?: boolean): void;
  /** Erases every temporary chat, with the answer being made in it. */
  forgetTemporary(): void;
}

export function createConversations({ store, temporary, recorder, runs, emit, now }: ConversationDeps): Conversations {
  const { conversations, messages } = store;

  function found(changed: boolean): void {
    if (!changed) throw new AppError('not_found', 'This conversation no longer exists.');
  }
  function announce(id: number): void {
    const conversation = conversations.find(id);
    if (conversation) emit('conversation.changed', { conversation });
  }

  return {
    handlers: {
      'conversations.list': () => ({ conversations: conversations.list() }),
      'conversations.search': ({ query }) => ({ hits: store.search(query) }),
      'conversations.create': ({ temporary }) => {
        const conversation = conversations.create(now(), temporary);
        emit('conversation.changed', { conversation });
        return { conversation };
      },
      'conversations.open': ({ id }) => {
        const conversation = conversations.find(id);
        if (!conversation) throw new AppError('not_found', 'This conversation no longer exists.');
        return { conversation, leafId: conversations.leafOf(id), ...recorder.overlay(messages.ofConversation(id)) };
      },
      'conversations.rename': ({ id, title }) => {
        found(conversations.rename(id, title));
        announce(id);
        return {};
      },
      'conversations.keep': ({ id }) => {
        const taken = isTemporaryId(id) ? store.transfer.takeOut(id, true) : null;
        if (!taken) throw new AppError('not_found', 'This conversation no longer exists.');
        if (runs.isBusyIn(id)) throw new AppError('engine_busy', 'An answer is being made. Wait for it, or stop it first.');
        const first = taken.messages.find(({ role }) => role === 'user');
        const kept = conversations.find(store.transfer.bringIn({ ...taken, title: first ? titleFrom(first.text) : '', updatedAtMs: now() }))!;
        temporary.forget(id);
        emit('conversation.removed', { id });
        emit('conversation.changed', { conversation: kept });
        return { conversation: kept };
      },
      'conversations.remove': ({ id }) => {
        // Before its rows are gone: the run is told to stop, and what it still says is for nobody.
        if (isTemporaryId(id)) runs.stopIn(id);
        found(conversations.remove(id, now()));
        runs.stopIn(id);
        emit('conversation.removed', { id });
        return {};
      },
      'conversations.restore': ({ id }) => {
        found(conversations.restore(id));
        announce(id);
        return {};
      },
      'conversations.select': ({ id, leafId }) => {
        found(conversations.find(id) !== null);
        if (!conversations.select(id, leafId)) throw new AppError('not_found', 'This message no longer exists.');
        return {};
      },
    },
    purge(all = false) {
      // At the end everything that was removed goes, also what a clock that was wrong then removed in the future.
      if (conversations.purge(all ? Number.MAX_SAFE_INTEGER : now() - undoMs) > 0) store.forgetErased();
    },
    forgetTemporary() {
      for (const id of temporary.ids()) runs.stopIn(id);
      for (const id of temporary.forget()) emit('conversation.removed', { id });
    },
  };
}

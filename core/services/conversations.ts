// Owns conversations as windows use them: listing, names, the shown branch, removal with undo, search.
import { AppError } from '../contract/errors.js';
import type { Store } from '../store/store.js';
import type { Emit, HandlersOf } from './events.js';
import type { RunRecorder } from './run-recorder.js';
import type { Runs } from './runs.js';

export interface ConversationDeps {
  store: Store;
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
}

export function createConversations({ store, recorder, runs, emit, now }: ConversationDeps): Conversations {
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
      'conversations.create': () => {
        const conversation = conversations.create(now());
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
      'conversations.remove': ({ id }) => {
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
      if (conversations.purge(all ? now() : now() - undoMs) > 0) store.forgetErased();
    },
  };
}

// Owns sending: a message or a retry becomes rows in one transaction and a run for the engine.
import type { Started } from '../contract/api.js';
import type { ChatMessage } from '../contract/engine.js';
import { AppError } from '../contract/errors.js';
import type { RecurrenceSettings } from '../contract/recurrence.js';
import type { Store } from '../store/store.js';
import { forTemplate } from './chat-history.js';
import type { EngineClient } from './engine-client.js';
import type { Emit, HandlersOf } from './events.js';
import type { Models } from './models.js';
import { withSeed, type Runs } from './runs.js';
import { titleFrom } from './titles.js';

export interface MessageDeps {
  store: Store;
  engine: EngineClient;
  models: Pick<Models, 'fileHash'>;
  runs: Runs;
  emit: Emit;
  now(): number;
}

/** A prompt must leave room for at least this many tokens of answer. */
const roomForAnswer = 8;

/** A reply to be made: where it goes and what leads to it. */
interface Plan {
  conversationId: number;
  recurrence: RecurrenceSettings;
  /** From the first message to the user's, oldest first. */
  history: ChatMessage[];
  /** Writes the user message, or finds it. Runs inside the transaction. */
  userMessage(): number;
}

export function createMessages({ store, engine, models, runs, emit, now }: MessageDeps): { handlers: HandlersOf<'messages'> } {
  async function forecast(messages: ChatMessage[]): Promise<{ promptTokens: number; contextSize: number; fits: boolean }> {
    const { tokens: promptTokens, contextSize } = await engine.countTokens(forTemplate(messages));
    return { promptTokens, contextSize, fits: promptTokens + roomForAnswer <= contextSize };
  }

  async function answer(plan: Plan): Promise<Started> {
    runs.reserve();
    try {
      const { link, loaded, modelId } = engine.ready();
      const size = await forecast(plan.history);
      if (!size.fits) {
        throw new AppError('context_full', 'This conversation no longer fits into the model.', `${size.promptTokens} of ${size.contextSize} tokens`);
      }
      const modelHash = await models.fileHash(modelId);
      const sampling = withSeed(store.settings.read().sampling);
      const { conversationId, recurrence } = plan;
      const ids = store.transaction(() => {
        const userId = plan.userMessage();
        const replyId = store.messages.add({ conversationId, parentId: userId, role: 'assistant', text: '', nowMs: now() });
        const runId = store.runs.add({
          messageId: replyId, modelName: loaded.name, modelPath: loaded.path, modelHash, forkId: link.forkId,
          hasRecurrence: loaded.recurrence !== null, recurrence, cache: { kvBudget: loaded.kvBudget, kvType: loaded.kvType }, sampling, nowMs: now(),
        });
        store.conversations.select(conversationId, replyId);
        store.conversations.touch(conversationId, now());
        return { userId, replyId, runId };
      });
      const reply = store.messages.find(ids.replyId)!;
      runs.start({ conversationId, replyId: ids.replyId, runId: ids.runId, messages: forTemplate(plan.history), recurrence, sampling });
      emit('conversation.changed', { conversation: store.conversations.find(conversationId)! });
      return { userMessage: store.messages.find(ids.userId)!, reply, run: reply.run! };
    } finally {
      runs.release();
    }
  }

  function existing(conversationId: number): { title: string } {
    const conversation = store.conversations.find(conversationId);
    if (!conversation) throw new AppError('not_found', 'This conversation no longer exists.');
    return conversation;
  }

  /** History up to and with `parentId`, which must be a reply of this conversation. */
  function historyUnder(conversationId: number, parentId: number | null): ChatMessage[] {
    if (parentId === null) return [];
    const parent = store.messages.find(parentId);
    if (parent?.conversationId !== conversationId) throw new AppError('not_found', 'The message to answer no longer exists.');
    if (parent.role === 'user') throw new AppError('bad_request', 'A message can only follow an answer.');
    return store.messages.path(parentId);
  }

  return {
    handlers: {
      'messages.send': ({ conversationId, text, recurrence, parentId }) => {
        const { title } = existing(conversationId);
        const under = parentId === undefined ? store.conversations.leafOf(conversationId) : parentId;
        const history = [...historyUnder(conversationId, under), { role: 'user' as const, text }];
        const userMessage = (): number => {
          if (title === '') store.conversations.rename(conversationId, titleFrom(text));
          return store.messages.add({ conversationId, parentId: under, role: 'user', text, nowMs: now() });
        };
        return answer({ conversationId, recurrence, history, userMessage });
      },
      'messages.retry': ({ replyId, recurrence }) => {
        const reply = store.messages.find(replyId);
        if (reply?.role !== 'assistant' || reply.parentId === null) throw new AppError('not_found', 'This answer no longer exists.');
        const { conversationId, parentId } = reply;
        existing(conversationId);
        return answer({ conversationId, recurrence, history: store.messages.path(parentId), userMessage: () => parentId });
      },
      'messages.forecast': ({ conversationId, text }) => {
        const leafId = conversationId === null ? null : store.conversations.leafOf(conversationId);
        const history = leafId === null ? [] : store.messages.path(leafId);
        return forecast([...history, { role: 'user', text }]);
      },
    },
  };
}

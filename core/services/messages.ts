// Owns sending: a message or a retry becomes rows in one transaction and a run for the engine.
import type { Started } from '../contract/api.js';
import type { Ask, Grounding } from '../contract/documents.js';
import type { ChatMessage } from '../contract/engine.js';
import { AppError } from '../contract/errors.js';
import type { RecurrenceSettings } from '../contract/recurrence.js';
import type { Store } from '../store/store.js';
import { forTemplate } from './chat-history.js';
import { leastRoom } from './documents/grounded-budget.js';
import { writeTurns } from './documents/grounded-prompt.js';
import type { Grounded, Groundings, PathMessage } from './documents/grounding.js';
import type { Whole } from './documents/whole.js';
import type { EngineClient } from './engine-client.js';
import type { Emit, HandlersOf } from './events.js';
import type { Models } from './models.js';
import { withSeed, type RunOrder, type Runs, type Think } from './runs.js';
import { titleFrom } from './titles.js';

export interface MessageDeps {
  store: Store;
  engine: EngineClient;
  models: Pick<Models, 'fileHash'>;
  runs: Runs;
  groundings: Groundings;
  whole: Whole;
  emit: Emit;
  now(): number;
}

/** A reply to be made: where it goes and what leads to it. */
interface Plan {
  conversationId: number;
  recurrence: RecurrenceSettings;
  /** From the first message to the one before the question, oldest first. */
  path: PathMessage[];
  question: string;
  ask: Ask | null;
  /** What an earlier answer of the same question owes to documents. */
  earlier: Grounding | null;
  /** Writes the user message, or finds it. Runs inside the transaction. */
  userMessage(): number;
}

export function createMessages({ store, engine, models, runs, groundings, whole, emit, now }: MessageDeps): { handlers: HandlersOf<'messages'> } {
  /** Writes the question and its empty reply, and shows them. Inside a transaction. */
  function addExchange({ conversationId, userMessage }: Plan, grounding: Grounded['grounding'] | null): { userId: number; replyId: number } {
    const userId = userMessage();
    const replyId = store.messages.add({ conversationId, parentId: userId, role: 'assistant', text: '', nowMs: now() });
    if (grounding) store.groundings.add({ ...grounding, messageId: replyId });
    store.conversations.select(conversationId, replyId);
    store.conversations.touch(conversationId, now());
    return { userId, replyId };
  }

  function started({ conversationId }: Plan, { userId, replyId }: { userId: number; replyId: number }): Started {
    emit('conversation.changed', { conversation: store.conversations.find(conversationId)! });
    const reply = store.messages.find(replyId)!;
    return { userMessage: store.messages.find(userId)!, reply, run: reply.run };
  }

  /** What the engine is given for a reply: the branch with its passages, or the reading that leads to it. */
  async function prompt(plan: Plan, grounded: Grounded | null, maxTokens: number): Promise<{ messages(replyId: number): RunOrder['messages']; grounding: Grounded['grounding'] | null }> {
    const { conversationId, path, question, ask } = plan;
    if (grounded === null || ask?.mode !== 'whole') {
      const { messages, grounding } = await groundings.read(path, question, maxTokens, grounded);
      return { messages: () => forTemplate(messages), grounding };
    }
    const { loaded } = engine.ready();
    const { contextSize } = loaded;
    const { collectionId, query } = grounded.grounding;
    const { turns } = groundings.turnsOf(path);
    const history = writeTurns(turns, Infinity);
    const messages = (messageId: number) => async (think: Think) => forTemplate(await whole.read({ collectionId, contextSize, conversationId, messageId, query, history, think }));
    return { messages, grounding: { ...grounded.grounding, whole: whole.require(collectionId, loaded) } };
  }

  async function answer(plan: Plan): Promise<Started> {
    runs.reserve();
    try {
      const grounded = plan.ask && (await groundings.lookUp(plan.path, plan.question, plan.ask, plan.earlier));
      // Nothing is generated: whoever asks sees the closest passages, and may ask for an answer all the same.
      if (grounded?.grounding.decision === 'not_found') return started(plan, store.transaction(() => addExchange(plan, grounded.grounding)));
      const { link, loaded, modelId } = engine.ready();
      const sampling = withSeed(store.settings.read().sampling);
      const { messages, grounding } = await prompt(plan, grounded, sampling.maxTokens);
      const modelHash = await models.fileHash(modelId);
      const { conversationId, recurrence } = plan;
      const ids = store.transaction(() => {
        const exchange = addExchange(plan, grounding);
        const runId = store.runs.add({
          messageId: exchange.replyId, modelName: loaded.name, modelPath: loaded.path, modelHash, forkId: link.forkId,
          hasRecurrence: loaded.recurrence !== null, recurrence, cache: { kvBudget: loaded.kvBudget, kvType: loaded.kvType }, sampling, nowMs: now(),
        });
        return { ...exchange, runId };
      });
      runs.start({ conversationId, replyId: ids.replyId, runId: ids.runId, messages: messages(ids.replyId), recurrence, sampling });
      return started(plan, ids);
    } finally {
      runs.release();
    }
  }

  function existing(conversationId: number): { title: string } {
    const conversation = store.conversations.find(conversationId);
    if (!conversation) throw new AppError('not_found', 'This conversation no longer exists.');
    return conversation;
  }

  /** Messages up to and with `parentId`, which must be a reply of this conversation. */
  function pathUnder(conversationId: number, parentId: number | null): PathMessage[] {
    if (parentId === null) return [];
    const parent = store.messages.find(parentId);
    if (parent?.conversationId !== conversationId) throw new AppError('not_found', 'The message to answer no longer exists.');
    if (parent.role === 'user') throw new AppError('bad_request', 'A message can only follow an answer.');
    return store.messages.path(parentId);
  }

  return {
    handlers: {
      'messages.send': ({ conversationId, text, recurrence, parentId, ask = null }) => {
        const { title } = existing(conversationId);
        const under = parentId === undefined ? store.conversations.leafOf(conversationId) : parentId;
        const userMessage = (): number => {
          if (title === '') store.conversations.rename(conversationId, titleFrom(text));
          return store.messages.add({ conversationId, parentId: under, role: 'user', text, nowMs: now() });
        };
        return answer({ conversationId, recurrence, path: pathUnder(conversationId, under), question: text, ask, earlier: null, userMessage });
      },
      'messages.retry': ({ replyId, recurrence, ask }) => {
        const reply = store.messages.find(replyId);
        if (reply?.role !== 'assistant' || reply.parentId === null) throw new AppError('not_found', 'This answer no longer exists.');
        const { conversationId, parentId, grounding: earlier = null } = reply;
        existing(conversationId);
        const path = store.messages.path(parentId);
        return answer({ conversationId, recurrence, path: path.slice(0, -1), question: path.at(-1)!.text, ask: ask === undefined ? askOf(earlier) : ask, earlier, userMessage: () => parentId });
      },
      'messages.forecast': async ({ conversationId, text }) => {
        const leafId = conversationId === null ? null : store.conversations.leafOf(conversationId);
        const { turns, forgotten } = groundings.turnsOf(leafId === null ? [] : store.messages.path(leafId));
        const messages: ChatMessage[] = writeTurns([...turns, { role: 'user', text }], forgotten);
        const { tokens: promptTokens, contextSize } = await engine.countTokens(forTemplate(messages));
        return { promptTokens, contextSize, fits: promptTokens + leastRoom <= contextSize };
      },
    },
  };
}

/** What an earlier answer was asked for; null when its collection is gone. */
function askOf(earlier: Grounding | null): Ask | null {
  if (earlier === null || earlier.collectionId === null) return null;
  return { collectionId: earlier.collectionId, mode: earlier.mode, anyway: earlier.decision === 'anyway' };
}

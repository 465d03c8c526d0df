// Owns the proof that the window's state follows snapshots and events, whatever their order.
import { describe, expect, it } from 'vitest';
import type { Conversation, ConversationSnapshot, Message, Run } from '../../core/contract/conversation.js';
import { defaultSampling } from '../../core/contract/conversation.js';
import { recurrenceSettingsSchema } from '../../core/contract/recurrence.js';
import { initialState, reduce, type State } from '../../renderer/state.js';
import { leafUnder, pathTo, siblingsOf } from '../../renderer/message-tree.js';

const conversation = (id: number, updatedAtMs = id): Conversation => ({ id, title: `talk ${id}`, createdAtMs: 0, updatedAtMs });
const run = (id: number, state: Run['state'] = 'running', lastSeq = 0): Run => ({
  id, modelName: 'm', hasRecurrence: true, recurrence: recurrenceSettingsSchema.parse({ steps: 4 }), cache: null, sampling: defaultSampling, state,
  endReason: null, errorCode: null, startedAtMs: 0, endedAtMs: null, stats: null, lastSeq,
});
const message = (id: number, parentId: number | null, role: Message['role'], extra: Partial<Message> = {}): Message => ({ id, conversationId: 1, parentId, role, text: `text ${id}`, createdAtMs: 0, run: null, ...extra });
const snapshot = (messages: Message[], leafId: number | null): ConversationSnapshot => ({ conversation: conversation(1), messages, leafId, liveTokens: [] });
const opened = (messages: Message[], leafId: number | null): State => reduce(initialState, { type: 'opened', snapshot: snapshot(messages, leafId) });

describe('the state of the window', () => {
  it('lists conversations newest first and moves a changed one to the top', () => {
    const listed = reduce(initialState, { type: 'conversations', conversations: [conversation(1), conversation(3), conversation(2)] });
    const changed = reduce(listed, { type: 'conversation-changed', conversation: conversation(1, 9) });
    expect([listed, changed].map(({ conversations }) => conversations.map(({ id }) => id))).toEqual([[3, 2, 1], [1, 3, 2]]);
  });

  it('knows from a snapshot which run is still being made', () => {
    expect(opened([message(2, null, 'user'), message(3, 2, 'assistant', { run: run(7) })], 3).running).toEqual({ 7: { runId: 7, conversationId: 1, replyId: 3 } });
  });

  it('shows the messages of a start and follows the new leaf', () => {
    const reply = message(3, 2, 'assistant', { run: run(7), text: '' });
    const state = reduce(opened([], null), { type: 'started', started: { userMessage: message(2, null, 'user'), reply, run: run(7) } });
    expect([state.open?.leafId, state.open?.messages.size, Object.keys(state.running)]).toEqual([3, 2, ['7']]);
  });

  it('keeps the text that streamed when the run ends, and forgets that it ran', () => {
    const before = opened([message(2, null, 'user'), message(3, 2, 'assistant', { run: run(7), text: '' })], 3);
    const after = reduce(before, { type: 'ended', place: { runId: 7, conversationId: 1, replyId: 3 }, run: run(7, 'done', 4), text: 'all of it' });
    expect([after.open?.messages.get(3)?.text, after.open?.messages.get(3)?.run?.state, after.running]).toEqual(['all of it', 'done', {}]);
  });

  it('does not take a run for running when its end overtook the answer to the call that began it', () => {
    const ended = opened([message(2, null, 'user'), message(3, 2, 'assistant', { run: run(7, 'done'), text: 'all' })], 3);
    const late = reduce(ended, { type: 'started', started: { userMessage: message(2, null, 'user'), reply: message(3, 2, 'assistant', { run: run(7), text: '' }), run: run(7) } });
    expect([late.running, late.open?.messages.get(3)?.text]).toEqual([{}, 'all']);
  });

  it('forgets what ran before a new connection, for the snapshots say what still does', () => {
    const before = opened([message(3, null, 'assistant', { run: run(7) })], 3);
    const vault = { locked: false, protection: 'key_file', hasRecoveryCode: false, waitMs: 0, autoLockMinutes: 0, mayReset: false, problem: null } as const;
    expect(reduce(before, { type: 'hello', version: '1', host: 'browser', canPickFile: false, canSaveFile: false, engine: { kind: 'idle' }, settings: before.settings, vault }).running).toEqual({});
  });

  it('closes the talk when it is removed, and only then', () => {
    const state = opened([], null);
    expect([reduce(state, { type: 'conversation-removed', id: 1 }).open, reduce(state, { type: 'conversation-removed', id: 2 }).open?.conversation.id]).toEqual([null, 1]);
  });
});

describe('the tree of messages', () => {
  const messages = new Map([message(1, null, 'user'), message(2, 1, 'assistant'), message(3, 2, 'user'), message(4, 3, 'assistant'), message(5, 1, 'assistant'), message(6, 5, 'user'), message(7, 3, 'assistant')].map((each) => [each.id, each]));

  it('reads the path to a leaf from its first message', () => {
    expect(pathTo(messages, 7).map(({ id }) => id)).toEqual([1, 2, 3, 7]);
  });
  it('ends the path at a parent that is missing, and at a cycle', () => {
    const broken = new Map([message(2, 9, 'user'), message(3, 4, 'user'), message(4, 3, 'user')].map((each) => [each.id, each]));
    expect([pathTo(broken, 2).length, pathTo(broken, 3).length]).toEqual([1, 2]);
  });
  it('names the siblings of a reply, itself among them', () => {
    expect(siblingsOf(messages, messages.get(4)!).map(({ id }) => id)).toEqual([4, 7]);
  });
  it('goes down a branch to what was said there last', () => {
    expect([leafUnder(messages, 2), leafUnder(messages, 5), leafUnder(messages, 4)]).toEqual([7, 6, 4]);
  });
});

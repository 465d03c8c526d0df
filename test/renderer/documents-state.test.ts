// Owns the proof that the window's knowledge of collections, documents and groundings follows lists and events, whatever their order.
import { describe, expect, it } from 'vitest';
import type { Conversation, Message } from '../../core/contract/conversation.js';
import type { Collection, Document, Grounding } from '../../core/contract/documents.js';
import { askedCollection } from '../../renderer/documents/asking.js';
import { emptyLibrary, reduceLibrary, type Library } from '../../renderer/documents/library-state.js';
import { initialState, reduce, type State } from '../../renderer/state.js';

const collection = (id: number, name = `c${id}`): Collection => ({
  id, name, createdAtMs: 0, documents: 0, failed: 0, passages: 0, sizeBytes: 0, folders: [], indexing: { state: 'idle', done: 0, total: 0, secondsLeft: null, error: null },
});
const document = (id: number, collectionId: number, more: Partial<Document> = {}): Document => ({
  id, collectionId, name: `d${id}`, path: null, format: null, state: 'waiting', error: null, progress: null, sizeBytes: 1, pages: 0, passages: 0, characters: 0,
  pagesWithoutText: 0, ocrConfidence: null, leftOut: [], readAtMs: null, ...more,
});
const grounding = (messageId: number, more: Partial<Grounding> = {}): Grounding => ({
  messageId, collectionId: 1, collectionName: 'c', mode: 'passages', query: 'q', decision: 'answer', read: [], alsoFound: [], passagesTotal: 9, quotes: [], citations: [],
  retrievalMs: 1, needsAll: false, whole: null, ...more,
});
const conversation: Conversation = { id: 1, title: 't', createdAtMs: 0, updatedAtMs: 0 };
const message = (id: number, role: Message['role'], more: Partial<Message> = {}): Message => ({ id, conversationId: 1, parentId: id === 2 ? null : id - 1, role, text: '', createdAtMs: 0, run: null, ...more });
const opened = (messages: Message[], from: State = initialState): State => reduce(from, { type: 'opened', snapshot: { conversation, messages, leafId: messages.at(-1)?.id ?? null, liveTokens: [] } });

describe('the library', () => {
  const looked: Library = reduceLibrary(emptyLibrary, { type: 'documents', collectionId: 1, documents: [document(1, 1), document(2, 1)] });

  it('lists collections by name, also when one is renamed', () => {
    const listed = reduceLibrary(emptyLibrary, { type: 'collections', collections: [collection(1, 'zoo'), collection(2, 'ape')] });
    const renamed = reduceLibrary(listed, { type: 'collection-changed', collection: collection(1, 'Aachen') });
    expect([listed, renamed].map(({ collections }) => collections.map(({ id }) => id))).toEqual([[2, 1], [1, 2]]);
  });
  it('takes many changes at once and leaves the list before as it was', () => {
    const changed = reduceLibrary(looked, { type: 'documents-changed', documents: [document(1, 1, { state: 'ready' }), document(3, 1), document(2, 1, { state: 'failed' })] });
    expect([...changed.documents.get(1)!.values()].map(({ id, state }) => `${id} ${state}`)).toEqual(['1 ready', '2 failed', '3 waiting']);
    expect(looked.documents.get(1)!.get(1)!.state).toBe('waiting');
  });
  it('does not begin a list from an event: a list of one document would pass for the whole', () => {
    expect(reduceLibrary(looked, { type: 'documents-changed', documents: [document(9, 7)] }).documents.has(7)).toBe(false);
  });
  it('forgets a removed document and a removed collection', () => {
    const without = reduceLibrary(looked, { type: 'document-removed', id: 1, collectionId: 1 });
    expect([[...without.documents.get(1)!.keys()], reduceLibrary(looked, { type: 'collection-removed', id: 1 }).documents.size]).toEqual([[2], 0]);
  });
});

describe('groundings', () => {
  it('reach the message they belong to', () => {
    const state = reduce(opened([message(2, 'user'), message(3, 'assistant')]), { type: 'grounding', conversationId: 1, grounding: grounding(3) });
    expect(state.open?.messages.get(3)?.grounding?.passagesTotal).toBe(9);
  });
  it('that come before their message wait for it', () => {
    const early = reduce(opened([]), { type: 'grounding', conversationId: 1, grounding: grounding(3) });
    const state = reduce(early, { type: 'started', started: { userMessage: message(2, 'user'), reply: message(3, 'assistant'), run: { id: 7 } as never } });
    expect(state.open?.messages.get(3)?.grounding?.messageId).toBe(3);
  });
  it('of another conversation change nothing', () => {
    const before = opened([message(2, 'user')]);
    expect(reduce(before, { type: 'grounding', conversationId: 5, grounding: grounding(3) })).toBe(before);
  });
});

describe('what a conversation asks', () => {
  const base = reduce(initialState, { type: 'library', change: { type: 'collections', collections: [collection(1), collection(2)] } });
  const answered = opened([message(2, 'user'), message(3, 'assistant', { grounding: grounding(3) })], base);

  it('is what its last answer was made from, until something else is chosen', () => {
    expect([askedCollection(answered, new Map()), askedCollection(answered, new Map([[1, 2]])), askedCollection(answered, new Map([[1, null]]))]).toEqual([1, 2, null]);
  });
  it('is nothing in a new chat, and nothing once the collection is gone', () => {
    const gone = reduce(answered, { type: 'library', change: { type: 'collection-removed', id: 1 } });
    expect([askedCollection(base, new Map()), askedCollection(gone, new Map())]).toEqual([null, null]);
  });
});

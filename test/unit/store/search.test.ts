// Proves what search finds, in which order, and that nothing a person types breaks it.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toMatch } from '../../../core/store/search.js';
import type { Store } from '../../../core/store/store.js';
import { answer, exchange, openTestStore, removeDir } from './fixture.js';

let dir: string;
let store: Store;
beforeEach(() => void ({ dir, store } = openTestStore()));
afterEach(() => {
  store.close();
  removeDir(dir);
});
const found = (query: string): number[] => store.search(query).map(({ conversation }) => conversation.id);

describe('search', () => {
  it('finds words by their beginning, in any order, without accents or case, in questions and answers', () => {
    const { conversationId, runId } = exchange(store, 'Où est le Café de Zürich?');
    answer(store, runId, 'Près de la gare.');
    expect(['cafe', 'ZUR caf', 'gare', 'pres'].map((query) => found(query))).toEqual([[conversationId], [conversationId], [conversationId], [conversationId]]);
    expect(found('cafe missing')).toEqual([]);
  });

  it('marks the matches in a passage', () => {
    exchange(store, 'a latent state');
    expect(store.search('lat')[0]?.snippet).toBe('a \uE000latent\uE001 state');
  });

  it('gives one hit a conversation, titles first, with a passage where there is one', () => {
    const inText = exchange(store, 'depth depth depth');
    const inBoth = exchange(store, 'about depth');
    const inTitle = exchange(store, 'nothing');
    store.conversations.rename(inBoth.conversationId, 'Depth and more');
    store.conversations.rename(inTitle.conversationId, 'Depth');
    const hits = store.search('depth').map(({ conversation, messageId }) => [conversation.id, messageId]);
    expect(hits).toHaveLength(3);
    expect(hits.at(-1)).toEqual([inText.conversationId, inText.userId]);
    expect(hits).toContainEqual([inBoth.conversationId, inBoth.userId]);
    expect(hits).toContainEqual([inTitle.conversationId, null]);
  });

  it('follows a title that changes and text that is erased', () => {
    const { conversationId } = exchange(store, 'text');
    store.conversations.rename(conversationId, 'Before');
    store.conversations.rename(conversationId, 'After');
    expect([found('before'), found('after')]).toEqual([[], [conversationId]]);
  });

  it.each(['"', "'", '*', 'AND', 'a OR', 'NEAR(', 'title:x', '-x', '^', '()', 'a"b', '\\', ';--', '\u0000', '{a}:', '   '])('takes %j as words, never as a command', (query) => {
    exchange(store, 'a or x b title and near');
    expect(() => store.search(query)).not.toThrow();
  });

  it('knows a query without words', () => {
    expect([toMatch('?! …'), toMatch("it's 2nd")]).toEqual([null, '"it"* "s"* "2nd"*']);
  });
});

// Owns an app with a collection of papers for the tests of answering.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FoundPassage, Grounding } from '../../../../core/contract/documents.js';
import type { Message, Run } from '../../../../core/contract/conversation.js';
import { openDatabase } from '../../../../core/store/database.js';
import type { Writable } from '../../../../core/store/handles.js';
import { keyOf } from '../../../fakes/app-database.js';
import { addCollection, fakeAlign, fakeRetriever, type FakeDocument } from '../../../fakes/fake-documents.js';
import { startTestApp, type TestApp } from '../../../fakes/test-app.js';

export const papers: FakeDocument[] = [
  { name: 'lease.pdf', passages: ['The monthly rent of the flat is 930 euros.', 'The deposit equals three rents and is due at once.', 'Pets are allowed if neighbours agree.'] },
  { name: 'boiler.pdf', passages: ['The boiler must be serviced each October.', 'Its pressure should stay near two bars.'] },
];

export interface Papers {
  test: TestApp;
  collectionId: number;
  passages: FoundPassage[];
  retriever: ReturnType<typeof fakeRetriever>;
  /** Messages the engine was given, run by run. */
  prompts: { role: string; text: string }[][];
  /** Asks the collection and waits for the end of the run, if there is one. */
  ask(text: string, options?: AskOptions): Promise<Asked>;
  retry(replyId: number, options?: { steps?: number; ask?: unknown }): Promise<Asked>;
  /** A second hand on the database, as when documents are removed. */
  withDatabase(work: (db: Writable) => void): void;
}
export interface AskOptions {
  conversationId?: number | undefined;
  anyway?: boolean;
  mode?: 'passages' | 'whole';
  collectionId?: number | null;
}
export interface Asked {
  conversationId: number;
  reply: Message;
  run: Run | null;
  grounding: Grounding | null;
}

/** `real`: with the retriever and the alignment that the product has. */
export async function startWithPapers(documents: readonly FakeDocument[] = papers, { real = false } = {}): Promise<Papers> {
  const dataDir = mkdtempSync(join(tmpdir(), 'plumb-unit-'));
  const key = keyOf(dataDir);
  const { db } = openDatabase(dataDir, key);
  const { collectionId, passages } = addCollection(db, documents);
  db.close();
  const retriever = fakeRetriever(passages);
  const prompts: Papers['prompts'] = [];
  const test = startTestApp({ dataDir, ...(real ? {} : { retriever, align: fakeAlign }), onPrompt: (messages) => prompts.push(messages) });
  await test.until('ready');

  async function finished(started: { reply: Message; run: Run | null }, ended: Promise<unknown>): Promise<Asked> {
    const { conversationId, id } = started.reply;
    if (started.run) await ended;
    const { messages } = await test.client.call('conversations.open', { id: conversationId });
    const reply = messages.find((message) => message.id === id)!;
    return { conversationId, reply, run: reply.run, grounding: reply.grounding ?? null };
  }
  const over = (): Promise<unknown> => test.next('run.ended');
  return {
    test, collectionId, passages, retriever, prompts,
    async ask(text, { conversationId, collectionId: asked = collectionId, ...how } = {}) {
      const id = conversationId ?? (await test.client.call('conversations.create', {})).conversation.id;
      const ended = over();
      return finished(await test.client.call('messages.send', { conversationId: id, text, recurrence: { steps: 8 }, ask: asked === null ? null : { collectionId: asked, ...how } }), ended);
    },
    async retry(replyId, { steps = 8, ask } = {}) {
      const ended = over();
      return finished(await test.client.call('messages.retry', { replyId, recurrence: { steps }, ...(ask === undefined ? {} : { ask: ask as null }) }), ended);
    },
    withDatabase(work) {
      const second = openDatabase(dataDir, key).db;
      try {
        work(second);
      } finally {
        second.close();
      }
    },
  };
}

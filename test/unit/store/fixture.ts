// Owns a store on a temporary folder for the tests of this room.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../../core/store/database.js';
import type { NewRun } from '../../../core/store/runs.js';
import { storeOver, type Store } from '../../../core/store/store.js';
import type { Writable } from '../../../core/store/handles.js';

export const makeDir = (): string => mkdtempSync(join(tmpdir(), 'plumb-store-'));
/** The key of every test database. */
export const testKey = new Uint8Array(32).map((_, at) => at * 7 + 1);
export const removeDir = (dir: string): void => rmSync(dir, { recursive: true, force: true });

export function openTestStore(dir = makeDir()): { dir: string; db: Writable; store: Store } {
  const { db, notices } = openDatabase(dir, testKey);
  return { dir, db, store: storeOver(db, dir, notices) };
}

export const newRun = (messageId: number): NewRun => ({
  messageId, modelName: 'm', modelPath: '/m.gguf', modelHash: 'h', forkId: 'f', hasRecurrence: true, nowMs: 10,
  recurrence: {
    steps: 8, stateSeed: 3, stateScale: 0.5, warmStart: true,
    exit: { kind: 'kl', threshold: 0.002, minSteps: 2, checkEvery: 3, inPrefill: true },
    sampler: { kind: 'speculative', draftSteps: 3, lookahead: 5, adapt: false },
  },
  cache: { kvBudget: 4, kvType: 'q8_0' },
  sampling: { temperature: 0.7, topK: 40, topP: 0.95, minP: 0.05, repeatPenalty: 1.1, seed: 42, maxTokens: 100, stop: ['\n\n', 'Ende'] },
});

/** A conversation with one exchange; the reply's run is running. */
export function exchange(store: Store, question: string): { conversationId: number; userId: number; replyId: number; runId: number } {
  const { id: conversationId } = store.conversations.create(1);
  const userId = store.messages.add({ conversationId, parentId: null, role: 'user', text: question, nowMs: 2 });
  const replyId = store.messages.add({ conversationId, parentId: userId, role: 'assistant', text: '', nowMs: 3 });
  return { conversationId, userId, replyId, runId: store.runs.add(newRun(replyId)) };
}

/** Ends a run with a text. */
export function answer(store: Store, runId: number, text: string): void {
  store.runs.append(runId, [{ index: 0, id: 1, text, steps: 2, exitReason: 'limit', trace: [1, 0.5] }], 1);
  store.runs.finish(runId, { state: 'done', reason: 'end', errorCode: null, stats: null, nowMs: 20 });
}

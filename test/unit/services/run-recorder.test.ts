// Proves that the recorder writes little and often, and loses nothing while the disk refuses.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../../../core/contract/errors.js';
import { recurrenceSettingsSchema, type TokenRecord } from '../../../core/contract/recurrence.js';
import { createLog } from '../../../core/services/log.js';
import { createRunRecorder, type RunRecorder } from '../../../core/services/run-recorder.js';
import { openStore, type Store } from '../../../core/store/store.js';

let dir: string;
let store: Store;
let recorder: RunRecorder;
let events: { name: string; body: Record<string, unknown> }[];
let place: { runId: number; replyId: number; conversationId: number };
const token = (index: number): TokenRecord => ({ index, id: index, text: ` ${index}`, steps: 2, exitReason: 'limit', trace: [0.5, 0.25] });

beforeEach(() => {
  vi.useFakeTimers();
  dir = mkdtempSync(join(tmpdir(), 'plumb-unit-'));
  store = openStore(dir, new Uint8Array(32));
  events = [];
  recorder = createRunRecorder({ store, emit: (name, body) => events.push({ name, body }), log: createLog(() => undefined), now: () => 7, flushMs: 250 });
  const conversationId = store.conversations.create(1).id;
  const replyId = store.messages.add({ conversationId, parentId: null, role: 'assistant', text: '', nowMs: 1 });
  const runId = store.runs.add({
    messageId: replyId, modelName: 'm', modelPath: 'p', modelHash: 'h', forkId: 'f', hasRecurrence: true, nowMs: 1,
    recurrence: recurrenceSettingsSchema.parse({ steps: 2 }), cache: null, sampling: { temperature: 0, topK: 1, topP: 1, minP: 0, repeatPenalty: 1, seed: 1, maxTokens: 100, stop: [] },
  });
  place = { runId, replyId, conversationId };
  recorder.begin(place);
});
afterEach(() => {
  recorder.close();
  vi.useRealTimers();
  store.close();
  rmSync(dir, { recursive: true });
});
const stored = (): number => store.runs.tokens(place.runId).length;

describe('the recorder', () => {
  it('tells subscribers at once and the store within 250 ms, in one transaction however many batches came', () => {
    const appends = vi.spyOn(store.runs, 'append');
    recorder.add(place.runId, [token(0), token(1)]);
    recorder.add(place.runId, [token(2)]);
    expect(events.map(({ body }) => body.seq)).toEqual([1, 2]);
    expect(stored()).toBe(0);
    vi.advanceTimersByTime(250);
    expect({ stored: stored(), appends: appends.mock.calls.length, lastSeq: store.runs.find(place.runId)?.lastSeq }).toEqual({ stored: 3, appends: 1, lastSeq: 2 });
  });

  it('keeps tokens while the disk is full, tells at the end, and writes them when there is room', () => {
    const refuse = vi.spyOn(store, 'transaction').mockImplementation(() => {
      throw new AppError('disk_full', 'full');
    });
    recorder.add(place.runId, [token(0)]);
    vi.advanceTimersByTime(250);
    recorder.add(place.runId, [token(1)]);
    recorder.end(place.runId, { reason: 'end', error: null, stats: null });
    expect(events.find(({ name }) => name === 'run.ended')?.body).toMatchObject({ reason: 'end', error: { code: 'disk_full' }, run: { state: 'done', lastSeq: 2 } });
    expect(recorder.overlay(store.messages.ofConversation(place.conversationId)).messages).toMatchObject([{ text: ' 0 1', run: { state: 'done' } }]);
    expect(stored()).toBe(0);

    refuse.mockRestore();
    vi.advanceTimersByTime(2000);
    expect(store.messages.ofConversation(place.conversationId)).toMatchObject([{ text: ' 0 1', run: { state: 'done' } }]);
    expect(events.at(-1)?.name).toBe('conversation.changed');
  });

  it('makes a last attempt when the app closes', () => {
    recorder.add(place.runId, [token(0)]);
    recorder.close();
    expect(stored()).toBe(1);
  });

  it('drops a run whose conversation was erased meanwhile', () => {
    recorder.add(place.runId, [token(0)]);
    store.conversations.remove(place.conversationId, 1);
    store.conversations.purge(1);
    vi.advanceTimersByTime(250);
    expect(recorder.count(place.runId)).toBeNull();
  });
});

// Owns what a run has produced so far: numbers its batches, tells subscribers, and writes them to the store four times a second.
import type { ConversationSnapshot, EndReason, Message, Run, RunStats } from '../contract/conversation.js';
import { toErrorBody, type ErrorBody } from '../contract/errors.js';
import type { TokenRecord } from '../contract/recurrence.js';
import type { RunEnd } from '../store/runs.js';
import type { Store } from '../store/store.js';
import type { Emit } from './events.js';
import type { Log } from './log.js';

export interface RecorderDeps {
  store: Store;
  emit: Emit;
  log: Log;
  now(): number;
  flushMs: number;
  /** After an answer is stored and its end told. */
  onEnded?: (place: RunPlace) => void;
}

export interface RunPlace {
  runId: number;
  replyId: number;
  conversationId: number;
}

interface Recording extends RunPlace {
  /** All tokens; the first `saved` of them are in the store. */
  tokens: TokenRecord[];
  saved: number;
  seq: number;
  timer: NodeJS.Timeout | null;
  /** Set when the run is over; the recording stays only while the store refuses it. */
  end: RunEnd | null;
}

const stateOf: Record<EndReason, RunEnd['state']> = { end: 'done', stop: 'done', length: 'done', context: 'done', stopped: 'stopped', error: 'interrupted' };

export type RunRecorder = ReturnType<typeof createRunRecorder>;

export function createRunRecorder({ store, emit, log, now, flushMs, onEnded }: RecorderDeps) {
  const recordings = new Map<number, Recording>();
  let lastError: ErrorBody | null = null;

  /** Writes what is not yet stored. False when the store refused, for example because the disk is full: nothing is dropped, it is tried again. */
  function save(recording: Recording): boolean {
    recording.timer = null;
    const { runId, seq, end, tokens } = recording;
    try {
      store.transaction(() => {
        if (recording.saved < tokens.length) store.runs.append(runId, tokens.slice(recording.saved), seq);
        if (end) store.runs.finish(runId, end);
      });
    } catch (thrown) {
      // Erased while it ran: there is nothing left to write to.
      if (store.runs.find(runId) === null) return recordings.delete(runId);
      log.warn('tokens not stored yet', { runId, waiting: tokens.length - recording.saved, error: toErrorBody(thrown) });
      schedule(recording, flushMs * 8);
      lastError = toErrorBody(thrown);
      return false;
    }
    recording.saved = tokens.length;
    if (end) recordings.delete(runId);
    return true;
  }

  function schedule(recording: Recording, afterMs: number): void {
    recording.timer ??= setTimeout(() => {
      const wasOver = recording.end !== null;
      if (save(recording) && wasOver) announce(recording.conversationId);
    }, afterMs);
  }

  function announce(conversationId: number): void {
    const conversation = store.conversations.find(conversationId);
    if (conversation) emit('conversation.changed', { conversation });
  }

  /** A run as it is now, with what the store does not have yet. */
  function current(run: Run): Run {
    const recording = recordings.get(run.id);
    if (!recording) return run;
    const { seq: lastSeq, end } = recording;
    return { ...run, lastSeq, ...(end && { state: end.state, endReason: end.reason, errorCode: end.errorCode, endedAtMs: end.nowMs, stats: end.stats }) };
  }

  return {
    begin(place: RunPlace): void {
      recordings.set(place.runId, { ...place, tokens: [], saved: 0, seq: 0, timer: null, end: null });
    },

    /** Numbers a batch and sends the same tokens two ways. */
    add(runId: number, tokens: TokenRecord[]): void {
      const recording = recordings.get(runId)!;
      recording.tokens.push(...tokens);
      recording.seq++;
      schedule(recording, flushMs);
      const { conversationId, replyId, seq } = recording;
      emit('run.tokens', { conversationId, replyId, runId, seq, tokens });
    },

    /** Tokens so far of a run that is being made; null when there is no such run. */
    count: (runId: number): number | null => recordings.get(runId)?.tokens.length ?? null,

    /** Stores the rest and the outcome in one transaction, then tells subscribers. */
    end(runId: number, outcome: { reason: EndReason; error: ErrorBody | null; stats: RunStats | null }): void {
      const recording = recordings.get(runId)!;
      const { conversationId, replyId } = recording;
      if (recording.timer) clearTimeout(recording.timer);
      recording.end = { state: stateOf[outcome.reason], reason: outcome.reason, errorCode: outcome.error?.code ?? null, stats: outcome.stats, nowMs: now() };
      const unsaved = save(recording) ? null : lastError;
      const run = store.runs.find(runId);
      // Null only when the conversation was erased meanwhile.
      if (run) emit('run.ended', { conversationId, replyId, run: current(run), reason: outcome.reason, error: outcome.error ?? unsaved });
      announce(conversationId);
      if (run) onEnded?.({ runId, replyId, conversationId });
    },

    /** Adds to what the store says what it does not know yet. */
    overlay(messages: Message[]): Pick<ConversationSnapshot, 'messages' | 'liveTokens'> {
      const liveTokens: TokenRecord[] = [];
      const seen = messages.map((message) => {
        const recording = message.run && recordings.get(message.run.id);
        if (!message.run || !recording) return message;
        if (!recording.end) liveTokens.push(...recording.tokens);
        return { ...message, text: recording.tokens.map(({ text }) => text).join(''), run: current(message.run) };
      });
      return { messages: seen, liveTokens };
    },

    tokens(run: Run): { tokens: TokenRecord[]; lastSeq: number } {
      const recording = recordings.get(run.id);
      return recording ? { tokens: [...recording.tokens], lastSeq: recording.seq } : { tokens: store.runs.tokens(run.id), lastSeq: run.lastSeq };
    },

    /** The last attempt before the app ends. */
    close(): void {
      for (const recording of recordings.values()) {
        if (recording.timer) clearTimeout(recording.timer);
        save(recording);
        if (recording.timer) clearTimeout(recording.timer);
      }
    },
  };
}

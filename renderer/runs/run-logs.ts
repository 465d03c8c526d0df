// Owns the token logs of all runs the window has seen, and tells readers about growth at most once per painted frame.
import { flushSync } from 'react-dom';
import type { TokenRecord } from '../../core/contract/recurrence.js';
import { judgeSeq, TokenLog } from './token-log.js';

/** Logs kept for hovering in finished answers; the oldest unread ones go first. */
const keptLogs = 400;
/** No reader sees more than about thirty paints a second; the rest of the time belongs to typing and scrolling. */
const paintEveryMs = 33;

interface Entry {
  log: TokenLog;
  version: number;
  listeners: Set<() => void>;
}

const entries = new Map<number, Entry>();
const dirty = new Set<number>();
let scheduled = false;
let lastPaintMs = 0;
let pauseMs = paintEveryMs;

function entryOf(runId: number): Entry {
  let entry = entries.get(runId);
  if (!entry) {
    entry = { log: new TokenLog(runId), version: 0, listeners: new Set() };
    entries.set(runId, entry);
    for (const [id, { listeners }] of entries) {
      if (entries.size <= keptLogs) break;
      if (listeners.size === 0 && id !== runId) entries.delete(id);
    }
  }
  return entry;
}

function paint(): void {
  const startMs = performance.now();
  if (startMs - lastPaintMs < pauseMs) {
    requestAnimationFrame(paint);
    return;
  }
  scheduled = false;
  lastPaintMs = startMs;
  const grownRuns = [...dirty];
  dirty.clear();
  flushSync(() => {
    for (const runId of grownRuns) {
      const entry = entries.get(runId);
      if (!entry) continue;
      entry.version++;
      for (const listener of entry.listeners) listener();
    }
  });
  // When a paint is dear, paint less often rather than lag behind the keyboard.
  const tookMs = performance.now() - startMs;
  pauseMs = tookMs > 12 ? Math.min(200, tookMs * 5) : paintEveryMs;
}

function touch(runId: number): void {
  dirty.add(runId);
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(paint);
}

export const runLogs = {
  /** Nothing of it stays in the window. */
  forget: (runId: number): void => void entries.delete(runId),
  find: (runId: number): TokenLog | undefined => entries.get(runId)?.log,

  /** Takes a batch of a running answer. `gap`: fetch a snapshot. */
  receive(runId: number, seq: number, tokens: readonly TokenRecord[]): 'append' | 'stale' | 'gap' {
    const { log } = entryOf(runId);
    const verdict = judgeSeq(log.lastSeq, seq);
    if (verdict === 'append') {
      log.append(tokens);
      log.lastSeq = seq;
      touch(runId);
    }
    return verdict;
  },

  /** Replaces a log by a snapshot, unless what is here is already newer. */
  restore(runId: number, tokens: readonly TokenRecord[], lastSeq: number): void {
    const entry = entryOf(runId);
    if (entry.log.lastSeq > lastSeq) return;
    entry.log = new TokenLog(runId, tokens, lastSeq);
    touch(runId);
  },

  /** Forgets all of them. */
  clear(): void {
    entries.clear();
    dirty.clear();
  },

  version: (runId: number): number => entries.get(runId)?.version ?? 0,

  subscribe(runId: number, listener: () => void): () => void {
    const { listeners } = entryOf(runId);
    listeners.add(listener);
    return () => void listeners.delete(listener);
  },
};

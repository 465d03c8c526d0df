// Owns runs of the engine that are no messages: thoughts on the way to an answer, kept by whoever asked for them.
import type { RunStats, Sampling } from '../contract/conversation.js';
import type { ChatMessage } from '../contract/engine.js';
import { fromErrorBody, toErrorBody, type AppError } from '../contract/errors.js';
import type { RecurrenceSettings } from '../contract/recurrence.js';
import type { EngineClient } from './engine-client.js';

export interface SideRunOrder {
  messages: ChatMessage[];
  recurrence: RecurrenceSettings;
  sampling: Sampling;
}

export interface SideRun {
  /** As the engine knows it. */
  id: number;
  /** Rejects with the engine's error, or with the reason of `drop`. A stop is no error: what is there so far comes, marked. */
  done: Promise<{ text: string; stopped: boolean; stats: RunStats }>;
}

export interface SideRuns {
  start(order: SideRunOrder): SideRun;
  /** Nothing more is waited for. */
  drop(error: AppError): void;
}

/** Far above the ids of stored runs. */
const firstId = 2 ** 40;

interface Pending {
  id: number;
  text: string;
  tokens: number;
  most: number;
  resolve(result: { text: string; stopped: boolean; stats: RunStats }): void;
  reject(error: AppError): void;
}

export function createSideRuns(engine: EngineClient): SideRuns {
  let nextId = firstId;
  let pending: Pending | null = null;

  function drop(error: AppError): void {
    pending?.reject(error);
    pending = null;
  }

  engine.listen({
    tokens({ runId, tokens }) {
      if (pending?.id !== runId) return;
      pending.tokens += tokens.length;
      // Memory is bounded whatever the engine does.
      if (pending.tokens > pending.most) return engine.breach('more tokens than asked for');
      pending.text += tokens.map(({ text }) => text).join('');
    },
    step: () => undefined,
    ended({ runId, reason, error, stats }) {
      if (pending?.id !== runId) return;
      const { text, resolve, reject } = pending;
      pending = null;
      if (error) reject(fromErrorBody(error));
      else resolve({ text, stopped: reason === 'stopped', stats });
    },
    lost: drop,
  });

  async function hand(id: number, { messages, recurrence, sampling }: SideRunOrder): Promise<void> {
    try {
      await engine.generate({ runId: id, messages, recurrence, sampling });
    } catch (thrown) {
      if (pending?.id === id) drop(fromErrorBody(toErrorBody(thrown)));
    }
  }

  return {
    start(order) {
      const id = nextId++;
      const done = new Promise<{ text: string; stopped: boolean; stats: RunStats }>((resolve, reject) => {
        pending = { id, text: '', tokens: 0, most: order.sampling.maxTokens, resolve, reject };
      });
      void hand(id, order);
      return { id, done };
    },
    drop,
  };
}

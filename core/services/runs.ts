// Owns the run being made: at most one, started by a message, ended by the engine, the user, or the engine's death.
import { randomInt } from 'node:crypto';
import type { EndReason, RunStats, Sampling } from '../contract/conversation.js';
import type { ChatMessage } from '../contract/engine.js';
import { AppError, toErrorBody, type ErrorBody } from '../contract/errors.js';
import type { RecurrenceSettings, TokenRecord } from '../contract/recurrence.js';
import type { Store } from '../store/store.js';
import type { EngineClient } from './engine-client.js';
import type { Emit, HandlersOf } from './events.js';
import type { Log } from './log.js';
import type { RunPlace, RunRecorder } from './run-recorder.js';

export interface RunDeps {
  store: Store;
  engine: EngineClient;
  recorder: RunRecorder;
  emit: Emit;
  log: Log;
  /** How long a stop may take before the engine is killed. Long: a step over a whole prompt of a large model takes seconds. */
  stopTimeoutMs: number;
}

export interface RunOrder extends RunPlace {
  messages: ChatMessage[];
  recurrence: RecurrenceSettings;
  sampling: Sampling;
}

interface ActiveRun extends RunPlace {
  maxTokens: number;
  stopTimer: NodeJS.Timeout | null;
}

export interface Runs {
  handlers: HandlersOf<'runs'>;
  /** Throws engine_busy while a run is made; otherwise keeps others out until `release` or until the run that follows ends. */
  reserve(): void;
  release(): void;
  isBusy(): boolean;
  isBusyIn(conversationId: number): boolean;
  /** Hands a run that the store knows to the engine. Its outcome is an event. */
  start(order: RunOrder): void;
  /** Ends whatever is being made in a conversation, at once. */
  stopIn(conversationId: number): void;
  close(): void;
}

export function createRuns({ store, engine, recorder, emit, log, stopTimeoutMs }: RunDeps): Runs {
  let active: ActiveRun | null = null;
  let reserved = false;

  function end(outcome: { reason: EndReason; error: ErrorBody | null; stats: RunStats | null }): void {
    if (!active) return;
    if (active.stopTimer) clearTimeout(active.stopTimer);
    const { runId } = active;
    active = null;
    recorder.end(runId, outcome);
  }

  /** Indexes must follow each other and their number must keep to the limit: memory is bounded whatever the engine does. */
  function follows(tokens: readonly TokenRecord[], run: ActiveRun): boolean {
    const next = recorder.count(run.runId)!;
    return tokens.every(({ index }, at) => index === next + at) && next + tokens.length <= run.maxTokens;
  }

  engine.listen({
    tokens({ runId, tokens }) {
      if (active?.runId !== runId) return;
      if (follows(tokens, active)) recorder.add(runId, tokens);
      else engine.breach('tokens out of order');
    },
    step: (event) => void (active?.runId === event.runId && emit('run.step', event)),
    ended({ runId, reason, error, stats }) {
      if (active?.runId === runId) end({ reason, error, stats });
    },
    lost: (error) => end({ reason: 'error', error: toErrorBody(error), stats: null }),
  });

  async function stop(run: ActiveRun): Promise<void> {
    run.stopTimer ??= setTimeout(() => {
      log.warn('engine does not stop; killing it', { runId: run.runId });
      end({ reason: 'stopped', error: null, stats: null });
      void engine.recycle();
    }, stopTimeoutMs);
    // A refusal or a dead pipe is dealt with by the timer or by `lost`.
    await engine.stop(run.runId).catch((error: unknown) => log.info('stop refused', toErrorBody(error)));
  }

  function known(runId: number): ActiveRun | null {
    if (active?.runId === runId) return active;
    if (store.runs.find(runId) === null) throw new AppError('not_found', 'This answer no longer exists.');
    return null;
  }

  /** A change of the run being made. The engine's last token and the call may cross on the way: no error then. */
  async function unlessOver(runId: number, change: () => Promise<unknown>): Promise<Record<string, never>> {
    if (!known(runId)) return {};
    await change().catch((thrown: unknown) => {
      if (active?.runId === runId) throw thrown;
    });
    return {};
  }

  return {
    handlers: {
      // All may come a moment after the run ended: nothing is left to do then, and nobody did anything wrong.
      'runs.stop': ({ runId }) => {
        const run = known(runId);
        if (run) void stop(run);
        return {};
      },
      'runs.setSteps': ({ runId, steps }) => unlessOver(runId, () => engine.setSteps(runId, steps)),
      'runs.answerNow': ({ runId, on }) => unlessOver(runId, () => engine.answerNow(runId, on)),
      'runs.tokens': ({ runId }) => {
        const run = store.runs.find(runId);
        if (!run) throw new AppError('not_found', 'This answer no longer exists.');
        return recorder.tokens(run);
      },
    },
    reserve() {
      if (active || reserved) throw new AppError('engine_busy', 'An answer is already being made.');
      reserved = true;
    },
    release: () => void (reserved = false),
    isBusy: () => active !== null || reserved,
    isBusyIn: (conversationId) => active?.conversationId === conversationId,
    start({ messages, recurrence, sampling, ...place }) {
      active = { ...place, maxTokens: sampling.maxTokens, stopTimer: null };
      reserved = false;
      recorder.begin(place);
      void engine.generate({ runId: place.runId, messages, recurrence, sampling }).catch((thrown: unknown) => {
        const error = toErrorBody(thrown);
        // A lost engine is reported by `lost`, with its reason.
        if (error.code !== 'disconnected' && active?.runId === place.runId) end({ reason: error.code === 'context_full' ? 'context' : 'error', error, stats: null });
      });
    },
    stopIn(conversationId) {
      if (active?.conversationId === conversationId) void stop(active);
    },
    close: () => end({ reason: 'error', error: null, stats: null }),
  };
}

/** The seed that will be used: the given one, or a fresh one that is stored with the run. */
export function withSeed(sampling: Sampling): Sampling {
  return { ...sampling, seed: sampling.seed ?? randomInt(0x1_0000_0000) };
}

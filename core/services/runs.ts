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
import { createSideRuns } from './side-runs.js';

export interface RunDeps {
  store: Store;
  engine: EngineClient;
  recorder: RunRecorder;
  emit: Emit;
  log: Log;
  /** How long a stop may take before the engine is killed. Long: a step over a whole prompt of a large model takes seconds. */
  stopTimeoutMs: number;
}

/** Thinks about something on the way to an answer, with the run's own settings. Rejects when the run is stopped or the engine fails. */
export type Think = (messages: ChatMessage[], maxTokens: number) => Promise<string>;

export interface RunOrder extends RunPlace {
  /** What the engine is given, or the work that leads to it. */
  messages: ChatMessage[] | ((think: Think) => Promise<ChatMessage[]>);
  recurrence: RecurrenceSettings;
  sampling: Sampling;
}

interface ActiveRun extends RunPlace {
  recurrence: RecurrenceSettings;
  sampling: Sampling;
  stopTimer: NodeJS.Timeout | null;
  /** The engine's run of the moment; null between two of them. */
  engineRunId: number | null;
  stopped: boolean;
  hurried: boolean;
}

/** The user stopped the run before its answer began: an outcome, not a failure. */
class Stopped extends Error {}

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
    sides.drop(new AppError('engine_down', 'The answer ended before this was thought.'));
    recorder.end(runId, outcome);
  }

  /** Indexes must follow each other and their number must keep to the limit: memory is bounded whatever the engine does. */
  function follows(tokens: readonly TokenRecord[], run: ActiveRun): boolean {
    const next = recorder.count(run.runId)!;
    return tokens.every(({ index }, at) => index === next + at) && next + tokens.length <= run.sampling.maxTokens;
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

  const sides = createSideRuns(engine);

  async function stop(run: ActiveRun): Promise<void> {
    run.stopped = true;
    run.stopTimer ??= setTimeout(() => {
      log.warn('engine does not stop; killing it', { runId: run.runId });
      end({ reason: 'stopped', error: null, stats: null });
      void engine.recycle();
    }, stopTimeoutMs);
    // A refusal or a dead pipe is dealt with by the timer or by `lost`.
    if (run.engineRunId !== null) await engine.stop(run.engineRunId).catch((error: unknown) => log.info('stop refused', toErrorBody(error)));
  }

  function isActive(run: ActiveRun): boolean {
    return active === run;
  }

  async function begin(run: ActiveRun, messages: ChatMessage[]): Promise<void> {
    const { runId, recurrence, sampling } = run;
    run.engineRunId = runId;
    try {
      await engine.generate({ runId, messages, recurrence, sampling });
      // Asked for before the answer began.
      if (run.hurried && isActive(run)) await engine.answerNow(runId, true);
    } catch (thrown) {
      fail(run, thrown);
    }
  }

  function fail(run: ActiveRun, thrown: unknown): void {
    if (!isActive(run)) return;
    if (thrown instanceof Stopped) return end({ reason: 'stopped', error: null, stats: null });
    const error = toErrorBody(thrown);
    // A lost engine is reported by `lost`, with its reason.
    if (error.code !== 'disconnected') end({ reason: error.code === 'context_full' ? 'context' : 'error', error, stats: null });
  }

  /** One after the other: the engine makes one run at a time. */
  const thinkFor = (run: ActiveRun): Think => async (messages, maxTokens) => {
    if (run.stopped || !isActive(run)) throw new Stopped();
    const side = sides.start({ messages, recurrence: run.recurrence, sampling: { ...run.sampling, maxTokens } });
    run.engineRunId = side.id;
    // A refusal is met by `done`.
    if (run.hurried) void engine.answerNow(side.id, true).catch((error: unknown) => log.info('answer now refused', toErrorBody(error)));
    const { text, stopped } = await side.done;
    run.engineRunId = null;
    if (stopped || run.stopped) throw new Stopped();
    return text;
  };

  function known(runId: number): ActiveRun | null {
    if (active?.runId === runId) return active;
    if (store.runs.find(runId) === null) throw new AppError('not_found', 'This answer no longer exists.');
    return null;
  }

  /** A change of the run being made. The engine's last token and the call may cross on the way: no error then. */
  async function unlessOver(runId: number, change: (run: ActiveRun) => Promise<void>): Promise<Record<string, never>> {
    const run = known(runId);
    if (!run) return {};
    await change(run).catch((thrown: unknown) => {
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
      'runs.setSteps': ({ runId, steps }) =>
        unlessOver(runId, async (run) => {
          run.recurrence = { ...run.recurrence, steps };
          if (run.engineRunId !== null) await engine.setSteps(run.engineRunId, steps);
        }),
      'runs.answerNow': ({ runId, on }) =>
        unlessOver(runId, async (run) => {
          run.hurried = on;
          if (run.engineRunId !== null) await engine.answerNow(run.engineRunId, on);
        }),
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
      const run: ActiveRun = { ...place, recurrence, sampling, stopTimer: null, engineRunId: null, stopped: false, hurried: false };
      active = run;
      reserved = false;
      recorder.begin(place);
      if (Array.isArray(messages)) return void begin(run, messages);
      messages(thinkFor(run)).then(
        (prepared) => {
          if (run.stopped) fail(run, new Stopped());
          else if (isActive(run)) void begin(run, prepared);
        },
        (thrown: unknown) => fail(run, thrown),
      );
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

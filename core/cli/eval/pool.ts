// Puts problems to one or several engine processes side by side, depth after depth.
import type { EngineApi } from '../../contract/engine.js';
import type { Problem } from '../../contract/evaluation.js';
import type { RecurrenceSettings } from '../../contract/recurrence.js';
import type { ParamsIn } from '../../contract/rpc.js';
import { withEngine } from '../engine.js';
import { createExaminer, orderForCache, type Outcome } from './examine.js';

export interface PoolWork {
  load: ParamsIn<EngineApi, 'load'>;
  problems: readonly Problem[];
  /** One for each depth. */
  settings: readonly RecurrenceSettings[];
  engines: number;
  /** Ends the work between two tokens. */
  signal: AbortSignal;
  /** `done` of `of` answers at this depth. */
  onOutcome(outcome: Outcome, done: number, of: number): void;
}

/** Neighbours stay together: they share the beginning of their prompts. */
const neighbours = 16;

/** Returns the depths that were measured whole: all, unless the signal came. Errors: the first of any engine; the others are ended then. */
export async function runPool({ load, problems, settings, engines, signal, onOutcome }: PoolWork): Promise<number[]> {
  const ordered = orderForCache(problems);
  const queue = settings.flatMap((recurrence) => slices(ordered).map((slice) => ({ recurrence, slice })));
  const done = new Map<number, number>();
  const failure = new AbortController();
  const stopped = AbortSignal.any([signal, failure.signal]);

  const worker = (): Promise<void> =>
    withEngine(async (engine) => {
      await engine.client.call('load', { ...load, calibrate: false });
      const examiner = createExaminer(engine);
      stopped.addEventListener('abort', () => examiner.stop());
      for (let next = queue.shift(); next; next = queue.shift()) {
        for (const problem of next.slice) {
          if (stopped.aborted) return;
          const outcome = await examiner.ask(problem, next.recurrence);
          if (stopped.aborted) return;
          const count = (done.get(outcome.steps) ?? 0) + 1;
          done.set(outcome.steps, count);
          onOutcome(outcome, count, ordered.length);
        }
      }
    }).catch((error: unknown) => {
      failure.abort();
      throw error;
    });

  const ends = await Promise.allSettled(Array.from({ length: Math.min(engines, queue.length) }, worker));
  const failed = ends.find((end) => end.status === 'rejected');
  // Ctrl+C in a terminal reaches the engines too; their end is then no failure.
  if (failed && !signal.aborted) throw failed.reason;
  return settings.map(({ steps }) => steps).filter((steps) => done.get(steps) === ordered.length);
}

function slices(ordered: readonly Problem[]): Problem[][] {
  return Array.from({ length: Math.ceil(ordered.length / neighbours) }, (_, i) => ordered.slice(i * neighbours, (i + 1) * neighbours));
}

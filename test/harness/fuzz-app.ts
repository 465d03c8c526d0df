// Owns sending hostile frames to a whole app and judging what comes back.
import * as fc from 'fast-check';
import { api } from '../../core/contract/api.js';
import { errorCodes, type ErrorBody } from '../../core/contract/errors.js';
import type { Pipe } from '../../core/contract/rpc.js';
import { startTestApp, type TestApp } from '../fakes/test-app.js';
import { paramsFor, type OperationName } from './hostile-frames.js';

type Answer = { kind: 'result'; value: unknown } | { kind: 'error'; error: ErrorBody } | { kind: 'none' };

/** A window that says whatever it likes. */
export interface RawWindow {
  send(frame: unknown): void;
  /** Sends a call and waits for its answer; `none` after a patience no honest operation needs. */
  call(op: string, params: unknown): Promise<Answer>;
  close(): void;
}

/** Operations that may wait for the engine give up after 15 s themselves. */
const patienceMs = 40_000;

/** Frames arrive as they are: a copy between processes could not be made of the deepest ones, a JSON text of them can arrive. */
export function openRawWindow(connect: (pipe: Pipe) => void): RawWindow {
  const waiting = new Map<number, (answer: Answer) => void>();
  const messages = new Set<(message: unknown) => void>();
  const closings = new Set<(reason: string) => void>();
  let nextId = 1;
  const send = (frame: unknown): void => queueMicrotask(() => messages.forEach((listener) => listener(frame)));
  connect({
    send(message) {
      const answer = message as { id?: number } & Answer;
      if (answer.id !== undefined) waiting.get(answer.id)?.(answer);
    },
    onMessage: (listener) => (messages.add(listener), () => void messages.delete(listener)),
    onClose: (listener) => (closings.add(listener), () => void closings.delete(listener)),
    close: () => undefined,
  });
  return {
    send,
    call(op, params) {
      const id = nextId++;
      return new Promise((done) => {
        const timer = setTimeout(() => done({ kind: 'none' }), patienceMs);
        waiting.set(id, (answer) => {
          clearTimeout(timer);
          waiting.delete(id);
          done(answer);
        });
        send({ kind: 'call', id, op, params });
      });
    },
    close() {
      closings.forEach((listener) => listener('gone'));
      messages.clear();
    },
  };
}

/** A path may stand in a detail, and be 4096 characters long. */
const longestDetail = 5000;

/** What is wrong with an answer, or null. */
export function faultOf(op: string, answer: Answer): string | null {
  if (answer.kind === 'none') return 'no answer';
  if (answer.kind === 'error') {
    const { code, detail } = answer.error;
    if (code === 'internal' || !errorCodes.includes(code)) return `${code}: ${detail}`;
    return (detail?.length ?? 0) > longestDetail ? `a detail of ${detail!.length} characters` : null;
  }
  const parsed = api.operations[op as OperationName]?.result.safeParse(answer.value);
  return parsed?.success ? null : 'a result of another form';
}

export const briefly = (value: unknown): string => {
  try {
    return (JSON.stringify(value) ?? String(value)).slice(0, 200);
  } catch {
    return Object.prototype.toString.call(value);
  }
};

export interface FuzzOutcome {
  /** Answers by kind: `ok` or the code. */
  answers: Record<string, number>;
  /** The first faults, each with its frame. */
  faults: string[];
}

/** An app with an open model and one finished conversation, so that valid ids exist. */
export async function startFuzzApp(): Promise<TestApp> {
  const test = startTestApp();
  await test.until('ready');
  await test.ask('Hello !tokens 3 !rate 1000');
  return test;
}

/** Sends `count` frames of one operation, some at a time, to one app. */
export async function fuzzOperation(test: TestApp, op: OperationName, count: number, seed: number): Promise<FuzzOutcome> {
  const window = openRawWindow((pipe) => test.app.connect(pipe));
  const outcome: FuzzOutcome = { answers: {}, faults: [] };
  const atOnce = 20;
  for (let done = 0; done < count; done += atOnce) {
    const batch = fc.sample(paramsFor(op), { numRuns: Math.min(atOnce, count - done), seed: seed + done });
    await Promise.all(
      batch.map(async (params) => {
        const answer = await window.call(op, params);
        const kind = answer.kind === 'error' ? answer.error.code : answer.kind === 'result' ? 'ok' : 'none';
        outcome.answers[kind] = (outcome.answers[kind] ?? 0) + 1;
        const fault = faultOf(op, answer);
        if (fault !== null && outcome.faults.length < 5) outcome.faults.push(`${fault} <- ${briefly(params)} (seed ${seed + done})`);
      }),
    );
  }
  window.close();
  return outcome;
}

// Owns running chat templates in a thread of their own and waiting for them: not long, and not for more than a conversation needs.
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import { AppError } from '../contract/errors.js';

/** Templates take milliseconds; starting the thread on a busy machine takes most of a second. */
const patienceMs = 5000;
/** A template adds names and marks to a conversation: a few characters a message, some pages of instructions at most. */
const longestOwnText = 1_000_000;
/** What a template may make of the values it is given, each of which it may use several times. */
const mostCopies = 8;

interface Thread {
  worker: Worker;
  port: MessagePort;
  gate: Int32Array;
}
/** Kept for the next template; lost with one that does not end. */
let thread: Thread | null = null;

function start(): Thread {
  const shared = new SharedArrayBuffer(4);
  const { port1, port2 } = new MessageChannel();
  // As compiled, or as written where tests import the sources.
  const script = new URL(import.meta.url.endsWith('.ts') ? './template-worker.ts' : './template-worker.js', import.meta.url);
  const worker = new Worker(script, {
    workerData: { shared, port: port2 }, transferList: [port2], execArgv: [], env: {},
    resourceLimits: { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 },
  });
  worker.unref();
  port1.unref();
  // A thread that runs out of memory ends; whoever waits for it finds out by the clock.
  worker.on('error', () => undefined);
  return { worker, port: port1, gate: new Int32Array(shared) };
}

/** The caller waits: prompts are made between tokens of nobody. Errors: chat_template_invalid. */
function run(source: string, values: Record<string, unknown> | null, longest: number): string {
  thread ??= start();
  const { worker, port, gate } = thread;
  const before = Atomics.load(gate, 0);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  port.postMessage({ source, values, longest });
  Atomics.wait(gate, 0, before, patienceMs);
  const answer = receiveMessageOnPort(port)?.message as { text: string } | { why: string } | undefined;
  if (answer === undefined) {
    thread = null;
    void worker.terminate();
    throw invalid('it takes too much time or memory');
  }
  if ('why' in answer) throw invalid(answer.why);
  return answer.text;
}

const invalid = (why: string): AppError => new AppError('chat_template_invalid', "The model's chat template cannot write this conversation.", why.slice(0, 300));

/** Reads a template. Returns how to run it. Errors, from here and from running: chat_template_invalid. */
export function compileTemplate(source: string): (values: Record<string, unknown>) => string {
  run(source, null, 0);
  return (values) => run(source, values, longestOwnText + mostCopies * JSON.stringify(values).length);
}

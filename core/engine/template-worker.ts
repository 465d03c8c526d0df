// The thread that runs a model's chat template: a program from a file of unknown origin, held to the time and memory its owner gives it.
// It imports nothing of Plumb's, so that it also runs as it is written.
import { Environment, Interpreter, Template } from '@huggingface/jinja';
import { workerData, type MessagePort } from 'node:worker_threads';

/** What a template is given, and at most how long its text may become. */
interface Order {
  source: string;
  values: Record<string, unknown> | null;
  longest: number;
}

const { shared, port } = workerData as { shared: SharedArrayBuffer; port: MessagePort };
const gate = new Int32Array(shared);
let compiled: { source: string; template: Template } | null = null;

/** Honest templates count messages. A longer list would be one allocation that no limit of a thread survives. */
const longestRange = 10_000;

/** Jinja's range, bounded. */
function range(start: number, stop?: number, step = 1): number[] {
  const [from, to] = stop === undefined ? [0, start] : [start, stop];
  const count = Math.ceil((to - from) / step);
  if (!(count <= longestRange)) throw new Error(`range() of ${count} numbers`);
  return Array.from({ length: Math.max(0, count) }, (_, at) => from + at * step);
}

const now = new Template('{{ strftime_now(format) }}');

/** As Template.render does, with our own range: a name is declared once. */
function render(template: Template, values: Record<string, unknown>): string {
  const environment = new Environment();
  const names = {
    false: false, true: true, none: null, False: false, True: true, None: null, range,
    raise_exception(why: string) {
      throw new Error(why);
    },
    strftime_now: (format: string) => now.render({ format }),
    ...values,
  };
  for (const [name, value] of Object.entries(names)) environment.set(name, value);
  return String(new Interpreter(environment).run(template.parsed).value);
}

function write({ source, values, longest }: Order): { text: string } | { why: string } {
  try {
    if (compiled?.source !== source) compiled = { source, template: new Template(source) };
    // Only whether it can be read was asked.
    if (values === null) return { text: '' };
    const text = render(compiled.template, values);
    return text.length > longest ? { why: `it writes ${text.length} characters` } : { text };
  } catch (thrown) {
    return { why: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}

port.on('message', (order: Order) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  port.postMessage(write(order));
  Atomics.add(gate, 0, 1);
  Atomics.notify(gate, 0);
});

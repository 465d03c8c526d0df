// Watches a decode from the JavaScript thread and reports the steps of slow ones while they happen.
import type { NativeContext } from './native-types.js';

/** A token faster than this is there before anyone could look at its steps. */
const slowMs = 150;
const pollMs = 40;

/** Calls `onSteps` with the trace so far, whenever it grew. Returns the end of watching. Recurrent models only. */
export function watchProgress(context: NativeContext, onSteps: (trace: number[]) => void): () => void {
  const before = context.progress().decode;
  let seen = '';
  let poll: NodeJS.Timeout | undefined;
  const look = (): void => {
    const { decode, deltas } = context.progress();
    // Until the worker thread begins, the figures are those of the decode before.
    const now = `${decode}:${deltas.length}`;
    if (decode === before || deltas.length === 0 || now === seen) return;
    seen = now;
    onSteps(toTrace(deltas));
  };
  const start = setTimeout(() => {
    look();
    poll = setInterval(look, pollMs);
  }, slowMs);
  return () => {
    clearTimeout(start);
    clearInterval(poll);
  };
}

/** Plain numbers for the pipe. A zero state divides by nothing: shown as no change. */
export function toTrace(deltas: Float32Array): number[] {
  return Array.from(deltas, (delta) => (Number.isFinite(delta) ? delta : 0));
}

// Owns two ends of a pipe inside one page; messages are copied and late, as over a real one.
import type { Pipe } from '../../core/contract/rpc.js';

type Listeners = Set<(message: unknown) => void>;

function side(out: Listeners, into: Listeners): Pipe {
  return {
    send(message) {
      const copy = structuredClone(message);
      setTimeout(() => { for (const listener of out) listener(copy); }, 0);
    },
    onMessage(listener) {
      into.add(listener);
      return () => void into.delete(listener);
    },
    onClose: () => () => undefined,
    close: () => undefined,
  };
}

export function copyingPipes(): [Pipe, Pipe] {
  const one: Listeners = new Set();
  const other: Listeners = new Set();
  return [side(one, other), side(other, one)];
}

// Owns a pair of connected in-memory pipes that behave like a process boundary: copies, later, and in order.
import type { Pipe } from '../../../core/contract/rpc.js';

interface End extends Pipe {
  deliver(message: unknown): void;
  closed(reason: string): void;
}

function createEnd(other: () => End): End {
  const messageListeners = new Set<(message: unknown) => void>();
  const closeListeners = new Set<(reason: string) => void>();
  let open = true;
  const end: End = {
    send(message) {
      if (!open) return;
      const copy = structuredClone(message);
      queueMicrotask(() => other().deliver(copy));
    },
    onMessage(listener) {
      messageListeners.add(listener);
      return () => void messageListeners.delete(listener);
    },
    onClose(listener) {
      closeListeners.add(listener);
      return () => void closeListeners.delete(listener);
    },
    close() {
      if (!open) return;
      end.closed('closed here');
      other().closed('closed by the other end');
    },
    deliver(message) {
      if (open) for (const listener of messageListeners) listener(message);
    },
    closed(reason) {
      if (!open) return;
      open = false;
      for (const listener of closeListeners) listener(reason);
    },
  };
  return end;
}

/** Two ends of one channel. */
export function createMemoryPipe(): [Pipe, Pipe] {
  const left: End = createEnd(() => right);
  const right: End = createEnd(() => left);
  return [left, right];
}

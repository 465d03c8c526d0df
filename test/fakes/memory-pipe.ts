// Owns a pair of pipes in one process: what one sends, the other receives, cloned and a moment later, as between processes.
import type { Pipe } from '../../core/contract/rpc.js';

interface End extends Pipe {
  receive(message: unknown): void;
  closed(reason: string): void;
}

function createEnd(peer: () => End): End {
  const messages = new Set<(message: unknown) => void>();
  const closings = new Set<(reason: string) => void>();
  let open = true;
  return {
    send(message) {
      const copy: unknown = structuredClone(message);
      if (open) queueMicrotask(() => peer().receive(copy));
    },
    onMessage(listener) {
      messages.add(listener);
      return () => void messages.delete(listener);
    },
    onClose(listener) {
      closings.add(listener);
      return () => void closings.delete(listener);
    },
    close() {
      queueMicrotask(() => peer().closed('the other end closed'));
      this.closed('closed');
    },
    receive(message) {
      if (open) for (const listener of messages) listener(message);
    },
    closed(reason) {
      if (!open) return;
      open = false;
      for (const listener of closings) listener(reason);
    },
  };
}

export function memoryPipes(): [Pipe, Pipe] {
  const left: End = createEnd(() => right);
  const right: End = createEnd(() => left);
  return [left, right];
}

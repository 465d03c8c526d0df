// Owns the reader's end of the pipe to its host, a Node child process or an Electron utility process, and tells when what was sent has left.
import type { Pipe } from '../contract/rpc.js';

/** Electron's `process.parentPort`, as far as it is used here. */
interface ParentPort {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (event: { data: unknown }) => void): void;
  on(event: 'close', listener: () => void): void;
}

export interface HostPipe extends Pipe {
  /** Resolves when everything sent so far was handed to the system. A reader that is faster than its host waits here instead of filling memory. */
  sent(): Promise<void>;
}

const gone = 'the host is gone';

/** The pipe to whoever started this process, or null when nobody did. It closes when the host goes away. */
export function hostPipe(): HostPipe | null {
  const port = (process as unknown as { parentPort?: ParentPort }).parentPort;
  if (port) return utilityPipe(port);
  if (typeof process.send !== 'function') return null;
  let last = Promise.resolve();
  return {
    // The error has a callback because a host that just died must not turn into an exception here: 'disconnect' follows.
    send: (message) => {
      last = new Promise((resolve) => void process.send?.(message, undefined, undefined, () => resolve()));
    },
    sent: () => last,
    onMessage: (listener) => {
      process.on('message', listener);
      return () => void process.off('message', listener);
    },
    onClose: (listener) => {
      const closed = (): void => listener(gone);
      process.on('disconnect', closed);
      return () => void process.off('disconnect', closed);
    },
    close: () => process.disconnect?.(),
  };
}

function utilityPipe(port: ParentPort): HostPipe {
  return {
    send: (message) => port.postMessage(message),
    sent: () => Promise.resolve(),
    onMessage: (listener) => {
      let on = true;
      port.on('message', ({ data }) => on && listener(data));
      return () => void (on = false);
    },
    onClose: (listener) => {
      let on = true;
      port.on('close', () => on && listener(gone));
      return () => void (on = false);
    },
    close: () => process.exit(0),
  };
}

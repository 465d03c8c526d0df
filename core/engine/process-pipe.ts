// Owns the engine's end of the pipe to its host: a Node child process or an Electron utility process.
import type { Pipe } from '../contract/rpc.js';

/** Electron's `process.parentPort`, as far as it is used here. */
interface ParentPort {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (event: { data: unknown }) => void): void;
  on(event: 'close', listener: () => void): void;
}

/** The pipe to whoever started this process, or null when nobody did. It closes when the host goes away. */
export function hostPipe(): Pipe | null {
  const port = (process as unknown as { parentPort?: ParentPort }).parentPort;
  if (port) {
    return {
      send: (message) => port.postMessage(message),
      onMessage: (listener) => {
        let on = true;
        port.on('message', ({ data }) => on && listener(data));
        return () => void (on = false);
      },
      onClose: (listener) => {
        let on = true;
        port.on('close', () => on && listener('the host is gone'));
        return () => void (on = false);
      },
      close: () => process.exit(0),
    };
  }
  if (typeof process.send !== 'function') return null;
  return {
    // The error has a callback because a host that just died must not turn into an exception here: 'disconnect' follows.
    send: (message) => void process.send?.(message, undefined, undefined, () => undefined),
    onMessage: (listener) => {
      process.on('message', listener);
      return () => void process.off('message', listener);
    },
    onClose: (listener) => {
      const closed = (): void => listener('the host is gone');
      process.on('disconnect', closed);
      return () => void process.off('disconnect', closed);
    },
    close: () => process.disconnect?.(),
  };
}

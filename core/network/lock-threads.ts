// Owns that every worker thread of a locked process starts locked, whoever starts it and from whatever, and that its attempts are heard here.
import { fileURLToPath } from 'node:url';
import workerThreads, { BroadcastChannel, getEnvironmentData, isMainThread, setEnvironmentData, type Worker, type WorkerOptions } from 'node:worker_threads';
import type { Refused } from '../contract/privacy.js';

/** Which process a thread belongs to; threads started by threads see it too. */
const processKey = 'plumb: process of the network lock';
const channelName = 'plumb: attempts refused in a thread';

export const processOfThread = (): Refused['process'] => getEnvironmentData(processKey) as Refused['process'];

/**
 * Replaces `Worker` by one that loads the lock first: threads have their own copies of Node's modules, which nothing here reaches.
 * A thread that cannot load it ends with an error instead of running without. Where a thread's attempts are to be noted says `heard`.
 */
export function lockThreads(process_: Refused['process'], heard: (refused: Refused) => void): { tell(refused: Refused): void } {
  setEnvironmentData(processKey, process_);
  const first = fileURLToPath(new URL('./lock-thread.js', import.meta.url));
  const locked = new Proxy(workerThreads.Worker, {
    // Required, not imported: a thread made from a text does not wait for imports. Given no arguments, a thread takes those of its process.
    construct: (original, [script, options = {}]: [string | URL, WorkerOptions?], asked) =>
      Reflect.construct(original, [script, { ...options, execArgv: ['--require', first, ...(options.execArgv ?? process.execArgv)] }], asked) as Worker,
  });
  Object.defineProperty(workerThreads, 'Worker', { value: locked, writable: true, configurable: true, enumerable: true });
  // Whoever holds a thread must not get at the other one through it.
  Object.defineProperty(locked.prototype, 'constructor', { value: locked, writable: true, configurable: true });

  const channel = new BroadcastChannel(channelName);
  // Only the process itself counts: threads would hear each other.
  if (isMainThread) channel.addEventListener('message', (message) => heard((message as unknown as { data: Refused }).data));
  channel.unref();
  return {
    tell(refused) {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- threads of this process, not windows
      if (!isMainThread) channel.postMessage(refused);
    },
  };
}

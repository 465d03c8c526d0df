// Reads memory as fast as one thread can: a search for a byte that is not there (memchr), which reads and never writes.
import { parentPort, workerData } from 'node:worker_threads';

const { sizeBytes, turns } = workerData as { sizeBytes: number; turns: number };
const memory = Buffer.alloc(sizeBytes, 1);
/** The thread's own processor time, which a busy machine adds little to; before Node 23.9 the clock. */
const nowMs = (): number => {
  if (typeof process.threadCpuUsage !== 'function') return performance.now();
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};
parentPort!.once('message', () => {
  const rates: number[] = [];
  for (let turn = 0; turn < turns; turn++) {
    const beganMs = nowMs();
    if (memory.indexOf(2) !== -1) throw new Error('the memory is not what was written');
    rates.push((1000 * sizeBytes) / (nowMs() - beganMs));
  }
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parentPort!.postMessage(rates);
});
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
parentPort!.postMessage('ready');

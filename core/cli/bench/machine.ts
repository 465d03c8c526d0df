// Measures the machine itself: how fast memory is read, and what the sums of a convergence trace cost.
import { Worker } from 'node:worker_threads';
import { median } from './figures.js';

/** Bytes per second that `threads` threads read together; the sum of each one's median. `sizeBytes` must not fit into a cache. */
export async function readBandwidth(threads: number, sizeBytes: number, turns: number): Promise<number> {
  const workers = Array.from({ length: threads }, () => new Worker(new URL('read-worker.js', import.meta.url), { workerData: { sizeBytes, turns } }));
  try {
    const message = (worker: Worker): Promise<unknown> => new Promise((resolve, reject) => void worker.once('message', resolve).once('error', reject));
    await Promise.all(workers.map(message));
    const rates = workers.map(message);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    for (const worker of workers) worker.postMessage('go');
    return ((await Promise.all(rates)) as number[][]).reduce((sum, each) => sum + median(each), 0);
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

/**
 * Milliseconds for the sums behind one entry of the trace, |x - y|² and |x|² over `width` numbers, in JavaScript. The fork's are
 * compiled, so this is an upper bound of the arithmetic.
 */
export function traceSumsMs(width: number): number {
  const x = Float32Array.from({ length: width }, (_, i) => Math.sin(i));
  const y = Float32Array.from({ length: width }, (_, i) => Math.cos(i));
  let [change, size] = [0, 0];
  const once = (): void => {
    for (let i = 0; i < width; i++) {
      const d = x[i]! - y[i]!;
      change += d * d;
      size += x[i]! * x[i]!;
    }
  };
  const batch = Math.ceil(2e6 / width);
  const times: number[] = [];
  for (let turn = 0; turn < 12; turn++) {
    const beganMs = performance.now();
    for (let i = 0; i < batch; i++) once();
    times.push((performance.now() - beganMs) / batch);
  }
  if (!Number.isFinite(change / size)) throw new Error('the sums overflowed');
  // The first turns are not compiled yet.
  return median(times.slice(4));
}

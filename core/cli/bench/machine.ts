// Measures the machine itself: how fast memory is read, and what the sums of a convergence trace cost.
import { Worker } from 'node:worker_threads';
import { median } from './figures.js';

/** Bytes per second that `threads` threads read together; the sum of each one's median, by its own processor time. `sizeBytes` must not fit into a cache. */
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
  const batch = Math.ceil(1e7 / width);
  let total = 0;
  const times: number[] = [];
  for (let turn = 0; turn < 12; turn++) {
    // Processor time, in microseconds: the clock would count other programs.
    const before = process.cpuUsage();
    for (let i = 0; i < batch; i++) total += relativeChange(x, y);
    const { user, system } = process.cpuUsage(before);
    times.push((user + system) / 1000 / batch);
  }
  if (!Number.isFinite(total)) throw new Error('the sums are no numbers');
  // The first turns are not compiled yet.
  return median(times.slice(4));
}

function relativeChange(x: Float32Array, y: Float32Array): number {
  let change = 0;
  let size = 0;
  for (let i = 0; i < x.length; i++) {
    const value = x[i]!;
    const difference = value - y[i]!;
    change += difference * difference;
    size += value * value;
  }
  return Math.sqrt(change / size);
}

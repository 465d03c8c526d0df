// Owns computing Argon2id beside the host: one thread for each time, one at a time.
import { Worker } from 'node:worker_threads';

export interface ArgonOrder {
  /** Handed over: afterwards these bytes are gone here, and zeros there. */
  password: Uint8Array<ArrayBuffer>;
  salt: Uint8Array;
  memoryKiB: number;
  passes: number;
}
export interface ArgonAnswer {
  hash: Uint8Array;
  /** Processor time of the arithmetic. */
  cpuMs: number;
}

/** Each takes up to a gigabyte: those that are asked for together must not be computed together. */
let queue: Promise<unknown> = Promise.resolve();

export function argonInThread(order: ArgonOrder): Promise<ArgonAnswer> {
  const mine = queue.then(() => compute(order));
  queue = mine.catch(() => undefined);
  return mine;
}

function compute(order: ArgonOrder): Promise<ArgonAnswer> {
  return new Promise((resolve, reject) => {
    // As compiled, or as written where tests import the sources.
    const script = new URL(import.meta.url.endsWith('.ts') ? './argon-worker.ts' : './argon-worker.js', import.meta.url);
    const worker = new Worker(script, { workerData: order, transferList: [order.password.buffer], execArgv: [], env: {} });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`Argon2id ended with ${code}`)));
  });
}

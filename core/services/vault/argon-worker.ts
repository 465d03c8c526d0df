// The thread that computes Argon2id once and ends: half a second of arithmetic in which the host goes on, and its memory is given back.
// It imports nothing of Plumb's, so that it also runs as it is written.
import { argon2id } from 'hash-wasm';
import { parentPort, workerData } from 'node:worker_threads';

const { password, salt, memoryKiB, passes } = workerData as { password: Uint8Array<ArrayBuffer>; salt: Uint8Array; memoryKiB: number; passes: number };
/** Of this thread alone: the host computes other things meanwhile. Before Node 23.9 of the whole process. */
const usage = typeof process.threadCpuUsage === 'function' ? process.threadCpuUsage.bind(process) : process.cpuUsage.bind(process);

// Compiling the code is paid once more for every try and says nothing about one.
await argon2id({ password: 'compiled', salt, parallelism: 1, iterations: 1, memorySize: 8, hashLength: 32, outputType: 'binary' });
const before = usage();
const hash = await argon2id({ password, salt, parallelism: 1, iterations: passes, memorySize: memoryKiB, hashLength: 32, outputType: 'binary' });
const after = usage();
password.fill(0);
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
parentPort!.postMessage({ hash, cpuMs: (after.user - before.user + after.system - before.system) / 1000 });

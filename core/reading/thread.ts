// The parser thread: reads one file when told to and posts what it finds.
import { parentPort, workerData } from 'node:worker_threads';
import { toErrorBody } from '../contract/errors.js';
import { Ledger } from './ledger.js';
import type { FromThread, ReadParams } from './parser.js';
import { readDocument } from './read.js';

const ledger = new Ledger(workerData as SharedArrayBuffer);
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
const post = (message: FromThread): void => parentPort?.postMessage(message);

// Parsers leave promises behind when they give up half way; the file has its error by then.
process.on('unhandledRejection', () => undefined);

parentPort?.on('message', (params: ReadParams) => {
  const work = readDocument(params, {
    emit: async (name, body) => {
      ledger.posted();
      post({ kind: 'event', name, body });
      await ledger.room();
    },
    isStopped: () => ledger.isStopped(params.readId),
  });
  void work.then(
    (value) => post({ kind: 'result', value }),
    (error: unknown) => post({ kind: 'error', error: toErrorBody(error) }),
  );
});

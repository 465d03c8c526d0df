// Owns the fake reader as a process: PLUMB_READER=test/fakes/reader.mjs.
import { AppError } from '../../dist/core/contract/errors.js';
import { readerApi } from '../../dist/core/contract/reading.js';
import { serve } from '../../dist/core/contract/rpc.js';
import { serveFakeReader } from './fake-reader.mjs';

process.on('disconnect', () => process.exit(0));
serveFakeReader({
  serve,
  readerApi,
  AppError,
  pipe: {
    send: (message) => process.send?.(message, undefined, undefined, () => undefined),
    onMessage(listener) {
      process.on('message', listener);
      return () => process.off('message', listener);
    },
    onClose(listener) {
      process.on('disconnect', () => listener('the host is gone'));
      return () => undefined;
    },
    close: () => process.disconnect?.(),
  },
  die() {
    process.kill(process.pid, 'SIGSEGV');
    return new Promise(() => undefined);
  },
  exit: (code) => process.exit(code),
});

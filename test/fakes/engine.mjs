// Owns the fake engine as a process: PLUMB_ENGINE=test/fakes/engine.mjs. PLUMB_FAKE_FORK_ID claims another fork.
import { engineApi } from '../../dist/core/contract/engine.js';
import { AppError } from '../../dist/core/contract/errors.js';
import { serve } from '../../dist/core/contract/rpc.js';
import { serveFakeEngine } from './fake-engine.mjs';

process.on('disconnect', () => process.exit(0));
serveFakeEngine({
  serve,
  engineApi,
  AppError,
  forkId: process.env.PLUMB_FAKE_FORK_ID ?? 'fakefakefake',
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
});

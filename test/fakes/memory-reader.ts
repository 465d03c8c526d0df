// Owns a reader process that is not a process: the fake reader behind a memory pipe, which dies when told.
import { AppError } from '../../core/contract/errors.js';
import type { Refused } from '../../core/contract/privacy.js';
import { readerApi } from '../../core/contract/reading.js';
import { serve } from '../../core/contract/rpc.js';
import type { EngineProcess } from '../../core/services/engine-link.js';
import { serveFakeReader } from './fake-reader.mjs';
import { memoryPipes } from './memory-pipe.js';

export type MemoryReader = EngineProcess & { die(reason: string): void; emitRefused(refused: Refused): void };

/** `onRead` hears the name of each file that is really read. */
export function startMemoryReader(onRead?: (name: string, ocr: boolean) => void): MemoryReader {
  const [ours, theirs] = memoryPipes();
  let die: (reason: string) => void = () => undefined;
  const exited = new Promise<string>((done) => {
    die = (reason) => {
      done(reason);
      theirs.close();
    };
  });
  const end = (reason: string): Promise<never> => new Promise<never>(() => die(reason));
  serveFakeReader({ serve, readerApi, AppError, pipe: theirs, die: () => end('signal SIGSEGV'), exit: (code) => end(`exit code ${code}`), ...(onRead && { onRead }) });
  const emitRefused = (refused: Refused): void => theirs.send({ kind: 'event', name: 'refused', body: refused });
  return { pipe: ours, exited, die, emitRefused, kill: () => die('signal SIGKILL') };
}

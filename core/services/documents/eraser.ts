// Owns erasing in the background: rows piece by piece, then the copies, so that nothing removed is left in any file.
import { toErrorBody } from '../../contract/errors.js';
import type { Store } from '../../store/store.js';
import type { Log } from '../log.js';
import { breathe } from './staging.js';

/** Rows in one transaction: taking a passage's trigrams out of their index for good takes from 9 to 160 ms of processor time (core/store/word-indexes.ts). */
const rowsAtOnce = 4;
/** What closing the app may wait for; the rest goes at the next start. */
const closingMs = 5000;

export interface Eraser {
  /** Resolves when everything marked so far is out of the database and its copies. When it fails, the erasing is owed and goes on with the next one or the next start. */
  run(): Promise<void>;
  /** The same, for nobody who waits. */
  begin(): void;
  /** Last chance before the store closes. */
  close(): void;
}

export function createEraser({ store, log, isBusy }: { store: Store; log: Log; isBusy(): boolean }): Eraser {
  let running: Promise<void> | null = null;
  let again = false;
  let closed = false;

  async function work(): Promise<void> {
    do {
      again = false;
      while (!closed && store.erasing.some(rowsAtOnce)) await breathe(isBusy);
      // Copies take as long as the database is big.
      while (!closed && isBusy()) await breathe(isBusy);
      if (closed || again || !store.erasing.isOwed()) continue;
      store.forgetErased();
      store.erasing.settled();
    } while (again && !closed);
  }

  return {
    run() {
      again = true;
      running ??= work().finally(() => {
        running = null;
      });
      return running;
    },
    begin() {
      void this.run().catch((thrown: unknown) => log.warn('erasing is not finished', toErrorBody(thrown)));
    },
    close() {
      closed = true;
      const startedMs = performance.now();
      const late = (): boolean => performance.now() - startedMs > closingMs;
      for (const id of store.passages.withStale()) while (!late() && store.passages.sweep(id, rowsAtOnce));
      if (!store.erasing.isOwed()) return;
      while (store.erasing.some(rowsAtOnce)) if (late()) return;
      store.forgetErased();
      store.erasing.settled();
    },
  };
}

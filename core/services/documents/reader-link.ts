// Owns the reader process as the services see it: started when a file is to be read, distrusted, killed when it hangs, and new for the next file.
import { AppError } from '../../contract/errors.js';
import { readerApi, readerBounds, readerExit, readerProtocol, type ReaderApi, type ReadPage, type ReadPassage, type ReadSource, type ReadSummary } from '../../contract/reading.js';
import { createClient, type Client, type EventBody, type Pipe } from '../../contract/rpc.js';
import { rejectAfter, type EngineProcess } from '../engine-link.js';
import type { Log } from '../log.js';
import { createReadCheck } from './read-check.js';

export interface ReaderDeps {
  startReader(): EngineProcess | Promise<EngineProcess>;
  log: Log;
  times: ReaderTimes;
  /** The reader's network lock refused something. */
  onRefused?: ((refused: EventBody<ReaderApi, 'refused'>) => void) | undefined;
}

export interface ReaderTimes {
  helloTimeoutMs: number;
  /** Nothing heard of a file for this long, while the reader is not held: it hangs. */
  silentMs: number;
  silentOcrMs: number;
  fileMs: number;
  /** How long a reader may be idle before it is ended: it holds memory. */
  idleMs: number;
}
export const usualReaderTimes: ReaderTimes = { helloTimeoutMs: 30_000, silentMs: readerBounds.silentMs, silentOcrMs: readerBounds.silentOcrMs, fileMs: readerBounds.fileMs, idleMs: 60_000 };

export interface ReadOrder {
  name: string;
  source: ReadSource;
  ocr: boolean;
}

/** Called in the order of the file; what arrives was checked. */
export interface ReadSink {
  pages(pages: ReadPage[], total: number | null): void;
  passages(passages: ReadPassage[]): void;
  progress(done: number, total: number): void;
}

export interface Reading {
  /**
   * Errors: those of `read` in the contract, and document_timeout, document_too_big, document_damaged when the process had to be ended over this file,
   * reader_down when no process could be had, `disconnected` after `stop`.
   */
  done: Promise<ReadSummary>;
  stop(): void;
  hold(held: boolean): void;
}

export interface Reader {
  /** One file at a time. */
  read(order: ReadOrder, sink: ReadSink): Reading;
  close(): void;
}

interface Link {
  client: Client<ReaderApi>;
  process: EngineProcess;
  /** Ends it because of what it did; the word becomes the error's detail. */
  breach(what: string): void;
  broken(): string | null;
}

/** Files after which a reader is replaced: what parsers leave behind does not add up. */
const filesPerProcess = 200;
const stopMs = 3000;
const checkEveryMs = 250;

export function createReader({ startReader, log, times, onRefused = () => undefined }: ReaderDeps): Reader {
  let link: Link | null = null;
  let files = 0;
  let nextReadId = 1;
  let closed = false;
  let idleTimer: NodeJS.Timeout | null = null;

  function discard(): void {
    link?.process.kill();
    link = null;
  }

  async function connect(): Promise<Link> {
    if (link && files < filesPerProcess) return link;
    discard();
    files = 0;
    try {
      const fresh = watch(await startReader());
      if (closed) {
        fresh.process.kill();
        throw new AppError('reader_down', 'Plumb is closing.');
      }
      link = fresh;
      fresh.client.on('refused', onRefused);
      void fresh.process.exited.then(() => void (link === fresh && (link = null)));
      const { protocol } = await Promise.race([
        fresh.client.call('hello', {}),
        fresh.process.exited.then((reason) => Promise.reject(new AppError('reader_down', 'The reader of documents ended when it was started.', reason))),
        rejectAfter(times.helloTimeoutMs, new AppError('reader_down', 'The reader of documents did not answer when it was started.')),
      ]);
      if (protocol !== readerProtocol) throw new AppError('reader_down', 'The reader of documents speaks another version of the protocol.', `expected ${readerProtocol}, found ${protocol}`);
      return fresh;
    } catch (thrown) {
      discard();
      if (thrown instanceof AppError && thrown.code === 'reader_down') throw thrown;
      throw new AppError('reader_down', 'The reader of documents could not be started.', thrown instanceof Error ? thrown.message : String(thrown), { cause: thrown });
    }
  }

  function read(order: ReadOrder, sink: ReadSink): Reading {
    let stopped = false;
    let held = false;
    let mine: Link | null = null;
    const readId = nextReadId++;

    async function run(): Promise<ReadSummary> {
      if (idleTimer) clearTimeout(idleTimer);
      const current = await connect();
      if (stopped) throw new AppError('disconnected', 'Reading was stopped.');
      mine = current;
      files++;
      if (held) current.client.call('hold', { held }).catch(() => undefined);
      const check = createReadCheck();
      let heardMs = performance.now();
      let openMs = 0;
      let timedOut = false;
      const guarded = <B extends { readId: number }>(verify: (body: B) => string | null, use: (body: B) => void) => (body: B): void => {
        // What is left of a reading that was stopped may still be on its way.
        if (body.readId !== readId) return;
        heardMs = performance.now();
        const wrong = verify(body);
        if (wrong) current.breach(wrong);
        else use(body);
      };
      const undo = [
        current.client.on('pages', guarded(check.pages, ({ pages, total }) => sink.pages(pages, total))),
        current.client.on('passages', guarded(check.passages, ({ passages }) => sink.passages(passages))),
        current.client.on('progress', guarded(check.progress, ({ done, total }) => sink.progress(done, total))),
      ];
      // Counted in slices of time in which it may work, so that a machine that slept, or a held reader, is not taken for a hanging one.
      let silentMs = 0;
      let lastMs = heardMs;
      const watchdog = setInterval(() => {
        const nowMs = performance.now();
        if (heardMs > lastMs) silentMs = 0;
        else if (!held) silentMs += Math.min(nowMs - lastMs, 4 * checkEveryMs);
        if (!held) openMs += Math.min(nowMs - lastMs, 4 * checkEveryMs);
        lastMs = nowMs;
        if (silentMs <= (order.ocr ? times.silentOcrMs : times.silentMs) && openMs <= times.fileMs) return;
        timedOut = true;
        current.process.kill();
      }, checkEveryMs).unref();
      try {
        const summary = await Promise.race([
          current.client.call('read', { readId, ...order }),
          current.process.exited.then((reason): never => {
            throw lostError(reason, timedOut, current.broken());
          }),
        ]);
        const wrong = check.summary(summary);
        if (wrong === null) return summary;
        current.breach(wrong);
        throw lostError('', false, wrong);
      } catch (thrown) {
        if (stopped) throw new AppError('disconnected', 'Reading was stopped.', undefined, { cause: thrown });
        // The pipe tells of the end before the process does, and knows no reason.
        if (thrown instanceof AppError && (thrown.code === 'disconnected' || thrown.code === 'engine_protocol')) {
          current.process.kill();
          throw lostError(await current.process.exited, timedOut, current.broken());
        }
        throw thrown;
      } finally {
        clearInterval(watchdog);
        for (const off of undo) off();
        if (closed) discard();
        else idleTimer = setTimeout(discard, times.idleMs).unref();
      }
    }

    return {
      done: run().catch((thrown: unknown) => {
        if (thrown instanceof AppError && thrown.code !== 'disconnected') log.info('document not read', { code: thrown.code, detail: thrown.detail });
        throw thrown;
      }),
      stop() {
        if (stopped) return;
        stopped = true;
        const current = mine;
        if (!current) return;
        current.client.call('hold', { held: false }).catch(() => undefined);
        current.client.call('stop', { readId }).catch(() => undefined);
        setTimeout(() => link === current && current.process.kill(), stopMs).unref();
      },
      hold(next) {
        if (next === held) return;
        held = next;
        mine?.client.call('hold', { held }).catch(() => undefined);
      },
    };
  }

  return {
    read,
    close() {
      closed = true;
      if (idleTimer) clearTimeout(idleTimer);
      discard();
    },
  };
}

/** Why a file took the process down. */
function lostError(reason: string, timedOut: boolean, broken: string | null): AppError {
  if (timedOut) return new AppError('document_timeout', 'Reading this document took too long and was stopped.');
  if (broken !== null) return new AppError('document_damaged', 'Reading this document gave something that makes no sense.', broken);
  if (reason.endsWith(` ${readerExit.memory}`)) return new AppError('document_too_big', 'Reading this document took too much memory and was stopped.');
  return new AppError('document_damaged', 'The reader of documents stopped over this document.', reason);
}

function watch(process: EngineProcess): Link {
  let broken: string | null = null;
  const breach = (what: string): void => {
    broken ??= what;
    process.kill();
  };
  const pipe: Pipe = {
    ...process.pipe,
    close() {
      process.pipe.close();
      breach('unreadable message');
    },
  };
  return { client: createClient(pipe, readerApi, { distrust: true }), process, breach, broken: () => broken };
}

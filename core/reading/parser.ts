// Owns the thread in which files are parsed: starts it when needed, hands it one file, and ends it when it does not come back.
import { Worker } from 'node:worker_threads';
import { AppError, fromErrorBody, type ErrorBody } from '../contract/errors.js';
import type { EventName, Params, Result } from '../contract/rpc.js';
import type { ReaderApi } from '../contract/reading.js';
import { Ledger } from './ledger.js';

export type ReadParams = Params<ReaderApi, 'read'>;
export type ReadResult = Result<ReaderApi, 'read'>;

export type FromThread =
  | { kind: 'event'; name: EventName<ReaderApi>; body: unknown }
  | { kind: 'result'; value: ReadResult }
  | { kind: 'error'; error: ErrorBody };

/** JavaScript memory of the thread. Beyond it the thread ends, and the process can go on. */
const heapMegabytes = 1024;
/** How long a read may take to notice that it is to stop. */
const stopMs = 2000;

const stopped = (): AppError => new AppError('document_timeout', 'Reading was stopped.', 'stopped');

export class Parser {
  readonly #ledger = new Ledger();
  #worker: Worker | null = null;
  #active: { readId: number; reject: (error: AppError) => void } | null = null;
  /** Asked to stop before their turn came. */
  readonly #unwanted = new Set<number>();

  /** Errors: those of `read` in the contract; a thread that ended is document_too_big or document_damaged. */
  async read(params: ReadParams, emit: (name: EventName<ReaderApi>, body: unknown) => Promise<void>): Promise<ReadResult> {
    if (this.#unwanted.delete(params.readId)) throw stopped();
    const worker = (this.#worker ??= this.#start());
    this.#ledger.stop(0);
    this.#ledger.reset();
    try {
      return await new Promise<ReadResult>((resolve, reject) => {
        this.#active = { readId: params.readId, reject };
        worker.removeAllListeners('message');
        worker.on('message', (message: FromThread) => {
          if (message.kind === 'result') return resolve(message.value);
          if (message.kind === 'error') return reject(fromErrorBody(message.error));
          void emit(message.name, message.body).then(() => this.#ledger.taken());
        });
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
        worker.postMessage(params);
      });
    } finally {
      this.#active = null;
    }
  }

  stop(readId: number): void {
    if (this.#active?.readId !== readId) {
      this.#unwanted.add(readId);
      return;
    }
    this.#ledger.stop(readId);
    setTimeout(() => {
      if (this.#active?.readId === readId) this.#end(stopped());
    }, stopMs).unref();
  }

  #end(error: AppError): void {
    const worker = this.#worker;
    this.#worker = null;
    this.#active?.reject(error);
    void worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(new URL('./thread.js', import.meta.url), {
      workerData: this.#ledger.buffer,
      resourceLimits: { maxOldGenerationSizeMb: heapMegabytes },
      // The parsers have no say in what the host prints.
      stdout: true,
      stderr: true,
    });
    worker.stdout.resume();
    worker.stderr.resume();
    worker.on('error', (thrown: Error & { code?: string }) => {
      if (this.#worker !== worker) return;
      this.#end(
        thrown.code === 'ERR_WORKER_OUT_OF_MEMORY'
          ? new AppError('document_too_big', 'This file takes too much memory to read.', 'parser out of memory')
          : new AppError('document_damaged', 'This file could not be read.', thrown.message),
      );
    });
    worker.on('exit', () => {
      if (this.#worker === worker) this.#end(new AppError('document_damaged', 'This file could not be read.', 'the parser ended'));
    });
    return worker;
  }
}

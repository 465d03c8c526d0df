// Owns the types of the fake reader.
import type { AppError } from '../../core/contract/errors.js';
import type { ReaderApi } from '../../core/contract/reading.js';
import type { Pipe, serve } from '../../core/contract/rpc.js';

export declare const readerMemoryExit: number;
export declare function serveFakeReader(host: {
  serve: typeof serve;
  readerApi: ReaderApi;
  AppError: typeof AppError;
  pipe: Pipe;
  die: () => never | Promise<never>;
  exit: (code: number) => never | Promise<never>;
  onRead?: (name: string, ocr: boolean) => void;
}): void;

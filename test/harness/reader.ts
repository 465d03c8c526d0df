// Starts the real reader process and reads files with it, for tests.
import { fork } from 'node:child_process';
import path from 'node:path';
import { createClient, type Client, type ParamsIn, type Pipe, type Result } from '../../core/contract/rpc.js';
import { readerApi, type ReaderApi, type ReadPage, type ReadPassage } from '../../core/contract/reading.js';

export interface Reader {
  client: Client<ReaderApi>;
  pid: number;
  /** "code 86", "signal SIGKILL". */
  exited: Promise<string>;
  read(params: Partial<ParamsIn<ReaderApi, 'read'>> & { name: string; bytes?: Uint8Array }): Promise<Read>;
  kill(): void;
}
export interface Read {
  summary: Result<ReaderApi, 'read'>;
  pages: ReadPage[];
  passages: ReadPassage[];
}

let lastId = 0;

export function startReader(options: { env?: Record<string, string>; execArgv?: string[] } = {}): Reader {
  const root = path.resolve(import.meta.dirname, '../..');
  const child = fork(path.join(root, 'dist/core/reading/main.js'), [], { serialization: 'advanced', stdio: ['ignore', 'pipe', 'pipe', 'ipc'], env: { ...process.env, ...options.env }, execArgv: options.execArgv ?? [] });
  child.stdout?.resume();
  child.stderr?.resume();
  const pipe: Pipe = {
    send: (message) => void child.send(message as object, undefined, undefined, () => undefined),
    onMessage: (listener) => {
      child.on('message', listener);
      return () => void child.off('message', listener);
    },
    onClose: (listener) => {
      child.on('exit', () => listener('exited'));
      return () => undefined;
    },
    close: () => child.connected && child.disconnect(),
  };
  const client = createClient(pipe, readerApi, { distrust: true });
  return {
    client,
    pid: child.pid ?? 0,
    exited: new Promise((resolve) => child.on('exit', (code, signal) => resolve(signal ? `signal ${signal}` : `code ${code}`))),
    kill: () => void child.kill('SIGKILL'),
    async read({ bytes, ...params }) {
      const readId = params.readId ?? ++lastId;
      const pages: ReadPage[] = [];
      const passages: ReadPassage[] = [];
      const undo = [
        client.on('pages', (body) => body.readId === readId && pages.push(...body.pages)),
        client.on('passages', (body) => body.readId === readId && passages.push(...body.passages)),
      ];
      try {
        const summary = await client.call('read', { source: { kind: 'bytes', bytes: new Uint8Array(bytes ?? []) }, ...params, readId });
        return { summary, pages, passages };
      } finally {
        for (const off of undo) off();
      }
    },
  };
}

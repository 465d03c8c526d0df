// Owns the browser host as a function: takes the data folder, listens on the loopback address, serves the app until closed.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { AppError } from '../core/contract/errors.js';
import { createApp } from '../core/services/vaulted-app.js';
import { engineStart, readerStart } from '../core/services/host/engine-start.js';
import { pageFiles } from '../core/services/host/page-files.js';
import type { Log } from '../core/services/log.js';
import { takeInstanceLock, type InstanceInfo } from '../core/store/instance-lock.js';
import { createAccess } from './access.js';
import { startChild } from './child.js';
import { answerPage } from './pages.js';
import { acceptSockets } from './socket.js';

export interface ServeOptions {
  dataDir: string;
  /** 0 takes a free one. */
  port: number;
  log: Log;
  onFirstHello?: () => void;
  env?: NodeJS.ProcessEnv;
  /** The folder with `dist/`, `native/`, `resources/`: the project's own unless a test says otherwise. */
  root?: string;
}

export interface Serving {
  /** The address with the token: whoever has it is in. */
  url: string;
  port: number;
  isLocked(): boolean;
  /** Errors: wrong_passphrase, too_many_attempts, and those of opening the store. */
  unlock(passphrase: string): Promise<void>;
  close(): Promise<void>;
}

/** Thrown as already_running when another process serves the same data folder; `running` says where. */
export class AlreadyRunning extends AppError {
  readonly running: InstanceInfo | null;
  constructor(running: InstanceInfo | null) {
    super('already_running', 'Plumb is already running with this data folder.', running ? `process ${running.pid}` : undefined);
    this.running = running;
  }
}

/** This file is dist/server/serve.js. */
const projectRoot = resolve(import.meta.dirname, '..', '..');
const loopback = '127.0.0.1';

/** Errors: already_running, port_taken, and those of opening the store. */
export async function startServing({ dataDir, port: askedPort, log, onFirstHello, env = process.env, root = projectRoot }: ServeOptions): Promise<Serving> {
  const lock = takeInstanceLock(dataDir);
  if ('heldBy' in lock) throw new AlreadyRunning(lock.heldBy);
  const undo: (() => unknown)[] = [() => lock.release()];
  const close = async (): Promise<void> => {
    for (let step = undo.pop(); step; step = undo.pop()) await step();
  };
  try {
    const server = createServer();
    const port = await listen(server, askedPort);
    undo.push(() => stop(server));
    const engine = engineStart(root, env);
    const app = createApp({
      version: (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version,
      host: 'browser',
      dataDir,
      resourcesDir: env.PLUMB_RESOURCES ?? join(root, 'resources'),
      startEngine: () => startChild(engine, log),
      startReader: () => startChild(readerStart(root, env), log),
      expectedForkId: engine.expectedForkId,
      log,
      ...(onFirstHello && { onFirstHello }),
    });
    undo.push(() => app.close());
    const access = createAccess(dataDir)(port);
    const files = pageFiles(join(root, 'dist', 'renderer'), "'self'");
    server.on('request', (request, response) => answerPage(request, response, access, files));
    undo.push(acceptSockets(server, access, (pipe) => app.connect(pipe)));
    const url = `http://${loopback}:${port}/?token=${access.token}`;
    lock.publish({ pid: process.pid, url });
    const unlock = async (passphrase: string): Promise<void> => void (await app.handlers['vault.unlock']({ passphrase }));
    return { url, port, isLocked: () => app.isLocked(), unlock, close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((done, fail) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE' || error.code === 'EACCES';
      fail(taken ? new AppError('port_taken', `Port ${port} is used by another program. Leave out --port to let Plumb choose a free one.`, error.code, { cause: error }) : error);
    });
    // The number of the loopback address, never a name: a name could resolve to another interface.
    server.listen({ host: loopback, port }, () => done((server.address() as AddressInfo).port));
  });
}

function stop(server: Server): Promise<void> {
  return new Promise((done) => {
    server.close(() => done());
    server.closeAllConnections();
  });
}

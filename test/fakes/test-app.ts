// Owns a whole app in one process: the real services and store on a temporary folder, the fake engine behind a memory pipe.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { api, type PlumbApi } from '../../core/contract/api.js';
import { engineApi, type ChatMessage } from '../../core/contract/engine.js';
import { AppError } from '../../core/contract/errors.js';
import type { Refused } from '../../core/contract/privacy.js';
import { createClient, serve, type Client, type EventBody, type EventName } from '../../core/contract/rpc.js';
import { createApp, type App, type AppDeps } from '../../core/services/vaulted-app.js';
import type { EngineProcess } from '../../core/services/engine-link.js';
import { createLog } from '../../core/services/log.js';
import { serveFakeEngine } from './fake-engine.mjs';
import { memoryPipes } from './memory-pipe.js';
import { startMemoryReader, type MemoryReader } from './memory-reader.js';
import { writeTinyGguf } from './tiny-gguf.js';

/** An engine process that is not a process: it dies when told, with a reason. */
export function startMemoryEngine(forkId: string | null = 'fakefakefake', gpu: string | null = null, onPrompt?: (messages: ChatMessage[]) => void, onEncode?: (text: string) => boolean): EngineProcess & { die(reason: string): void; emitRefused(refused: Refused): void } {
  const [ours, theirs] = memoryPipes();
  let die: (reason: string) => void = () => undefined;
  const exited = new Promise<string>((done) => {
    die = (reason) => {
      done(reason);
      theirs.close();
    };
  });
  serveFakeEngine({ serve, engineApi, AppError, pipe: theirs, forkId, gpu, onPrompt, onEncode, heartbeatMs: 20, die: () => new Promise<never>(() => die('signal SIGSEGV')) });
  const emitRefused = (refused: Refused): void => theirs.send({ kind: 'event', name: 'refused', body: refused });
  return { pipe: ours, exited, die, emitRefused, kill: () => die('signal SIGKILL') };
}

export interface TestApp {
  app: App;
  client: Client<PlumbApi>;
  dataDir: string;
  resourcesDir: string;
  /** Lines of the log. */
  log: string[];
  /** Engines started so far. */
  engines: ReturnType<typeof startMemoryEngine>[];
  /** Reader processes started so far, and the names of the files they read. */
  readers: MemoryReader[];
  read: string[];
  connect(): Client<PlumbApi>;
  /** The next event that fits. Subscribe before causing it. */
  next<K extends EventName<PlumbApi>>(name: K, fits?: (body: EventBody<PlumbApi, K>) => boolean): Promise<EventBody<PlumbApi, K>>;
  /** Says hello and waits until the engine reached a state. */
  until(kind: EventBody<PlumbApi, 'engine.state'>['kind']): Promise<EventBody<PlumbApi, 'engine.state'>>;
  /** Makes a conversation, sends, and waits for the end. */
  ask(text: string, conversationId?: number): Promise<{ conversationId: number; ended: EventBody<PlumbApi, 'run.ended'> }>;
  dispose(): void;
}

/** `onPrompt` sees the messages of every run that the engine is given. */
export function startTestApp(options: Partial<AppDeps> & { dataDir?: string; modelName?: string; onPrompt?: (messages: ChatMessage[]) => void; onEncode?: (text: string) => boolean } = {}): TestApp {
  const { dataDir = mkdtempSync(join(tmpdir(), 'plumb-unit-')), modelName = 'tiny', onPrompt, onEncode, ...deps } = options;
  const resourcesDir = join(dataDir, 'resources');
  mkdirSync(resourcesDir, { recursive: true });
  writeTinyGguf(join(resourcesDir, `${modelName}.gguf`));
  const log: string[] = [];
  const engines: ReturnType<typeof startMemoryEngine>[] = [];
  const readers: MemoryReader[] = [];
  const read: string[] = [];
  const app = createApp({
    version: '0.0.0', host: 'browser', dataDir, resourcesDir, expectedForkId: 'fakefakefake',
    log: createLog((line) => log.push(line), 'debug'),
    startEngine() {
      const engine = startMemoryEngine('fakefakefake', null, onPrompt, onEncode);
      engines.push(engine);
      return engine;
    },
    startReader() {
      const reader = startMemoryReader((name) => read.push(name));
      readers.push(reader);
      return reader;
    },
    ...deps,
    times: {
      engineDelayMs: 0, flushMs: 20, stopTimeoutMs: 100, helloTimeoutMs: 200, argonMs: 0, idleCheckMs: 20, ...deps.times,
      documents: { startDelayMs: 0, settleMs: 20, announceMs: 5, retryMs: 50, embeddingRetryMs: 20, ...deps.times?.documents },
    },
  });
  const connect = (): Client<PlumbApi> => {
    const [ours, theirs] = memoryPipes();
    app.connect(theirs);
    return createClient(ours, api);
  };
  const client = connect();
  const next: TestApp['next'] = (name, fits = () => true) =>
    new Promise((done) => {
      const undo = client.on(name, (body) => {
        if (!fits(body)) return;
        undo();
        done(body);
      });
    });
  const until: TestApp['until'] = async (kind) => {
    const reached = next('engine.state', (state) => state.kind === kind);
    const { engine } = await client.call('app.hello', {});
    return engine.kind === kind ? engine : reached;
  };
  return {
    app, client, dataDir, resourcesDir, log, engines, readers, read, connect, next, until,
    async ask(text, given) {
      const conversationId = given ?? (await client.call('conversations.create', {})).conversation.id;
      const ended = next('run.ended');
      await client.call('messages.send', { conversationId, text, recurrence: { steps: 8 } });
      return { conversationId, ended: await ended };
    },
    dispose() {
      app.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

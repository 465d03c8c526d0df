// Owns the composition of the open app: the only place where services meet. What answers while it is locked is in vaulted-app.ts.
import type { PlumbApi } from '../contract/api.js';
import { AppError, toErrorBody, type ErrorBody } from '../contract/errors.js';
import type { Handlers } from '../contract/rpc.js';
import type { VaultState } from '../contract/vault.js';
import { alignCitations } from '../retrieval/citations.js';
import type { Retriever } from '../retrieval/retrieval.js';
import { createRetriever } from '../retrieval/retriever.js';
import type { DataKey } from '../store/cipher.js';
import { openMemoryStore, openStore, type Store } from '../store/store.js';
import { withTemporary } from '../store/temporary.js';
import { forTemplate } from './chat-history.js';
import { createConversations } from './conversations.js';
import { createDocuments, type DocumentDeps } from './documents/documents.js';
import { createEncoders } from './documents/encoders.js';
import type { CountTokens } from './documents/grounded-budget.js';
import { createGroundings, type Align } from './documents/grounding.js';
import { createWhole } from './documents/whole.js';
import { createEngineClient } from './engine-client.js';
import type { EngineProcess } from './engine-link.js';
import type { Emit, HandlersOf } from './events.js';
import type { Log } from './log.js';
import { createMessages } from './messages.js';
import { createModels } from './models.js';
import type { NetworkLock } from '../network/lock.js';
import type { Privacy } from './privacy.js';
import { createRunRecorder } from './run-recorder.js';
import { createRuns } from './runs.js';
import { createSettings } from './settings.js';
import { createTransfer, type SaveFile } from './transfer/transfer.js';
import type { KeyStore } from './vault/slots.js';

export interface AppDeps {
  version: string;
  host: 'electron' | 'browser';
  /** Holds the database. Made if absent, for its owner only. */
  dataDir: string;
  /** Holds the built-in models. */
  resourcesDir: string;
  startEngine(): EngineProcess | Promise<EngineProcess>;
  /** Starts a process that reads documents; called again when one ended. */
  startReader(): EngineProcess | Promise<EngineProcess>;
  /** Fork id the app was built with; an engine with another is refused. null: no fork was built. */
  expectedForkId: string | null;
  log: Log;
  /** The network lock of this process. */
  network?: NetworkLock;
  pickFile?: () => Promise<string | null>;
  pickDocuments?: (kind: 'files' | 'folder') => Promise<string[]>;
  /** The host's dialog for saving. Absent where the page can save by itself. */
  saveFile?: SaveFile;
  /** The operating system's, where the host can reach it; without one a key file opens the vault until a passphrase is set. */
  keyStore?: KeyStore;
  /** Called when the first window has what it needs to draw. */
  onFirstHello?: () => void;
  now?: () => number;
  /** Finds passages, and aligns answers to them; tests bring their own. */
  retriever?: Retriever;
  align?: Align;
  /** For tests and slow machines. */
  times?: Partial<typeof usualTimes> & { documents?: DocumentDeps['times'] };
}

export const usualTimes = {
  flushMs: 250,
  helloTimeoutMs: 30_000,
  stopTimeoutMs: 10_000,
  /** An engine that says nothing for so long hangs, */
  silenceMs: 60_000,
  /** and one that gets nowhere for so long, and a time that grows with the cost of a token. */
  stallMs: 60_000,
  /** The engine starts after the first window had time to paint: both want the processor. */
  engineDelayMs: 150,
  tidyEveryMs: 60_000,
  /** Without a window for so long, temporary chats are gone. */
  graceMs: 10_000,
  /** Processor time that one try of a passphrase costs. */
  argonMs: 500,
  /** A process that reads documents without work for so long is ended. */
  encoderIdleMs: 600_000,
  /** How often idleness is looked at. */
  idleCheckMs: 5_000,
};

export interface OpenAppDeps extends AppDeps {
  now(): number;
  times: typeof usualTimes & { documents?: DocumentDeps['times'] };
  /** Tells every window. */
  emit: Emit;
  /** What the store and everything else on disk is encrypted with. Read it when it is needed; never keep a copy. */
  dataKey(): DataKey;
  vaultState(): VaultState;
  notices: readonly ErrorBody[];
  privacy: Privacy;
}

/** Everything but the vault's own operations, which answer while locked too, and what puts another database in the place of this one. */
export type OpenHandlers = Omit<Handlers<PlumbApi>, keyof HandlersOf<'vault'> | 'privacy.report' | 'transfer.restore' | 'app.eraseEverything'>;

export interface OpenApp {
  handlers: OpenHandlers;
  store: Store;
  /** Resolves when nothing more waits to be read, or nothing more can be. */
  idle(): Promise<void>;
  /** Nobody looks at a temporary chat any more. */
  forgetTemporary(): void;
  /** A checked database that may take the place of this one. Errors: engine_busy, backup_invalid, wrong_passphrase. */
  prepareRestore(transferId: number, passphrase: string): Promise<string>;
  /** Ends the run with what it has, the engine, and the store. */
  close(): void;
}

/** Errors: those of opening the store (vault_damaged, database_from_future, database_locked, disk_full, file_unwritable). */
export function openApp(deps: OpenAppDeps): OpenApp {
  const { log, now, times, onFirstHello, emit } = deps;
  const { store, temporary } = withTemporary(openStore(deps.dataDir, deps.dataKey()), openMemoryStore());
  const interrupted = store.runs.interruptAll(now());
  if (interrupted > 0) log.info('runs closed off after an unclean end', { interrupted });

  /** Remembered, so that the next start does not fail the same way. */
  function gpuFailed({ detail }: AppError): void {
    store.settings.write({ gpu: 'off' });
    emit('settings.changed', store.settings.read());
    emit('app.notice', { code: 'gpu_failed', message: 'The graphics card failed with this model. Plumb goes on without it.', ...(detail !== undefined && { detail }) });
  }
  const engine = createEngineClient({ ...deps, now, onRefused: deps.privacy.note, helloTimeoutMs: times.helloTimeoutMs, silenceMs: times.silenceMs, stallMs: times.stallMs, onState: (state) => emit('engine.state', state), onGpuFailed: gpuFailed });
  const encoders = createEncoders({
    ...deps, store, emit, log, isBusy: () => runs.isBusy(), onRefused: deps.privacy.note,
    times: { helloTimeoutMs: times.helloTimeoutMs, silenceMs: times.silenceMs, stallMs: times.stallMs, idleMs: times.encoderIdleMs },
  });
  const { retriever = createRetriever(store.passageSearch, encoders.retrieval), align = alignCitations } = deps;
  const countTokens: CountTokens = (messages) => engine.countTokens(forTemplate(messages));
  const groundings = createGroundings({ store, retriever, align, emit, log, countTokens });
  const whole = createWhole({ store, countTokens, now, onProgress: groundings.progress });
  const recorder = createRunRecorder({ store, emit, log, now, flushMs: times.flushMs, onEnded: (place) => void groundings.cite(place) });
  const runs = createRuns({ store, engine, recorder, emit, log, stopTimeoutMs: times.stopTimeoutMs });
  const models = createModels({ store, engine, runs, encoders, emit, log, now, resourcesDir: deps.resourcesDir, pickFile: deps.pickFile });
  const messages = createMessages({ store, engine, models, runs, groundings, whole, emit, now });
  const conversations = createConversations({ store, temporary, recorder, runs, emit, now });
  const settings = createSettings({ store, emit });
  const documents = createDocuments({
    ...deps, store, runs, encoders, emit, log, now, retriever, onRefused: deps.privacy.note,
    forecast: ({ collectionId, recurrence }) => whole.forecast(collectionId, engine.ready().loaded, recurrence.steps),
    times: times.documents ?? {},
  });
  const transfer = createTransfer({ store, emit, now, version: deps.version, saveFile: deps.saveFile, dataDir: deps.dataDir, dataKey: deps.dataKey, argonMs: times.argonMs, groundingOf: (id) => store.messages.find(id)?.grounding });

  let greeted = false;
  const own: Omit<HandlersOf<'app'>, 'app.eraseEverything'> & HandlersOf<'engine'> = {
    'app.hello': () => {
      if (!greeted) {
        greeted = true;
        onFirstHello?.();
        engineTimer = setTimeout(() => void models.openRemembered().catch((error: unknown) => log.warn('no model opened', toErrorBody(error))), times.engineDelayMs);
      }
      const abilities = { pickFile: deps.pickFile !== undefined, revealFile: false, saveFile: deps.saveFile !== undefined };
      return { version: deps.version, host: deps.host, abilities, engine: engine.state(), settings: store.settings.read(), vault: deps.vaultState(), notices: [...store.notices, ...deps.notices] };
    },
    'engine.restart': () => {
      void engine.restart();
      return {};
    },
  };
  const handlers: OpenHandlers = {
    ...own,
    ...models.handlers,
    ...conversations.handlers,
    ...messages.handlers,
    ...runs.handlers,
    ...settings.handlers,
    ...documents.handlers,
    ...transfer.handlers,
  };

  void models.openEncoders();
  let engineTimer: NodeJS.Timeout | null = null;
  conversations.purge(true);
  const tidyTimer = setInterval(() => {
    try {
      conversations.purge();
      // A copy takes as long as the file is big; not while somebody watches tokens appear.
      if (!runs.isBusy()) store.backUpIfDue(now());
    } catch (thrown) {
      // Nothing is lost: both are tried again a minute later.
      log.warn('tidying failed', toErrorBody(thrown));
    }
  }, times.tidyEveryMs).unref();
  let closed = false;

  return {
    handlers,
    store,
    idle: () => documents.idle(),
    forgetTemporary: conversations.forgetTemporary,
    async prepareRestore(transferId, passphrase) {
      if (runs.isBusy()) throw new AppError('engine_busy', 'An answer is being made. Stop it first.');
      return transfer.prepareRestore(transferId, passphrase);
    },
    close() {
      if (closed) return;
      closed = true;
      clearInterval(tidyTimer);
      if (engineTimer) clearTimeout(engineTimer);
      runs.close();
      engine.close();
      recorder.close();
      documents.close();
      encoders.close();
      conversations.purge(true);
      store.close();
    },
  };
}

// Owns the app as hosts see it: locked, where only `app.hello` and `vault.*` answer, or open, with everything of app.ts behind it.
import { api, type PlumbApi } from '../contract/api.js';
import { AppError, toErrorBody } from '../contract/errors.js';
import { serve, type Handlers, type Pipe } from '../contract/rpc.js';
import { defaultSettings } from '../contract/settings.js';
import { defaultAutoLockMinutes, type VaultState } from '../contract/vault.js';
import { replaceDatabase } from '../store/restore.js';
import { openApp, usualTimes, type AppDeps, type OpenApp, type OpenHandlers } from './app.js';
import { createBroadcast, type HandlersOf } from './events.js';
import { eraseEverything } from './erase.js';
import { createPrivacy, type Privacy } from './privacy.js';
import { createIdleLock } from './vault/idle-lock.js';
import { createVault, type Vault } from './vault/vault.js';

export type { AppDeps } from './app.js';

export interface App {
  handlers: Handlers<PlumbApi>;
  /** Serves one window until its pipe closes. */
  connect(pipe: Pipe): void;
  /** For the window's session, which has a network lock of its own. */
  noteRefused: Privacy['note'];
  isLocked(): boolean;
  /** Resolves when nothing more waits to be read, or nothing more can be. */
  idle(): Promise<void>;
  /** For the host, when the machine sleeps or its screen is locked. Does nothing where opening again would ask nothing. */
  lock(why: string): void;
  /** Ends the run with what it has, the engine, and the store. */
  close(): void;
}

/** Errors: vault_damaged, and those of opening the store (database_from_future, database_locked, disk_full, file_unwritable). */
export function createApp(deps: AppDeps): App {
  const { log, now = Date.now } = deps;
  const times = { ...usualTimes, ...deps.times };
  const { emit, subscribe } = createBroadcast();
  // Outlives locking: what was refused meanwhile is counted too.
  const privacy = createPrivacy({ ...deps, emit });
  const newVault = (): Vault => createVault({ dataDir: deps.dataDir, keyStore: deps.keyStore, now, argonMs: times.argonMs });
  let vault = newVault();
  let open: OpenApp | null = null;
  let closeOpen = (): void => undefined;
  let greeted = false;
  let windows = 0;

  const autoLockMinutes = (): number | null => open && (open.store.settings.read().autoLockMinutes ?? defaultAutoLockMinutes(vault.state().protection));
  const state = (): VaultState => ({ ...vault.state(), autoLockMinutes: autoLockMinutes() });
  const tell = (): void => emit('vault.state', state());
  const onFirstHello = (): void => {
    if (greeted) return;
    greeted = true;
    setImmediate(() => deps.onFirstHello?.());
  };

  /** After the key is there. Where the store does not open, the key is dropped again. */
  function openUp(): void {
    if (open) return;
    let heard = true;
    try {
      const mine = openApp({ ...deps, now, times, onFirstHello, emit: (name, body) => heard && emit(name, body), dataKey: () => vault.dataKey(), vaultState: state, notices: vault.notices, privacy });
      open = mine;
      closeOpen = () => {
        // From here on nothing of it reaches a window any more.
        heard = false;
        open = null;
        mine.close();
      };
    } catch (thrown) {
      vault.lock();
      throw thrown;
    }
    idle.touch();
    tell();
  }

  function lockUp(why: string): void {
    if (!open) return;
    log.info('locked', { why });
    try {
      closeOpen();
    } catch (thrown) {
      log.warn('closing while locking failed', toErrorBody(thrown));
    } finally {
      vault.lock();
      tell();
    }
  }

  const lockIfProtected = (why: string): void => void (vault.state().protection === 'passphrase' && lockUp(why));
  const idle = createIdleLock({ minutes: () => autoLockMinutes() ?? 0, lock: () => lockIfProtected('idle'), now, everyMs: times.idleCheckMs });

  /** Closes what is open, changes the files, and opens again. The windows begin anew. */
  function putInPlace(prepared: string): void {
    closeOpen();
    const back = replaceDatabase(deps.dataDir, prepared, now());
    try {
      openUp();
    } catch (thrown) {
      back();
      vault.openByItself();
      if (vault.isOpen()) openUp();
      throw thrown;
    }
    emit('app.reset', { why: 'restored' });
  }

  function eraseAll(): void {
    log.info('erasing everything');
    closeOpen();
    vault.lock();
    eraseEverything(deps.dataDir);
    vault = newVault();
    vault.openByItself();
    openUp();
    emit('app.reset', { why: 'erased' });
  }

  const own: HandlersOf<'app'> & HandlersOf<'vault'> & HandlersOf<'privacy'> & Pick<HandlersOf<'transfer'>, 'transfer.restore'> = {
    // Also while locked: whether something reached out is worth knowing before one types a passphrase.
    'privacy.report': () => (open ? privacy.report() : privacy.lockedReport()),
    'transfer.restore': async ({ transferId, passphrase }) => {
      const mine = open;
      if (!mine) throw locked();
      const prepared = await mine.prepareRestore(transferId, passphrase);
      if (open !== mine) throw locked();
      putInPlace(prepared);
      return {};
    },
    'app.eraseEverything': () => {
      eraseAll();
      return {};
    },
    'app.hello': (params) => {
      if (open) return open.handlers['app.hello'](params);
      onFirstHello();
      const abilities = { pickFile: deps.pickFile !== undefined, revealFile: false, saveFile: deps.saveFile !== undefined };
      return { version: deps.version, host: deps.host, abilities, engine: { kind: 'idle' }, settings: defaultSettings, vault: state(), notices: [] };
    },
    'vault.state': state,
    'vault.unlock': async ({ passphrase }) => {
      const mine = vault;
      // Told to every window also when it was wrong: the wait has changed.
      await mine.unlock(passphrase).catch((thrown: unknown) => {
        tell();
        throw thrown;
      });
      // Everything was erased meanwhile: this key opens nothing any more.
      if (vault !== mine) mine.lock();
      openUp();
      return {};
    },
    'vault.unlockWithRecovery': ({ code }) => {
      vault.unlockWithRecovery(code);
      openUp();
      return {};
    },
    'vault.retry': () => {
      vault.openByItself();
      if (vault.isOpen()) openUp();
      return {};
    },
    'vault.lock': () => {
      if (vault.state().protection !== 'passphrase') throw new AppError('vault_unprotected', 'Locking needs a passphrase: without one, Plumb opens by itself.');
      lockUp('asked for');
      return {};
    },
    'vault.setPassphrase': async ({ current, next }) => {
      await vault.setPassphrase(current, next).finally(tell);
      return {};
    },
    'vault.removePassphrase': async ({ current }) => {
      await vault.removePassphrase(current).finally(tell);
      return {};
    },
    'vault.newRecoveryCode': () => {
      const code = vault.newRecoveryCode();
      tell();
      return { code };
    },
    'vault.setAutoLock': ({ minutes }) => {
      if (!open) throw locked();
      open.store.settings.write({ autoLockMinutes: minutes });
      emit('settings.changed', open.store.settings.read());
      tell();
      return {};
    },
    'vault.touch': () => {
      idle.touch();
      return {};
    },
  };

  /** An answer that was under way when it was locked must not arrive after. */
  const guarded = (op: keyof OpenHandlers) => async (params: never): Promise<unknown> => {
    const mine = open;
    if (!mine) throw locked();
    // What a person does; windows read lists by themselves.
    if (op.startsWith('messages.')) idle.touch();
    try {
      const result: unknown = await mine.handlers[op](params);
      if (open === mine) return result;
    } catch (thrown) {
      if (open === mine) throw thrown;
    }
    throw locked();
  };
  const rest = Object.fromEntries((Object.keys(api.operations) as (keyof OpenHandlers)[]).map((op) => [op, guarded(op)]));
  const handlers = { ...rest, ...own } as unknown as Handlers<PlumbApi>;

  try {
    vault.openByItself();
  } catch (thrown) {
    // The lock screen says it, and offers to try again.
    log.warn('the vault did not open by itself', toErrorBody(thrown));
  }
  if (vault.isOpen()) openUp();

  return {
    handlers,
    connect(pipe) {
      const { emit: send } = serve(pipe, api, handlers);
      const unsubscribe = subscribe(send);
      windows += 1;
      pipe.onClose(() => {
        unsubscribe();
        windows -= 1;
        // A page that is only loaded again comes back at once; otherwise nobody looks at a temporary chat any more.
        setTimeout(() => windows > 0 || open?.forgetTemporary(), times.graceMs).unref();
      });
    },
    noteRefused: privacy.note,
    isLocked: () => open === null,
    idle: () => open?.idle() ?? Promise.resolve(),
    lock: lockIfProtected,
    close() {
      idle.close();
      closeOpen();
      vault.lock();
    },
  };
}

const locked = (): AppError => new AppError('locked', 'Plumb is locked.');

// Owns the Electron host as a program: one instance, one window, the app behind it, an orderly end.
import { app, dialog, ipcMain, powerMonitor, protocol, safeStorage, type BrowserWindow } from 'electron';
import { join } from 'node:path';
import { toErrorBody } from '../core/contract/errors.js';
import { createApp, type App } from '../core/services/vaulted-app.js';
import { dataDirOf } from '../core/services/host/data-dir.js';
import { engineStart, readerStart } from '../core/services/host/engine-start.js';
import { pageFiles } from '../core/services/host/page-files.js';
import { writeWhole } from '../core/services/host/whole-file.js';
import { createLog, isLogLevel } from '../core/services/log.js';
import { takeInstanceLock } from '../core/store/instance-lock.js';
import { startChild } from './child.js';
import { keyStoreOf } from './key-store.js';
import { openPageDoor } from './pipe.js';
import { isOurSender, scheme } from './trust.js';
import { openWindow, prepareSession, setMenu } from './window.js';

const root = app.getAppPath();
const dataDir = dataDirOf(app.commandLine.getSwitchValue('data-dir') || undefined);
const level = process.env.PLUMB_LOG;
const log = createLog((line) => process.stderr.write(line), isLogLevel(level) ? level : 'warn');

// Chromium's own folder, next to the database. The page's session is in memory; little is left to put here.
app.setPath('userData', join(dataDir, 'window'));
protocol.registerSchemesAsPrivileged([{ scheme, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: false } }]);
app.enableSandbox();

let window: BrowserWindow | null = null;

async function pickFile(): Promise<string | null> {
  const options = { title: 'Choose a model', properties: ['openFile' as const], filters: [{ name: 'GGUF models', extensions: ['gguf'] }] };
  const { filePaths } = window ? await dialog.showOpenDialog(window, options) : await dialog.showOpenDialog(options);
  return filePaths[0] ?? null;
}

async function pickDocuments(kind: 'files' | 'folder'): Promise<string[]> {
  const properties = kind === 'folder' ? ['openDirectory' as const] : ['openFile' as const, 'multiSelections' as const];
  const options = { title: kind === 'folder' ? 'Choose a folder' : 'Choose documents', properties };
  const { filePaths } = window ? await dialog.showOpenDialog(window, options) : await dialog.showOpenDialog(options);
  return filePaths;
}

/** Downloads are blocked in the page's session; what leaves goes through this dialog. A file appears under its name only when it is whole. */
async function saveFile(name: string, pieces: AsyncIterable<Uint8Array>): Promise<boolean> {
  const options = { defaultPath: join(app.getPath('documents'), name) };
  const { filePath } = window ? await dialog.showSaveDialog(window, options) : await dialog.showSaveDialog(options);
  if (!filePath) return false;
  await writeWhole(filePath, pieces);
  return true;
}

function compose(): App {
  // Another engine is for tests; an installed Plumb runs its own.
  const env = app.isPackaged ? { ...process.env, PLUMB_ENGINE: undefined, PLUMB_FORK_ID: undefined, PLUMB_READER: undefined } : process.env;
  const engine = engineStart(root, env);
  return createApp({
    version: app.getVersion(),
    host: 'electron',
    dataDir,
    // The engine maps model files into memory, which works only outside the archive.
    resourcesDir: app.isPackaged ? join(process.resourcesPath, 'resources') : join(root, 'resources'),
    startEngine: () => startChild(engine, log),
    startReader: () => startChild(readerStart(root, env), log),
    expectedForkId: engine.expectedForkId,
    log,
    pickFile,
    pickDocuments,
    saveFile,
    keyStore: keyStoreOf(safeStorage),
  });
}

async function run(): Promise<void> {
  // Electron's own lock finds another window; the data folder's lock finds the browser host too.
  if (!app.requestSingleInstanceLock()) return app.quit();
  await app.whenReady();
  const lock = takeInstanceLock(dataDir);
  if ('heldBy' in lock) {
    dialog.showErrorBox('Plumb is already running', lock.heldBy?.url ? 'It is open in your browser. Close it there first.' : 'Another Plumb uses the same data folder.');
    return app.exit(4);
  }
  lock.publish({ pid: process.pid, url: null });
  const plumb = compose();
  // macOS and Windows tell of a locked screen; Linux only of sleep.
  powerMonitor.on('suspend', () => plumb.lock('the machine sleeps'));
  powerMonitor.on('lock-screen', () => plumb.lock('the screen was locked'));
  setMenu();
  prepareSession(pageFiles(join(root, 'dist', 'renderer'), "'none'"));
  const door = openPageDoor(
    ipcMain,
    () => window?.webContents ?? null,
    (event) => isOurSender(event, window?.webContents.id ?? null),
    (pipe) => plumb.connect(pipe),
    (channel) => log.warn('message from a stranger refused', { channel }),
  );
  const open = (): void => {
    window = openWindow(join(import.meta.dirname, 'preload.cjs'), !app.isPackaged, log, (reason) => {
      door.close(reason);
      if (window?.isDestroyed()) window = null;
    });
  };
  open();
  app.on('second-instance', () => {
    if (window?.isMinimized()) window.restore();
    window?.focus();
  });
  app.on('activate', () => void (window ?? open()));
  app.on('window-all-closed', () => void (process.platform === 'darwin' || app.quit()));
  app.on('will-quit', () => {
    plumb.close();
    lock.release();
  });
}

run().catch((thrown: unknown) => {
  const { message, detail } = toErrorBody(thrown);
  dialog.showErrorBox('Plumb could not start', detail ? `${message}\n\n${detail}` : message);
  app.exit(1);
});

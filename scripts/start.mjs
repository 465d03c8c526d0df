// Owns `npm start`: sets up what is missing, then opens Plumb in Electron where that is possible, else in the browser.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { say } from './progress.mjs';
import { node24, projectEnv, root, setup } from './setup.mjs';

const electronDir = join(root, 'node_modules', 'electron');
const dayMs = 86_400_000;

function electronPath() {
  const pathFile = join(electronDir, 'path.txt');
  if (!existsSync(pathFile)) return null;
  const binary = join(electronDir, 'dist', readFileSync(pathFile, 'utf8'));
  return existsSync(binary) ? binary : null;
}

/** Tries once a day to fetch Electron's binary, which its npm package does not contain. */
function fetchElectron() {
  const tried = join(root, '.cache', 'electron-tried');
  if (existsSync(tried) && Date.now() - statSync(tried).mtimeMs < dayMs) return;
  say('▸ Fetching Electron (about 110 MB, once)');
  spawnSync(node24, [join(electronDir, 'install.js')], { stdio: 'ignore', timeout: 300_000, env: projectEnv() });
  if (electronPath()) return;
  mkdirSync(join(root, '.cache'), { recursive: true });
  writeFileSync(tried, '');
}

/** Either a binary to run or the reason why there is none. */
function findElectron(args) {
  if (args.includes('--browser')) return { reason: 'the browser was asked for' };
  if (process.platform === 'linux' && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) return { reason: 'this machine has no display' };
  if (process.getuid?.() === 0) return { reason: "Electron's sandbox does not run as root" };
  if (!electronPath()) fetchElectron();
  const binary = electronPath();
  return binary ? { binary } : { reason: "Electron's binary could not be downloaded" };
}

const args = process.argv.slice(2);
await setup();
const electron = findElectron(args);
const passed = args.filter((argument) => argument !== '--browser');
const [command, commandArgs] = electron.binary
  ? [electron.binary, [root, ...passed]]
  : [node24, [join(root, 'dist', 'server', 'main.js'), '--open', ...passed]];
if (electron.reason) say(`Opening Plumb in the browser, because ${electron.reason}. Everything else is the same.\n`);

const child = spawn(command, commandArgs, { cwd: root, stdio: 'inherit', env: projectEnv() });
// The child gets the terminal's signals itself; this process only waits and passes on how it ended.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('close', (code) => process.exit(code ?? 1));

// Owns set-up: makes a fresh clone runnable with Node's built-ins alone, idempotent, and quick when nothing changed.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fail, run, say } from './progress.mjs';

export const root = fileURLToPath(new URL('..', import.meta.url));
const modules = join(root, 'node_modules');
const stamps = join(root, '.cache', 'setup');

/** Node 24 from npm: better-sqlite3 13 needs at least Node 22, and machines may have 20. */
export const node24 = join(modules, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

/** The environment in which the project's own programs run: Node 24 first. */
export function projectEnv(extra = {}) {
  return { ...process.env, PATH: [join(modules, '.bin'), process.env.PATH].join(delimiter), ...extra };
}

/** A digest of files and folders by content, to know whether a step is still good. */
function digest(paths) {
  const hash = createHash('sha256');
  const add = (path) => {
    const absolute = join(root, path);
    if (!existsSync(absolute)) return;
    if (statSync(absolute).isDirectory()) {
      for (const name of readdirSync(absolute).sort()) if (name !== 'node_modules') add(join(path, name));
    } else hash.update(path).update('\0').update(readFileSync(absolute)).update('\0');
  };
  paths.forEach(add);
  return hash.digest('hex');
}

/** Runs a step unless its inputs have the digest of its last success and its product is there. */
async function step(name, { inputs, product, sentence, nextStep }, work) {
  const stamp = join(stamps, name);
  const now = digest(inputs);
  const before = existsSync(stamp) ? readFileSync(stamp, 'utf8') : '';
  if (before === now && existsSync(join(root, product))) return;
  if ((await work()) !== 0) fail(sentence, nextStep);
  mkdirSync(stamps, { recursive: true });
  writeFileSync(stamp, now);
}

/** Brings the clone to the point where the app and its tests can run. Ends the process with a sentence where it cannot. */
export async function setup() {
  const startedMs = Date.now();
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 20) fail(`Plumb needs Node 20 or newer to set itself up; this is ${process.version}.`, 'Install a newer Node and run the command again.');

  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  await step(
    'dependencies',
    {
      inputs: ['package-lock.json'],
      product: 'node_modules/node/bin',
      sentence: 'The dependencies could not be installed.',
      nextStep: 'Check the connection to the npm registry, then run the command again.',
    },
    () =>
      // Not `npm ci`: it refuses a lock file without the optional packages of platforms that the registry did not have when it was
      // written. `install --no-save` respects the same exact versions and leaves the lock file alone.
      run('Installing dependencies (first time: about two minutes, 1.4 GB, most of it prebuilt GPU libraries)', npm, ['install', '--no-save', '--no-audit', '--no-fund'], {
        cwd: root,
        // The stock engine is never used: nothing to download or build for it.
        env: { ...process.env, NODE_LLAMA_CPP_SKIP_DOWNLOAD: 'true', ELECTRON_SKIP_BINARY_DOWNLOAD: '1' },
      }),
  );

  const env = projectEnv();
  const sources = ['core', 'server', 'electron', 'tsconfig.json', 'tsconfig.base.json', 'package-lock.json'];
  await step(
    'typescript',
    { inputs: [...sources, 'renderer'], product: 'dist/server/main.js', sentence: 'The TypeScript did not compile.', nextStep: 'The lines above say where.' },
    () => run('Compiling TypeScript', node24, [join(modules, 'typescript', 'bin', 'tsc'), '-b'], { cwd: root, env }),
  );
  await step(
    'renderer',
    {
      inputs: ['renderer', 'core/contract', 'package-lock.json'],
      product: 'dist/renderer/index.html',
      sentence: 'The window could not be built.',
      nextStep: 'The lines above say why.',
    },
    () => run('Building the window', node24, [join(modules, 'vite', 'bin', 'vite.js'), 'build', '--config', 'renderer/vite.config.ts'], { cwd: root, env }),
  );

  // The native script has its own, stricter, idea of what is up to date: it always decides itself. The processor's variant is enough to
  // start; `npm run native:build -- --gpu vulkan` (or cuda) compiles the others.
  const built = await run('Checking the engine (first time it is compiled: three to eight minutes)', node24, ['native/scripts/native.mjs', 'build', '--gpu', 'none'], { cwd: root, env, show: true });
  if (built !== 0) fail('The engine could not be built.', 'The lines above say what is missing.');
  say(`✓ Ready after ${Math.round((Date.now() - startedMs) / 100) / 10} s\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await setup();

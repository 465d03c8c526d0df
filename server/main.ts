// Owns the browser host as a program: arguments, words on the terminal, signals, exit codes.
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { toErrorBody } from '../core/contract/errors.js';
import { dataDirOf } from '../core/services/host/data-dir.js';
import { createLog, isLogLevel } from '../core/services/log.js';
import { AlreadyRunning, startServing, type Serving } from './serve.js';
import { askPassphrase, passphraseFromFile } from './terminal-unlock.js';

const usage = `Usage: node dist/server/main.js [options]

Serves Plumb's window to a browser on this machine, and to nothing else.

  --port N        listen on this port (default: any free one)
  --data-dir DIR  keep conversations here (default: the system's place, or PLUMB_DATA_DIR)
  --open          open the window in the default browser
  --unlock        ask for the passphrase here instead of in the window

PLUMB_PASSPHRASE_FILE names a file that holds the passphrase, for starts without a person.
  --help          show this text

Exit codes: 0 closed, 1 failed, 2 wrong arguments, 3 port taken, 4 already running.
`;
const exitCodes: Partial<Record<string, number>> = { port_taken: 3, already_running: 4 };

/** Milliseconds since this process began, as the system counts them. */
const sinceStart = (): string => `${Math.round(performance.now())} ms after start`;

function readArguments(): { port: number; dataDir: string; open: boolean; unlock: boolean } {
  try {
    const options = { port: { type: 'string' }, 'data-dir': { type: 'string' }, open: { type: 'boolean' }, unlock: { type: 'boolean' }, help: { type: 'boolean' } } as const;
    const { values } = parseArgs({ options, allowPositionals: false });
    if (values.help) {
      process.stdout.write(usage);
      process.exit(0);
    }
    const port = Number(values.port ?? 0);
    if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`--port must be a number from 1 to 65535, not "${values.port}".`);
    return { port, dataDir: dataDirOf(values['data-dir']), open: values.open ?? false, unlock: values.unlock ?? false };
  } catch (thrown) {
    process.stderr.write(`${(thrown as Error).message}\n\n${usage}`);
    process.exit(2);
  }
}

function openBrowser(url: string): void {
  const [command, args] = process.platform === 'darwin' ? ['open', [url]] as const : process.platform === 'win32' ? ['explorer', [url]] as const : ['xdg-open', [url]] as const;
  const opener = spawn(command, args, { stdio: 'ignore', detached: true });
  opener.on('error', () => process.stdout.write('No browser could be opened here. Open the address above by hand.\n'));
  opener.unref();
}

function failed(thrown: unknown, open: boolean): never {
  const { code, message, detail } = toErrorBody(thrown);
  process.stderr.write(`${message}${detail ? ` (${detail})` : ''}\n`);
  if (thrown instanceof AlreadyRunning && thrown.running?.url) {
    process.stderr.write(`It is at ${thrown.running.url}\n`);
    if (open) openBrowser(thrown.running.url);
  }
  process.exit(exitCodes[code] ?? 1);
}

/** Opens what a passphrase guards; without one given here, the window asks. */
async function unlockHere({ isLocked, unlock }: Serving, ask: boolean): Promise<void> {
  const words = (text: string): void => void process.stderr.write(`${text}\n`);
  const filed = passphraseFromFile(process.env, words);
  if (!isLocked()) return;
  if (filed !== null) return unlock(filed);
  if (!ask || !process.stdin.isTTY) return void process.stdout.write('Plumb is locked. The window asks for the passphrase.\n');
  while (isLocked()) {
    const typed = await askPassphrase('Passphrase (Enter: unlock in the window instead): ', { input: process.stdin, output: process.stderr });
    if (typed === null) return;
    await unlock(typed).catch((thrown: unknown) => {
      const { code, message } = toErrorBody(thrown);
      if (code !== 'wrong_passphrase' && code !== 'too_many_attempts') throw thrown;
      words(message);
    });
  }
}

const { port, dataDir, open, unlock } = readArguments();
const level = process.env.PLUMB_LOG;
const log = createLog((line) => process.stderr.write(line), isLogLevel(level) ? level : 'warn');
const onFirstHello = (): void => void process.stdout.write(`First screen ${sinceStart()}\n`);
const serving: Serving = await startServing({ dataDir, port, log, onFirstHello }).catch((thrown: unknown) => failed(thrown, open));
process.stdout.write(`Plumb is at ${serving.url}\nReady ${sinceStart()}. Press Ctrl+C to close it.\n`);
if (open) openBrowser(serving.url);

let closing = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // A second signal means that someone is tired of waiting.
    if (closing) process.exit(1);
    closing = true;
    void serving.close().then(() => process.exit(0), (thrown: unknown) => failed(thrown, false));
  });
}

await unlockHere(serving, unlock).catch((thrown: unknown) => serving.close().then(() => failed(thrown, false)));

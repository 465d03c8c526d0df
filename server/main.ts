// Owns the browser host as a program: arguments, words on the terminal, signals, exit codes.
import { networkLock } from '../core/network/lock-core.js';
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { toErrorBody } from '../core/contract/errors.js';
import { dataDirOf } from '../core/services/host/data-dir.js';
import { createLog, isLogLevel } from '../core/services/log.js';
import { AlreadyRunning, startServing, type Serving } from './serve.js';

const usage = `Usage: node dist/server/main.js [options]

Serves Plumb's window to a browser on this machine, and to nothing else.

  --port N        listen on this port (default: any free one)
  --data-dir DIR  keep conversations here (default: the system's place, or PLUMB_DATA_DIR)
  --open          open the window in the default browser
  --help          show this text

Exit codes: 0 closed, 1 failed, 2 wrong arguments, 3 port taken, 4 already running.
`;
const exitCodes: Partial<Record<string, number>> = { port_taken: 3, already_running: 4 };

/** Milliseconds since this process began, as the system counts them. */
const sinceStart = (): string => `${Math.round(performance.now())} ms after start`;

function readArguments(): { port: number; dataDir: string; open: boolean } {
  try {
    const options = { port: { type: 'string' }, 'data-dir': { type: 'string' }, open: { type: 'boolean' }, help: { type: 'boolean' } } as const;
    const { values } = parseArgs({ options, allowPositionals: false });
    if (values.help) {
      process.stdout.write(usage);
      process.exit(0);
    }
    const port = Number(values.port ?? 0);
    if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`--port must be a number from 1 to 65535, not "${values.port}".`);
    return { port, dataDir: dataDirOf(values['data-dir']), open: values.open ?? false };
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

const { port, dataDir, open } = readArguments();
const level = process.env.PLUMB_LOG;
const log = createLog((line) => process.stderr.write(line), isLogLevel(level) ? level : 'warn');
const onFirstHello = (): void => void process.stdout.write(`First screen ${sinceStart()}\n`);
const serving: Serving = await startServing({ dataDir, port, log, onFirstHello, network: networkLock }).catch((thrown: unknown) => failed(thrown, open));
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

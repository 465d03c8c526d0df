// Owns starting the engine or the reader as a utility process and turning its messages into a pipe.
import { utilityProcess } from 'electron';
import { constants, setPriority } from 'node:os';
import type { EngineProcess } from '../core/services/engine-link.js';
import type { ChildStart } from '../core/services/host/engine-start.js';
import type { Log } from '../core/services/log.js';

/** Longest line of a process's own output that reaches the log. */
const lineLimit = 300;

/** Starts a process. Electron ends it with the app. */
export function startChild({ name, script, env }: ChildStart, log: Log): EngineProcess {
  const child = utilityProcess.fork(script, [], { env, execArgv: [], serviceName: `Plumb ${name}`, stdio: 'pipe' });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (data: Buffer) => {
      for (const line of String(data).split('\n')) if (line.trim() !== '') log.debug(name, { line: line.slice(0, lineLimit) });
    });
  }
  child.once('spawn', () => {
    try {
      // Reading documents gives way to answering.
      if (name === 'reader' && child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
    } catch {
      // Some systems do not allow it; it reads at the usual priority then.
    }
  });
  let gone = false;
  const exited = new Promise<string>((done) => {
    child.once('exit', (code) => {
      gone = true;
      done(`exit code ${code}`);
    });
  });
  const kill = (): void => {
    // kill() asks politely where the system knows politeness; a process that hangs in native code would not hear it.
    if (gone || child.pid === undefined) return void child.kill();
    try {
      process.kill(child.pid, 'SIGKILL');
    } catch {
      // It ended between the check and the signal.
    }
  };
  return {
    exited,
    kill,
    pipe: {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a process, not a window
      send: (message) => void (gone || child.postMessage(message)),
      onMessage(listener) {
        child.on('message', listener);
        return () => void child.off('message', listener);
      },
      onClose(listener) {
        let on = true;
        void exited.then((reason) => on && listener(reason));
        return () => void (on = false);
      },
      close: kill,
    },
  };
}

// Owns starting the engine or the reader as a child process and turning its message channel into a pipe.
import { fork, type ChildProcess } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import type { Pipe } from '../core/contract/rpc.js';
import type { EngineProcess } from '../core/services/engine-link.js';
import type { ChildStart } from '../core/services/host/engine-start.js';
import type { Log } from '../core/services/log.js';

/** Longest line of a process's own output that reaches the log. */
const lineLimit = 300;

/** Starts a process. It ends itself when this one is gone: its channel closes. */
export function startChild({ name, script, env }: ChildStart, log: Log): EngineProcess {
  // Advanced serialization keeps typed arrays and NaN as they are. No execArgv: it must not inherit a debugger's port.
  const child = fork(script, [], { serialization: 'advanced', env, execArgv: [], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      for (const line of text.split('\n')) if (line.trim() !== '') log.debug(name, { line: line.slice(0, lineLimit) });
    });
  }
  if (name === 'reader' && child.pid !== undefined) stepBack(child.pid);
  const exited = new Promise<string>((done) => {
    child.once('exit', (code, signal) => done(signal ? `signal ${signal}` : `exit code ${code}`));
    child.once('error', (error) => done(error.message));
  });
  return { pipe: childPipe(child, name), exited, kill: () => void child.kill('SIGKILL') };
}

/** Reading documents gives way to answering. */
function stepBack(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Some systems do not allow it; it reads at the usual priority then.
  }
}

function childPipe(child: ChildProcess, name: string): Pipe {
  return {
    send(message) {
      // A message to a dying process is lost with it; `exited` tells.
      if (child.connected) child.send(message as object, () => undefined);
    },
    onMessage(listener) {
      child.on('message', listener);
      return () => void child.off('message', listener);
    },
    onClose(listener) {
      const closed = (): void => listener(`the ${name} closed its channel`);
      child.once('disconnect', closed);
      return () => void child.off('disconnect', closed);
    },
    close() {
      if (child.connected) child.disconnect();
    },
  };
}

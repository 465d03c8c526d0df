// Owns starting the engine as a child process and turning its message channel into a pipe.
import { fork, type ChildProcess } from 'node:child_process';
import type { Pipe } from '../core/contract/rpc.js';
import type { EngineProcess } from '../core/services/engine-link.js';
import type { EngineStart } from '../core/services/host/engine-start.js';
import type { Log } from '../core/services/log.js';

/** Longest line of the engine's own output that reaches the log. */
const lineLimit = 300;

/** Starts an engine. It ends itself when this process is gone: its channel closes. */
export function startChildEngine({ script, env }: Pick<EngineStart, 'script' | 'env'>, log: Log): EngineProcess {
  // Advanced serialization keeps typed arrays and NaN as they are. No execArgv: the engine must not inherit a debugger's port.
  const child = fork(script, [], { serialization: 'advanced', env, execArgv: [], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      for (const line of text.split('\n')) if (line.trim() !== '') log.debug('engine', { line: line.slice(0, lineLimit) });
    });
  }
  const exited = new Promise<string>((done) => {
    child.once('exit', (code, signal) => done(signal ? `signal ${signal}` : `exit code ${code}`));
    child.once('error', (error) => done(error.message));
  });
  return { pipe: childPipe(child), exited, kill: () => void child.kill('SIGKILL') };
}

function childPipe(child: ChildProcess): Pipe {
  return {
    send(message) {
      // A message to a dying engine is lost with it; `exited` tells.
      if (child.connected) child.send(message as object, () => undefined);
    },
    onMessage(listener) {
      child.on('message', listener);
      return () => void child.off('message', listener);
    },
    onClose(listener) {
      const closed = (): void => listener('the engine closed its channel');
      child.once('disconnect', closed);
      return () => void child.off('disconnect', closed);
    },
    close() {
      if (child.connected) child.disconnect();
    },
  };
}

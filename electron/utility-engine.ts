// Owns starting the engine as a utility process and turning its messages into a pipe.
import { utilityProcess } from 'electron';
import type { EngineProcess } from '../core/services/engine-link.js';
import type { EngineStart } from '../core/services/host/engine-start.js';
import type { Log } from '../core/services/log.js';

/** Longest line of the engine's own output that reaches the log. */
const lineLimit = 300;

/** Starts an engine. Electron ends it with the app. */
export function startUtilityEngine({ script, env }: Pick<EngineStart, 'script' | 'env'>, log: Log): EngineProcess {
  const child = utilityProcess.fork(script, [], { env, execArgv: [], serviceName: 'Plumb engine', stdio: 'pipe' });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (data: Buffer) => {
      for (const line of String(data).split('\n')) if (line.trim() !== '') log.debug('engine', { line: line.slice(0, lineLimit) });
    });
  }
  let gone = false;
  const exited = new Promise<string>((done) => {
    child.once('exit', (code) => {
      gone = true;
      done(`exit code ${code}`);
    });
  });
  const kill = (): void => {
    // kill() asks politely where the system knows politeness; an engine that hangs in native code would not hear it.
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

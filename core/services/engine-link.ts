// Owns one engine process from its greeting to its end: proves that it is ours, distrusts it, and says why it was lost.
import { engineApi, engineProtocol, type EngineApi } from '../contract/engine.js';
import { AppError } from '../contract/errors.js';
import { createClient, type Client, type Pipe } from '../contract/rpc.js';

/** What a host hands over when it has started an engine. */
export interface EngineProcess {
  pipe: Pipe;
  /** Ends it at once, whatever it is doing. */
  kill(): void;
  /** Resolves when the process is gone, with the reason in words, for example "signal SIGSEGV". Never rejects. */
  exited: Promise<string>;
}

export interface EngineLink {
  client: Client<EngineApi>;
  forkId: string;
  /** The backend it could use; null: the processor alone. */
  gpu: string | null;
  kill(): void;
  /** Ends it because it broke the agreement: `lost` then says engine_protocol. */
  breach(what: string): void;
  /** Ends it because it no longer answers: `lost` then says engine_timeout. */
  hang(why: string): void;
  /** Resolves once the process is gone or no longer to be trusted; it is dead by then. Never rejects. */
  lost: Promise<AppError>;
}

/** How long a killed process may take to tell its exit reason. */
const exitReasonMs = 1000;

/**
 * Greets a fresh engine.
 * @param expectedForkId the fork the app was built with
 * Errors: engine_not_the_fork, engine_protocol, engine_timeout, engine_crashed. The process is dead after any of them.
 */
export async function linkEngine(engine: EngineProcess, expectedForkId: string, helloTimeoutMs: number): Promise<EngineLink> {
  const { link, hello } = watch(engine);
  try {
    const { protocol, forkId, gpu } = await Promise.race([
      hello,
      link.lost.then((error) => Promise.reject(error)),
      rejectAfter(helloTimeoutMs, new AppError('engine_timeout', 'The engine did not answer when it was started.', `${helloTimeoutMs} ms`)),
    ]);
    if (forkId !== expectedForkId) {
      throw new AppError('engine_not_the_fork', 'The engine that started is not the one Plumb was built with.', `expected ${expectedForkId}, found ${forkId ?? 'a stock build'}`);
    }
    if (protocol !== engineProtocol) throw new AppError('engine_protocol', 'The engine speaks another version of the protocol.', `expected ${engineProtocol}, found ${protocol}`);
    return { ...link, forkId, gpu };
  } catch (thrown) {
    link.kill();
    throw thrown;
  }
}

function watch(engine: EngineProcess): { link: Omit<EngineLink, 'forkId' | 'gpu'>; hello: Promise<{ protocol: number; forkId: string | null; gpu: string | null }> } {
  let broken: string | null = null;
  let hung: string | null = null;
  // The client closes a pipe only when the peer breaks the protocol: that is how a lie is told from a crash.
  const pipe: Pipe = {
    ...engine.pipe,
    close() {
      broken ??= 'unreadable message';
      engine.pipe.close();
      engine.kill();
    },
  };
  const client = createClient(pipe, engineApi, { distrust: true });
  const closed = new Promise<string>((done) => void engine.pipe.onClose(done));
  const lost = Promise.race([closed, engine.exited]).then(async (first) => {
    engine.kill();
    const reason = await Promise.race([engine.exited, new Promise<string>((done) => void setTimeout(done, exitReasonMs, first).unref())]);
    if (hung !== null) return new AppError('engine_timeout', 'The engine no longer answered and was ended.', hung);
    return broken === null
      ? new AppError('engine_crashed', 'The engine stopped unexpectedly.', reason)
      : new AppError('engine_protocol', 'The engine sent something that makes no sense and was stopped.', broken);
  });
  const breach = (what: string): void => {
    broken ??= what;
    pipe.close();
  };
  const hang = (why: string): void => {
    hung ??= why;
    pipe.close();
  };
  return { link: { client, hang, kill: engine.kill, breach, lost }, hello: client.call('hello', {}) };
}

/** Rejects with `error` after a while. The timer does not keep the process alive. */
export function rejectAfter(timeoutMs: number, error: AppError): Promise<never> {
  return new Promise((_, fail) => void setTimeout(fail, timeoutMs, error).unref());
}

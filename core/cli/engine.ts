// Owns the command line's engine: started the same way as by the browser host, ended with the command.
import { resolve } from 'node:path';
import { AppError } from '../contract/errors.js';
import { linkEngine, type EngineLink } from '../services/engine-link.js';
import { engineStart } from '../services/host/engine-start.js';
import { createLog, isLogLevel } from '../services/log.js';
import { startChild } from '../../server/child.js';

/** The folder of the project: this file is dist/core/cli/engine.js. */
export const root = resolve(import.meta.dirname, '..', '..', '..');

const helloTimeoutMs = 60_000;

/** Starts an engine and greets it. The caller kills it. Errors: engine_not_built, engine_not_the_fork, engine_crashed, engine_timeout. */
export async function startEngine(): Promise<EngineLink> {
  const start = engineStart(root);
  if (start.expectedForkId === null) throw new AppError('engine_not_built', 'The engine is not built yet. Run: npm run native:build');
  const level = process.env['PLUMB_LOG'];
  const log = createLog((line) => void process.stderr.write(line), isLogLevel(level) ? level : 'warn');
  return linkEngine(startChild(start, log), start.expectedForkId, helloTimeoutMs);
}

/** Runs work with an engine that is gone afterwards, whatever happens. A dead engine is reported as what it died of. */
export async function withEngine<T>(work: (engine: EngineLink) => Promise<T>): Promise<T> {
  const engine = await startEngine();
  try {
    return await work(engine);
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === 'disconnected') throw await engine.lost;
    throw thrown;
  } finally {
    engine.kill();
  }
}

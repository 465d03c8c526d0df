// Owns the kill test: ends the whole app with kill -9 at a random moment of streaming and looks at what is left.
import { makeDataDir, removeDataDir, startApp, type AppOptions } from './app.js';
import { connect, whenReady } from './client.js';
import { openBeside } from '../fakes/data-key.js';

/** Tokens are flushed every 250 ms; what was shown earlier than that before the kill must be on disk. */
const flushIntervalMs = 250;
/** Between the flush and the file: one small transaction and the timer's own lateness on a busy machine. */
const slackMs = 250;

export interface KillOutcome {
  killedAfterMs: number;
  /** Tokens the client had seen when the app died. */
  seen: number;
  /** Tokens seen long enough ago that they must be on disk. */
  owed: number;
  /** Tokens found on disk. */
  stored: number;
  integrity: string;
  runState: string;
}

/** A small generator with a seed, so that a failing moment can be repeated. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Starts the app on `dataDir`, sends a message, kills everything after `afterMs` of streaming, and reads the file. */
export async function killOnce(options: AppOptions & { dataDir: string }, prompt: string, afterMs: number): Promise<KillOutcome> {
  const app = await startApp(options);
  const client = await connect(app);
  await whenReady(client);
  const seen: number[] = [];
  client.on('run.tokens', ({ tokens }) => {
    for (const _ of tokens) seen.push(performance.now());
  });
  const { conversation } = await client.call('conversations.create', {});
  const { run } = await client.call('messages.send', { conversationId: conversation.id, text: prompt, recurrence: { steps: 8 } });
  await new Promise((done) => setTimeout(done, afterMs));
  const killedAt = performance.now();
  await app.kill();

  const database = openBeside(options.dataDir);
  try {
    const integrity = String(database.pragma('integrity_check', { simple: true }));
    const stored = database.prepare('SELECT count(*) FROM token WHERE run_id = ?').pluck().get(run!.id) as number;
    const runState = database.prepare('SELECT state FROM run WHERE id = ?').pluck().get(run!.id) as string;
    const owed = seen.filter((at) => at <= killedAt - flushIntervalMs - slackMs).length;
    return { killedAfterMs: afterMs, seen: seen.length, owed, stored, integrity, runState };
  } finally {
    database.close();
  }
}

export interface KillSummary {
  seen: number;
  stored: number;
  largestLoss: number;
  /** Outcomes that break the promise; empty when all is well. */
  broken: KillOutcome[];
}

/** Kills the app `count` times at random moments up to 3 s into an answer, always on the same database. */
export async function killMany(count: number, seed: number): Promise<KillSummary> {
  const dataDir = makeDataDir();
  const random = createRandom(seed);
  const outcomes: KillOutcome[] = [];
  for (let kill = 0; kill < count; kill += 1) {
    outcomes.push(await killOnce({ dataDir, engine: 'fake' }, '!tokens 2000 !rate 200', Math.round(random() * 3000)));
  }
  removeDataDir(dataDir);
  return {
    seen: outcomes.reduce((sum, outcome) => sum + outcome.seen, 0),
    stored: outcomes.reduce((sum, outcome) => sum + outcome.stored, 0),
    largestLoss: Math.max(...outcomes.map((outcome) => outcome.seen - outcome.stored)),
    broken: outcomes.filter((outcome) => outcome.integrity !== 'ok' || outcome.stored < outcome.owed || outcome.runState !== 'running'),
  };
}

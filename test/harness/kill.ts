// Owns the kill test: ends the whole app with kill -9 at a random moment of streaming and looks at what is left.
import { readFileSync } from 'node:fs';
import { makeDataDir, removeDataDir, startApp, type AppOptions } from './app.js';
import { connect, whenReady } from './client.js';
import { openAppDatabase } from '../fakes/app-database.js';

/** Tokens are flushed every 250 ms; what was shown earlier than that before the kill must be on disk. */
const flushIntervalMs = 250;
/** Between the flush and the file: one small transaction and the timer's own lateness. */
const slackMs = 250;

/** How late timers are on this machine at this moment: on a busy one the app's are as late as ours. */
function watchLateness(): () => number {
  const everyMs = 20;
  let last = performance.now();
  let largest = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    largest = Math.max(largest, now - last - everyMs);
    last = now;
  }, everyMs);
  return () => {
    clearInterval(timer);
    return largest;
  };
}

export interface KillOutcome {
  victim: Victim;
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

/** Processes that a process started, by Linux's own list. */
function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter((word) => word !== '').map(Number);
}

export const victims = ['both', 'app', 'engine'] as const;
export type Victim = (typeof victims)[number];

/** Starts the app on `dataDir`, sends a message, kills after `afterMs` of streaming, and reads the file. */
export async function killOnce(options: AppOptions & { dataDir: string }, prompt: string, afterMs: number, victim: Victim = 'both'): Promise<KillOutcome> {
  const app = await startApp(options);
  const client = await connect(app);
  await whenReady(client);
  const seen: number[] = [];
  client.on('run.tokens', ({ tokens }) => {
    for (const _ of tokens) seen.push(performance.now());
  });
  const { conversation } = await client.call('conversations.create', {});
  const ended = new Promise<void>((done) => void client.on('run.ended', () => done()));
  const { run } = await client.call('messages.send', { conversationId: conversation.id, text: prompt, recurrence: { steps: 8 } });
  const latenessMs = watchLateness();
  await new Promise((done) => setTimeout(done, afterMs));
  const lateMs = latenessMs();
  const killedAt = performance.now();
  if (victim === 'engine') {
    for (const pid of childrenOf(app.process.pid!)) process.kill(pid, 'SIGKILL');
    // The app goes on: it closes the answer off by itself, and only then is looked at.
    await ended;
    await app.stop();
  } else if (victim === 'app') {
    app.process.kill('SIGKILL');
    await app.exited;
  } else await app.kill();

  const database = openAppDatabase(options.dataDir);
  try {
    const integrity = String(database.pragma('integrity_check', { simple: true }));
    const stored = database.prepare('SELECT count(*) FROM token WHERE run_id = ?').pluck().get(run!.id) as number;
    const runState = database.prepare('SELECT state FROM run WHERE id = ?').pluck().get(run!.id) as string;
    const owed = victim === 'engine' ? seen.length : seen.filter((at) => at <= killedAt - flushIntervalMs - slackMs - 2 * lateMs).length;
    return { victim, killedAfterMs: afterMs, seen: seen.length, owed, stored, integrity, runState };
  } finally {
    database.close();
  }
}

export interface KillSummary {
  kills: number;
  seen: number;
  stored: number;
  largestLoss: number;
  /** Outcomes that break the promise; empty when all is well. */
  broken: KillOutcome[];
}

/** Kills app, engine and both in turn, `count` times at random moments up to `longestMs` into an answer, always on the same database. */
export async function killMany(count: number, seed: number, longestMs = 3000): Promise<KillSummary> {
  const dataDir = makeDataDir();
  const random = createRandom(seed);
  const outcomes: KillOutcome[] = [];
  for (let kill = 0; kill < count; kill += 1) {
    outcomes.push(await killOnce({ dataDir, engine: 'fake' }, '!tokens 2000 !rate 200', Math.round(random() * longestMs), victims[kill % victims.length]));
  }
  removeDataDir(dataDir);
  return {
    kills: outcomes.length,
    seen: outcomes.reduce((sum, outcome) => sum + outcome.seen, 0),
    stored: outcomes.reduce((sum, outcome) => sum + outcome.stored, 0),
    largestLoss: Math.max(...outcomes.map((outcome) => outcome.seen - outcome.stored)),
    broken: outcomes.filter(({ victim, integrity, stored, owed, runState }) => integrity !== 'ok' || stored < owed || runState !== (victim === 'engine' ? 'interrupted' : 'running')),
  };
}

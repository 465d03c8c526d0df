// Owns using the app for a long time in a short one: messages, loads, locks, and the memory of each process meanwhile.
import { readFileSync } from 'node:fs';
import { makeDataDir, removeDataDir, startApp } from './app.js';
import { connect, whenReady } from './client.js';

export interface SoakSummary {
  messages: number;
  loads: number;
  locks: number;
  samples: number;
  /** Resident memory in MiB: median of the first quarter after the warm-up, of the last one, and their ratio. */
  host: { first: number; last: number; ratio: number };
  engine: { first: number; last: number; ratio: number };
  failed: string[];
}

const passphrase = 'a soak takes long';
/** One thread: two on a busy machine wait for each other actively, and the soak takes eight times as long. */
const oneThread = { PLUMB_ENGINE_THREADS: '1' };

function residentMiB(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
}
const engineOf = (pid: number): number => Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').at(-1));

/** The first fifth warms up and does not count. */
function compare(samples: readonly number[]): { first: number; last: number; ratio: number } {
  const counted = samples.slice(Math.floor(samples.length / 5));
  const quarter = Math.max(1, Math.floor(counted.length / 4));
  const median = (part: readonly number[]): number => part.toSorted((a, b) => a - b)[Math.floor(part.length / 2)]!;
  const first = median(counted.slice(0, quarter));
  const last = median(counted.slice(-quarter));
  return { first: Math.round(first), last: Math.round(last), ratio: Number((last / first).toFixed(3)) };
}

/** A load every 20 messages, a lock every 200, a new conversation every 10, one of them temporary. */
export async function soak(messages: number): Promise<SoakSummary> {
  const dataDir = makeDataDir();
  const app = await startApp({ dataDir, engine: 'real', env: oneThread });
  const client = await connect(app);
  await whenReady(client);
  const host: number[] = [];
  const engine: number[] = [];
  const failed: string[] = [];
  let loads = 0;
  let locks = 0;
  let conversationId = 0;
  const waiting = new Map<number, (reason: string) => void>();
  client.on('run.ended', ({ run, reason }) => waiting.get(run.id)?.(reason));
  const nextState = (kind: string): Promise<void> => new Promise((done) => {
    const undo = client.on('engine.state', (state) => {
      if (state.kind !== kind) return;
      undo();
      done();
    });
  });
  await client.call('settings.set', { sampling: { temperature: 0, topK: 1, topP: 1, minP: 0, repeatPenalty: 1, seed: 1, maxTokens: 6, stop: [] } });
  await client.call('vault.setPassphrase', { current: null, next: passphrase });
  for (let at = 0; at < messages; at += 1) {
    if (at % 10 === 0) conversationId = (await client.call('conversations.create', { temporary: at % 20 === 10 })).conversation.id;
    const early = new Map<number, string>();
    const watch = client.on('run.ended', ({ run, reason }) => void early.set(run.id, reason));
    const { run: begun } = await client.call('messages.send', { conversationId, text: `Message ${at}: swap 1 and 2.`, recurrence: { steps: 2 } });
    const run = begun!;
    const reason = early.get(run.id) ?? (await new Promise<string>((done) => void waiting.set(run.id, done)));
    watch();
    waiting.delete(run.id);
    if (reason === 'error') failed.push(`message ${at}`);
    if (at % 20 === 19) {
      const { models } = await client.call('models.list', {});
      const closed = nextState('idle');
      await client.call('models.close', {});
      await closed;
      const ready = nextState('ready');
      await client.call('models.open', { modelId: models[0]!.id });
      await ready;
      loads += 1;
    }
    if (at % 200 === 199) {
      await client.call('vault.lock', {});
      await client.call('vault.unlock', { passphrase });
      await whenReady(client);
      locks += 1;
      conversationId = (await client.call('conversations.create', {})).conversation.id;
    }
    // An hour of silence looks like a test that hangs.
    if (at % 250 === 249) console.log(JSON.stringify({ messages: at + 1, host: compare(host), engine: compare(engine) }));
    if (at % 5 === 4) {
      host.push(residentMiB(app.process.pid!));
      engine.push(residentMiB(engineOf(app.process.pid!)));
    }
  }
  await app.stop();
  removeDataDir(dataDir);
  return { messages, loads, locks, samples: host.length, host: compare(host), engine: compare(engine), failed };
}

// The engine process: answers the engine's contract over the pipe to the host that started it, and ends when that host is gone.
import { networkLock } from '../network/lock-engine.js';
import { writeFileSync } from 'node:fs';
import { AppError } from '../contract/errors.js';
import { engineApi, engineProtocol } from '../contract/engine.js';
import { serve, type Pipe } from '../contract/rpc.js';
import { calibrateExit } from './calibrate.js';
import { Encoders } from './encoders.js';
import { startRun, type Run } from './generate.js';
import { availableBytes, estimateLoad } from './memory.js';
import { readModelFile } from './model-file.js';
import { openNative } from './native.js';
import type { Native } from './native-types.js';
import { probe } from './probe.js';
import { probeSampler } from './probe-sampler.js';
import { hostPipe } from './process-pipe.js';
import { loadStopped, Session } from './session.js';

/** How long a decode may take to notice that nobody wants it any more. Nothing in this process is worth saving. */
const lastMomentMs = 500;

const heartbeatMs = 1000;

/** When Linux runs out of memory it is to end the engine, which comes back, and neither the window nor somebody else's program. */
function volunteerForTheKernel(): void {
  if (process.platform !== 'linux') return;
  try {
    writeFileSync('/proc/self/oom_score_adj', '500');
  } catch {
    // A container without /proc, or one that forbids it: then the kernel chooses as it likes.
  }
}

/** PLUMB_ENGINE_THREADS says how many threads compute where the host does not; 0: the engine measures. On a machine that computes something else, one is best. */
const threadsAsked = Math.min(1024, Math.max(0, Math.trunc(Number(process.env['PLUMB_ENGINE_THREADS'])) || 0));

/** PLUMB_ENGINE_GPU=auto lets llama.cpp use a GPU; PLUMB_ENGINE_BINARY=stock proves that the stock binary is refused. */
function open(): Promise<Native> {
  return openNative({ gpu: process.env['PLUMB_ENGINE_GPU'] === 'auto', binary: process.env['PLUMB_ENGINE_BINARY'] === 'stock' ? 'stock' : 'fork' });
}

function run(pipe: Pipe): void {
  let opening: Promise<Native> | null = null;
  const native = (): Promise<Native> => (opening ??= open());
  let active: Run | null = null;
  /** Whoever uses the model's memory waits here for the one before. */
  let turn: Promise<unknown> = Promise.resolve();
  let turnsWaiting = 0;
  /** Counts loads and unloads: only the last one matters. */
  let intents = 0;

  const session = new Session(native, (progress) => emit('loadProgress', { progress: Math.min(1, Math.max(0, progress)) }));

  const encoders = new Encoders(native);

  function exclusively<T>(work: () => Promise<T>): Promise<T> {
    turnsWaiting += 1;
    const result = turn.then(work).finally(() => void (turnsWaiting -= 1));
    turn = result.catch(() => undefined);
    return result;
  }
  /** For work that would disturb a run: refused, not queued. Errors: engine_busy. */
  function whenIdle<T>(work: () => Promise<T>): Promise<T> {
    if (active || turnsWaiting > 0) throw new AppError('engine_busy', 'The engine is busy with something else.');
    return exclusively(work);
  }
  /** Ends what is going on, so that a model can be changed at any time. */
  async function interrupt(): Promise<void> {
    session.abortLoad();
    active?.stop();
    await active?.done;
  }
  function activeRun(runId: number): Run {
    if (active?.id === runId) return active;
    throw new AppError('not_found', 'This answer is not being made any more.');
  }

  const { emit } = serve(pipe, engineApi, {
    hello: async () => ({ protocol: engineProtocol, forkId: (await native()).forkId, pid: process.pid, gpu: (await native()).gpu }),
    load: async (params) => {
      const mine = ++intents;
      await interrupt();
      return exclusively(() => {
        // A later wish may have come before this load could begin, let alone be aborted.
        if (mine !== intents) throw loadStopped();
        return session.load({ ...params, threads: params.threads || threadsAsked });
      });
    },
    // What the model in memory takes will be free again by then.
    estimate: async ({ path, reservedBytes, ...want }) => estimateLoad(await readModelFile(path), want, availableBytes() + session.takenBytes - reservedBytes),
    unload: async () => {
      intents += 1;
      await interrupt();
      await exclusively(() => session.unload());
      return {};
    },
    generate: async (params) => {
      if (active || turnsWaiting > 0) throw new AppError('engine_busy', 'The engine is busy with something else.');
      const started = startRun(session.loaded, params, {
        tokens: (body) => emit('tokens', body),
        step: (body) => emit('step', body),
        ended(body) {
          active = null;
          emit('ended', body);
        },
      });
      active = started;
      return {};
    },
    setSteps: ({ runId, steps }) => {
      activeRun(runId).setSteps(steps);
      return {};
    },
    answerNow: ({ runId, on }) => {
      activeRun(runId).answerNow(on);
      return {};
    },
    stop: ({ runId }) => {
      activeRun(runId).stop();
      return {};
    },
    countTokens: ({ messages }) => ({ tokens: session.readable.chat.toIds(messages).length, contextSize: session.readable.info.contextSize }),
    tokenize: ({ text, parseSpecial }) => ({ ids: [...session.readable.model.tokenize(text, parseSpecial)] }),
    renderChat: ({ messages, addGenerationPrompt }) => ({ text: session.readable.chat.render(messages, addGenerationPrompt) }),
    probe: (params) => whenIdle(() => probe(session.loaded, params)),
    calibrate: (params) => whenIdle(() => calibrateExit(session.loaded, params)),
    probeSampler: (params) => whenIdle(() => probeSampler(session.loaded, params)),
    openEncoder: (params) => encoders.open(params),
    closeEncoder: async ({ purpose }) => {
      await encoders.close(purpose);
      return {};
    },
    embed: ({ texts }) => encoders.embed(texts),
    rank: ({ query, texts }) => encoders.rank(query, texts),
    stopEncoding: async () => {
      await encoders.stop();
      return {};
    },
    quantize: ({ source, target, type }) =>
      exclusively(async () => {
        try {
          return await (await native()).quantize(source, target, type);
        } catch (error) {
          throw new AppError('convert_quantize_failed', `The weights could not be converted to ${type}.`, error instanceof Error ? error.message : String(error), { cause: error });
        }
      }),
  });

  // A hanging thread says nothing, and the host knows what to think of it.
  setInterval(() => emit('alive', { progress: session.progress + encoders.progress }), heartbeatMs).unref();

  networkLock.listen((refused) => emit('refused', refused));
  pipe.onClose(() => {
    active?.stop();
    session.abortLoad();
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), lastMomentMs).unref();
    void Promise.resolve(active?.done).finally(() => process.exit(0));
  });
}

const pipe = hostPipe();
if (pipe) {
  volunteerForTheKernel();
  run(pipe);
} else {
  process.stderr.write('This is the engine process of Plumb; a host starts it. Try: npm start\n');
  process.exitCode = 2;
}

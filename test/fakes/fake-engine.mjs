// Owns an engine without a model: it streams, thinks slowly, hangs, crashes and lies, as words in the prompt tell it.
//
// Words in the last user message (the last one of a kind counts):
//   !tokens N      length of the answer (default 60)       !rate N    tokens a second (default 200)
//   !slow MS       every recurrence step takes MS and is shown as it happens
//   !say TEXT      answers with TEXT, to the end of the message
//   !markdown      answers with headings, a list, a table, code and mathematics
//   !crash N       the process dies after N tokens         !hang N    silent after N tokens, deaf to stop
//   !stall N       alive, but nothing comes after N tokens  !freeze N  as if its thread hung: no sign of life after N tokens
//   !lie KIND      after 3 tokens: frame | token | event | index | endless
//   !error CODE    the run ends with this error after 3 tokens
// An exit criterion is obeyed as if it compared the trace; samplers are accepted and change nothing.
// Model paths that contain these words change the load: corrupt, missing, crash-load, slow-load, hang-load, ordinary, too-big (unless `anyway`),
// gpu-crash and gpu-refuse (while `gpu` is auto), gpu-run (loads, and !crash happens only with the card).
// A graphics card is there when PLUMB_FAKE_GPU names it, or `gpu`.

import { fakeEncoder } from './fake-encoder.mjs';
import { sampleMarkdown, sampleWords } from './fake-texts.mjs';

export { sampleMarkdown };

const recurrence = { preludeBlocks: 2, coreBlocks: 4, codaBlocks: 2, stepsDefault: 32, stepsMin: 1, stepsMax: 128, notches: [1, 2, 4, 8, 16, 32, 64] };
// A test of long conversations asks for more.
const contextSize = Number(process.env.PLUMB_FAKE_CONTEXT ?? 4096);

/** Reads the words that steer a run. */
export function readOrders(text) {
  // Orders stand in front of what is to be said, which may be megabytes.
  const orders = text.split('!say', 1)[0];
  // From the start for each match, never from every character to the end: prompts with documents are long.
  const number = (word, fallback) => Number([...orders.matchAll(new RegExp(`!${word}\\s+(\\d+(?:\\.\\d+)?)`, 'g'))].at(-1)?.[1] ?? fallback);
  const word = (name) => orders.match(new RegExp(`!${name}\\s+(\\S+)`))?.[1] ?? null;
  return {
    tokens: number('tokens', 60),
    rate: number('rate', 200),
    slowMs: number('slow', 0),
    crashAfter: number('crash', Infinity),
    hangAfter: number('hang', Infinity),
    stallAfter: number('stall', Infinity),
    freezeAfter: number('freeze', Infinity),
    lie: word('lie'),
    error: word('error'),
    say: orders.includes('!markdown') ? sampleMarkdown : (text.match(/!say\s+([\s\S]+)$/)?.[1] ?? null),
  };
}

/** Tokens of a text as a model would cut it: words with the space before them. */
export function cut(text) {
  return text.match(/\s*\S+|\s+$/g) ?? [];
}

const countTokensOf = (messages) => messages.reduce((sum, { text }) => sum + cut(text).length + 4, 3);

/** Paragraphs of about the length that models write. */
const gapBefore = (index) => (index === 0 ? '' : index % 110 === 0 ? '\n\n' : ' ');

/** A curve that falls and settles; harder (later-settling) tokens come now and then. */
export function traceOf(index, steps) {
  const hardness = index % 7 === 3 ? 0.86 : 0.62 + (index % 5) * 0.03;
  return Array.from({ length: steps }, (_, step) => 1.4 * hardness ** step + 0.0004 * (1 + ((index * 31 + step * 17) % 10) / 10));
}

/** Steps a token takes and why it stopped: the first checked step whose change falls below the threshold, whatever the criterion's kind. */
export function exitOf(trace, exit) {
  for (let step = Math.max(1, exit?.minSteps ?? 1); exit && exit.kind !== 'none' && step < trace.length; step += exit.checkEvery) {
    if (trace[step - 1] < exit.threshold) return { steps: step, exitReason: 'converged' };
  }
  return { steps: trace.length, exitReason: trace.length === 0 ? 'none' : 'limit' };
}

/**
 * Serves the engine's table on a pipe.
 * `serve`, `engineApi` and `AppError` come from the contract: from its sources in unit tests, from dist in a process.
 * @param host those three, the pipe, how to die, and optionally the fork id to claim and who sees the prompts
 */
export function serveFakeEngine({ serve, engineApi, AppError, pipe, die, forkId = 'fakefakefake', onPrompt = () => undefined, onEncode = () => true, gpu = globalThis.process?.env.PLUMB_FAKE_GPU ?? null, heartbeatMs = 1000 }) {
  let loaded = null;
  let run = null;
  let lastPrompt = 0;

  const wait = (ms) => new Promise((done) => setTimeout(done, ms));
  const coded = (code, message) => new AppError(code, message);
  const unusable = async () => {
    throw coded('bad_request', 'The fake engine cannot do this.');
  };
  const { emit } = serve(pipe, engineApi, {
    hello: () => ({ protocol: 1, forkId, pid: globalThis.process?.pid ?? 0, gpu }),
    load: async ({ path, ...chosen }) => {
      if (path.includes('crash-load')) return die();
      if (chosen.gpu === 'auto' && gpu !== null && path.includes('gpu-crash')) return die();
      if (chosen.gpu === 'auto' && gpu !== null && path.includes('gpu-refuse')) throw coded('out_of_memory', 'The card is full.');
      if (path.includes('too-big') && !chosen.anyway) throw coded('out_of_memory', 'This needs 900 GB.');
      if (path.includes('hang-load')) return new Promise(() => undefined);
      if (path.includes('corrupt')) throw coded('model_corrupt', 'The model file is damaged.');
      if (path.includes('missing')) throw coded('model_missing', 'The model file is not there.');
      const parts = path.includes('slow-load') ? 40 : 4;
      for (let part = 1; part <= parts; part++) {
        await wait(parts === 40 ? 50 : 5);
        emit('loadProgress', { progress: part / parts });
      }
      const ordinary = path.includes('ordinary');
      loaded = {
        path, name: 'Fake model', architecture: ordinary ? 'llama' : 'huginn', contextSize, recurrence: ordinary ? null : recurrence,
        loadMs: 20, memoryBytes: 8e6, kvBytesPerToken: 2048, kvBudget: ordinary ? 0 : chosen.kvBudget || 128, kvType: chosen.kvType, threads: 1, gpu: chosen.gpu === 'auto' ? gpu : null,
        speed: { fixedMs: 1, stepMs: 0.125, prefillTokensPerSecond: 2000 },
      };
      return loaded;
    },
    unload: () => {
      loaded = null;
      return {};
    },
    generate: ({ runId, messages, recurrence: chosen, sampling }) => {
      if (!loaded) throw coded('no_model', 'No model is open.');
      if (run) throw coded('engine_busy', 'An answer is already being made.');
      onPrompt(messages);
      run = { runId, steps: loaded.recurrence ? chosen.steps : 0, exit: chosen.exit, hurried: false, stopped: false, deaf: false };
      void stream(run, messages, sampling);
      return {};
    },
    setSteps: ({ runId, steps }) => {
      if (run?.runId === runId && loaded?.recurrence) run.steps = steps;
      return {};
    },
    answerNow: ({ runId, on }) => {
      if (run?.runId === runId) run.hurried = on;
      return {};
    },
    // 40 bytes of cache a token and step, with the real engine's sizes of values.
    estimate: ({ contextSize: wanted, kvBudget, kvType, steps }) => {
      const size = wanted ?? contextSize;
      const kvBytesPerToken = Math.min(steps ?? 32, kvBudget || 128) * 40 * { f32: 2, f16: 1, q8_0: 17 / 32, q4_0: 9 / 32 }[kvType];
      return { contextSize: size, weightBytes: 4e6, kvBytesPerToken, kvBytes: size * kvBytesPerToken, freeBytes: 8e9, fits: true };
    },
    stop: ({ runId }) => {
      if (run?.deaf) return new Promise(() => undefined);
      if (run?.runId === runId) run.stopped = true;
      return {};
    },
    countTokens: ({ messages }) => {
      if (!loaded) throw coded('no_model', 'No model is open.');
      return { tokens: countTokensOf(messages), contextSize };
    },
    tokenize: ({ text }) => ({ ids: cut(text).map((_, at) => at) }),
    renderChat: ({ messages }) => ({ text: messages.map(({ role, text }) => `${role}: ${text}`).join('\n') }),
    probe: unusable,
    // Half as shallow, one token in fifty more stays what it was.
    calibrate: ({ prompts, tokens }) => {
      if (run) throw coded('engine_busy', 'The engine is busy with something else.');
      return { points: [0.2, 0.1, 0.05, 0.025].map((threshold, i) => ({ threshold, agreement: 0.94 + 0.02 * i, meanSteps: 4 + 2 * i })), tokens: tokens * prompts.length, prompts: prompts.length };
    },
    quantize: unusable,
    ...fakeEncoder({ coded, die, wait, onEncode }),
  });

  let frozen = false;
  const beat = setInterval(() => frozen || emit('alive', { progress: 0 }), heartbeatMs);
  beat.unref?.();
  pipe.onClose(() => clearInterval(beat));

  async function stream(mine, messages, sampling) {
    const startedMs = performance.now();
    const orders = readOrders(messages.at(-1).text);
    const words = orders.say === null ? sampleWords : cut(orders.say);
    const total = Math.min(orders.say === null ? orders.tokens : words.length, sampling.maxTokens);
    let firstTokenMs = 0;
    let stepSum = 0;
    let index = 0;
    let batch = [];
    let sentMs = 0;
    const promptTokens = countTokensOf(messages);
    const send = () => {
      if (batch.length > 0) emit('tokens', { runId: mine.runId, tokens: batch });
      batch = [];
      sentMs = performance.now();
    };
    /** Depth and reason of a token as things stand now: "answer now" may come while it thinks. */
    const depthOf = (at) => {
      const own = exitOf(traceOf(at, mine.steps), mine.exit);
      return mine.hurried && own.steps > 1 ? { steps: 1, exitReason: 'hurried' } : own;
    };
    while (index < total && !mine.stopped) {
      if (orders.slowMs > 0) {
        const full = traceOf(index, mine.steps);
        for (let step = 1; step <= depthOf(index).steps && !mine.stopped; step++) {
          await wait(orders.slowMs);
          emit('step', { runId: mine.runId, phase: 'token', index, trace: full.slice(0, step) });
        }
        if (mine.stopped) break;
      }
      const text = orders.say === null ? gapBefore(index) + words[index % words.length] : words[index];
      const { steps, exitReason } = depthOf(index);
      batch.push({ index, id: 100 + index, text, steps, exitReason, trace: traceOf(index, steps) });
      stepSum += steps;
      index++;
      if (index === 1) firstTokenMs = performance.now() - startedMs;
      // Paced against the clock, so that a late timer is caught up and the rate is kept.
      const aheadMs = (index * 1000) / orders.rate - (performance.now() - startedMs);
      if (batch.length >= 8 || performance.now() - sentMs >= 16 || orders.slowMs > 0) send();
      if (aheadMs > 1 && orders.slowMs === 0) await wait(aheadMs);
      if (index >= orders.crashAfter && !(loaded?.path.includes('gpu-run') && loaded.gpu === null)) {
        send();
        await wait(0);
        return die();
      }
      if (index >= orders.hangAfter) {
        send();
        mine.deaf = true;
        return;
      }
      if (index >= orders.stallAfter || index >= orders.freezeAfter) {
        send();
        mine.deaf = true;
        frozen = index >= orders.freezeAfter;
        return;
      }
      if (index >= 3 && (orders.lie || orders.error)) {
        send();
        if (orders.error) return finish('error', { code: orders.error, message: 'The fake engine was told to fail.' });
        if (lie(orders.lie)) return;
      }
    }
    send();
    finish(mine.stopped ? 'stopped' : total === sampling.maxTokens ? 'length' : 'end', null);

    function lie(kind) {
      const token = { index, id: 1, text: 'x', steps: 1, exitReason: 'limit', trace: [1] };
      if (kind === 'frame') pipe.send({ kind: 'nonsense' });
      if (kind === 'token') pipe.send({ kind: 'event', name: 'tokens', body: { runId: mine.runId, tokens: [{ ...token, text: 7 }] } });
      if (kind === 'event') pipe.send({ kind: 'event', name: 'constructor', body: {} });
      if (kind === 'index') emit('tokens', { runId: mine.runId, tokens: [{ ...token, index: index + 5 }] });
      if (kind === 'endless') for (let more = 0; more < 200; more++) emit('tokens', { runId: mine.runId, tokens: Array.from({ length: 1000 }, (_, at) => ({ ...token, index: index + more * 1000 + at })) });
      return true;
    }
    function finish(reason, error) {
      run = null;
      const reusedTokens = Math.min(lastPrompt, promptTokens);
      lastPrompt = promptTokens + index;
      const decodeMs = performance.now() - startedMs - firstTokenMs;
      const meanSteps = index === 0 ? 0 : stepSum / index;
      emit('ended', {
        runId: mine.runId, reason, error,
        stats: { promptTokens, reusedTokens, rereadTokens: 0, promptMs: firstTokenMs, firstTokenMs, tokens: index, decodeMs, meanSteps },
        speed: { fixedMs: 1, stepMs: 4 / Math.max(1, meanSteps), prefillTokensPerSecond: 2000 },
      });
    }
  }
}

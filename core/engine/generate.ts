// Makes one answer: reads the prompt, then hands on the tokens that a decoder gives, until one of them ends it.
import { AppError, toErrorBody } from '../contract/errors.js';
import type { EngineApi } from '../contract/engine.js';
import type { EventBody, Params } from '../contract/rpc.js';
import { decoderTools, openDecoder, requireSampler } from './decoders.js';
import { recentTokens, type DecoderTools, type ReadOptions } from './decoder.js';
import type { NativeContext } from './native-types.js';
import { watchProgress } from './progress-watch.js';
import type { Role } from './sequence.js';
import type { Loaded } from './session.js';
import { refineSpeed, type SpeedPoint } from './speed.js';
import { createTokenBatches, systemClock } from './token-batches.js';

type Generate = Params<EngineApi, 'generate'>;
type Sampler = ReturnType<NativeContext['createSampler']>;
type Ended = EventBody<EngineApi, 'ended'>;

export interface RunEvents {
  tokens(body: EventBody<EngineApi, 'tokens'>): void;
  step(body: EventBody<EngineApi, 'step'>): void;
  ended(body: Ended): void;
}

export interface Run {
  readonly id: number;
  /** From the next token on. Errors: out_of_memory. */
  setSteps(steps: number): void;
  /** From the next step on; ends with the run. */
  answerNow(on: boolean): void;
  /** Between two steps, also while the prompt is read. */
  stop(): void;
  /** Resolves after `ended` was sent; never rejects. */
  readonly done: Promise<void>;
}

/**
 * Starts a run; everything that can be refused is refused here, before it runs.
 * Errors: sampler_unsupported, context_full (nothing was cut), chat_template_invalid, out_of_memory (too deep for this machine).
 */
export function startRun(loaded: Loaded, params: Generate, events: RunEvents): Run {
  const { chat, info, context } = loaded;
  const startedMs = performance.now();
  requireSampler(loaded, params.recurrence);
  const ids = chat.toIds(params.messages);
  if (ids.length + 1 > info.contextSize) {
    throw new AppError('context_full', `This conversation needs ${ids.length} tokens and the model can hold ${info.contextSize}.`, `${ids.length}/${info.contextSize}`);
  }
  loaded.reserveSteps(params.recurrence.steps);
  const control: RunControl = { steps: params.recurrence.steps, hurried: false, stopped: false };
  return {
    id: params.runId,
    setSteps(steps) {
      loaded.reserveSteps(steps);
      control.steps = steps;
    },
    answerNow(on) {
      control.hurried = on;
      if (info.recurrence) context.hurry(on);
    },
    stop() {
      control.stopped = true;
      context.requestStop(true);
    },
    done: work(loaded, params, ids, control, events, startedMs),
  };
}

interface RunControl {
  steps: number;
  hurried: boolean;
  stopped: boolean;
}

async function work(loaded: Loaded, params: Generate, ids: Uint32Array, control: RunControl, events: RunEvents, startedMs: number): Promise<void> {
  const { context, info, sequence, vocabulary, model } = loaded;
  const { runId, sampling } = params;
  const batches = createTokenBatches((tokens) => events.tokens({ runId, tokens }), systemClock, sampling.stop);
  const measured: SpeedPoint[] = [];
  const stats: Ended['stats'] = { promptTokens: ids.length, reusedTokens: 0, rereadTokens: 0, promptMs: 0, firstTokenMs: 0, tokens: 0, decodeMs: 0, meanSteps: 0 };
  let reason: Ended['reason'] = 'error';
  let error: Ended['error'] = null;
  let allSteps = 0;
  const seed = sampling.seed ?? Math.floor(Math.random() * 2 ** 32);
  const isPlain = params.recurrence.sampler.kind === 'plain';
  /** Shows the steps of what takes long. */
  async function watched<T>(phase: 'prefill' | 'token', index: number, work: () => Promise<T>): Promise<T> {
    const endWatch = info.recurrence ? watchProgress(context, (trace) => events.step({ runId, phase, index, trace })) : undefined;
    try {
      return await work();
    } finally {
      endWatch?.();
    }
  }
  async function read(tokens: Uint32Array, role: Role, index: number, how: Pick<ReadOptions, 'steps' | 'logits' | 'resume'>): Promise<'done' | 'stopped'> {
    if (control.stopped) return 'stopped';
    const phase = role === 'prompt' || role === 'last' ? 'prefill' : 'token';
    const settings = { ...params.recurrence, steps: how.steps };
    return watched(phase, index, () => sequence.read(tokens, settings, { role, logits: how.logits, resume: how.resume }));
  }
  /** The same behind the prompt, with its time taken. */
  async function readOn(tokens: Uint32Array, how: ReadOptions): Promise<'done' | 'stopped'> {
    const beganMs = performance.now();
    const outcome = await read(tokens, how.as, stats.tokens, how);
    const ms = performance.now() - beganMs;
    stats.decodeMs += ms;
    // What several tokens took together says nothing about one.
    if (tokens.length === 1 && outcome === 'done') measured.push({ steps: info.recurrence ? context.trace().nSteps : 0, ms });
    return outcome;
  }

  const draft: DecoderTools['draft'] = async (token, steps, ask) => {
    if (control.stopped) return 'stopped';
    const beganMs = performance.now();
    const found = await sequence.draft(token, { ...params.recurrence, steps }, { ...ask, sampling });
    stats.decodeMs += performance.now() - beganMs;
    return found;
  };

  const refine: DecoderTools['refine'] = async (tokens, steps, ask) => {
    if (control.stopped) return 'stopped';
    const beganMs = performance.now();
    const found = await watched('token', stats.tokens, () => sequence.refine(Uint32Array.from(tokens), { ...params.recurrence, steps }, { ...ask, sampling }));
    stats.decodeMs += performance.now() - beganMs;
    return found;
  };

  async function generate(sampler: Sampler): Promise<Ended['reason']> {
    const { kept, reread } = sequence.keep(ids, { ...params.recurrence, steps: control.steps });
    stats.reusedTokens = kept;
    stats.rereadTokens = reread;
    // The last token is read alone: the same rounding whether the rest was still in the cache or not, so the same seed gives the same answer.
    const last = ids.length - 1;
    for (let from = stats.reusedTokens; from < ids.length; ) {
      const to = from < last ? Math.min(last, from + loaded.batchSize) : ids.length;
      const role = to < ids.length ? 'prompt' : isPlain ? 'last' : 'verify';
      if ((await read(ids.subarray(from, to), role, from, { steps: control.steps, logits: 'last' })) === 'stopped') return 'stopped';
      from = to;
    }
    stats.promptMs = performance.now() - startedMs;
    const tools = decoderTools({
      loaded, sampling, seed,
      recent: Array.from(ids.slice(-recentTokens)),
      read: readOn,
      draft,
      refine,
      steps: () => control.steps,
      hurried: () => control.hurried,
      remaining: () => sampling.maxTokens - stats.tokens,
      isEnd: model.isEnd,
      draw: () => sampler.draw(0),
    });
    const decoder = openDecoder(tools, loaded, sampling, params.recurrence);
    try {
      for (let index = 0; ; index++) {
        const { done, value } = await decoder.next();
        if (done) return value;
        if (index === 0) stats.firstTokenMs = performance.now() - startedMs;
        const { id, ...depth } = value;
        if (model.isEnd(id)) return 'end';
        allSteps += depth.steps;
        stats.tokens = index + 1;
        batches.push({ index, id, ...depth }, vocabulary.bytes(id));
        if (batches.stopped) return 'stop';
        if (stats.tokens >= sampling.maxTokens) return 'length';
      }
    } finally {
      await decoder.return('stopped');
    }
  }

  let sampler: Sampler | undefined;
  try {
    await loaded.retune();
    sampler = context.createSampler({ ...sampling, seed, recent: ids.slice(-recentTokens) });
    reason = await generate(sampler);
  } catch (thrown) {
    error = toErrorBody(thrown);
  }
  sampler?.dispose();
  context.requestStop(false);
  if (info.recurrence) context.hurry(false);
  batches.end();
  stats.meanSteps = stats.tokens === 0 ? 0 : allSteps / stats.tokens;
  const readTokens = stats.promptTokens - stats.reusedTokens;
  const prefillTokensPerSecond = reason !== 'stopped' && readTokens >= 16 && stats.promptMs > 0 ? (1000 * readTokens) / stats.promptMs : null;
  loaded.noteTokens(measured);
  if (info.speed) info.speed = refineSpeed(info.speed, { tokens: measured, prefillTokensPerSecond });
  events.ended({ runId, reason, error, stats, speed: info.speed });
}

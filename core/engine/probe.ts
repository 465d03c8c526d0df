// Decodes given tokens from an empty cache and hands out everything inside: for parity and for measuring.
import { AppError } from '../contract/errors.js';
import type { EngineApi } from '../contract/engine.js';
import type { Params, Result } from '../contract/rpc.js';
import type { LatentStates } from './native-types.js';
import { toTrace } from './progress-watch.js';
import type { Loaded } from './session.js';

type Probe = Params<EngineApi, 'probe'>;

/** Errors: bad_request, context_full, model_without_recurrence (a state or a tap of an ordinary model), decode_failed. */
export async function probe(loaded: Loaded, params: Probe): Promise<Result<EngineApi, 'probe'>> {
  const { context, sequence, info } = loaded;
  const total = params.ids.length + params.feed.length + params.greedy;
  if (total > info.contextSize) throw new AppError('context_full', `These tokens need a context of ${total}; it holds ${info.contextSize}.`);
  const tapped = params.tap || params.tapInside;
  const inside = tapped || params.initialState !== null || params.allLogits;
  if (inside && params.ids.length > loaded.batchSize) throw new AppError('bad_request', `At most ${loaded.batchSize} tokens can be looked into at once.`);
  if ((tapped || params.initialState !== null) && !info.recurrence) throw new AppError('model_without_recurrence', 'This model has no latent state.');
  sequence.clear();
  try {
    return await decode(loaded, params);
  } finally {
    if (tapped) context.tap(false);
    sequence.clear();
  }
}

async function decode({ context, sequence, info, batchSize }: Loaded, params: Probe): Promise<Result<EngineApi, 'probe'>> {
  const ids = Uint32Array.from(params.ids);
  if (params.tap || params.tapInside) context.tap(params.tap, params.tapInside);
  if (params.initialState) context.setInitialState(Float32Array.from(params.initialState));
  const steps: number[] = [];
  const exitValues: (number | null)[][] = [];
  const note = (): void => {
    if (!info.recurrence) return;
    const trace = context.trace();
    steps.push(trace.nSteps);
    exitValues.push(Array.from(trace.exitValues, (value) => (Number.isNaN(value) ? null : value)));
  };

  const beganMs = performance.now();
  for (let from = 0; from < ids.length; from += batchSize) {
    await sequence.read(ids.subarray(from, from + batchSize), params.recurrence, { logits: params.allLogits ? 'all' : 'last' });
  }
  const prefillMs = performance.now() - beganMs;
  note();
  const latentStates = params.tap ? splitStates(context.latentStates()) : [];
  const inside = params.tapInside ? context.inside().map(({ name, step, values }) => ({ name, step, values: Array.from(values) })) : [];
  const rows = params.allLogits ? [...ids.keys()] : [-1];
  const logits = rows.map((row) => Array.from(context.logits(row)));
  const trace = info.recurrence ? toTrace(context.trace().deltas) : [];
  // What follows is not looked into.
  if (params.tap || params.tapInside) context.tap(false);

  const continued: number[] = [];
  let decodeMs = 0;
  const next = async (id: number): Promise<void> => {
    const startMs = performance.now();
    await sequence.read(Uint32Array.of(id), params.recurrence, { role: 'answer', carry: params.carry });
    decodeMs += performance.now() - startMs;
    note();
    if (params.keepLogits) logits.push(Array.from(context.logits()));
  };
  for (const id of params.feed) await next(id);
  while (continued.length < params.greedy) {
    const id = argmax(context.logits());
    continued.push(id);
    if (continued.length < params.greedy) await next(id);
  }
  return { logits, latentStates, ids: continued, prefillMs, decodeMs, trace, steps, exitValues, inside };
}

/** [n_steps][n_tokens * n_embd] from one flat copy. */
function splitStates({ nSteps, nTokens, nEmbd, states }: LatentStates): number[][] {
  const size = nTokens * nEmbd;
  return Array.from({ length: nSteps }, (_, step) => Array.from(states.subarray(step * size, (step + 1) * size)));
}

/** Ties go to the lowest id, as in the reference. */
function argmax(logits: Float32Array): number {
  let best = 0;
  for (let id = 1; id < logits.length; id++) if (logits[id]! > logits[best]!) best = id;
  return best;
}

// Lets a sampler continue given tokens from an empty cache and hands out what it did: for parity and for measuring.
import { AppError } from '../contract/errors.js';
import type { EngineApi } from '../contract/engine.js';
import type { RecurrenceSettings } from '../contract/recurrence.js';
import type { Params, Result } from '../contract/rpc.js';
import { recentTokens, type DecoderTools, type ReadOptions } from './decoder.js';
import { decoderTools, openDecoder, requireSampler, type DecoderInsight } from './decoders.js';
import type { Loaded } from './session.js';
import { referenceRules } from './wavefront-reference.js';

type Probe = Params<EngineApi, 'probeSampler'>;
type Found = Result<EngineApi, 'probeSampler'>;

/** Errors: sampler_unsupported, context_full, bad_request (a prompt that is no single batch), decode_failed. */
export async function probeSampler(loaded: Loaded, params: Probe): Promise<Found> {
  const { sequence, context, model, info } = loaded;
  const { ids, recurrence, sampling, reference } = params;
  requireSampler(loaded, recurrence);
  if (ids.length + 1 > info.contextSize) throw new AppError('context_full', `These tokens need a context of ${ids.length + 1}; it holds ${info.contextSize}.`);
  if (ids.length > loaded.batchSize) throw new AppError('bad_request', `At most ${loaded.batchSize} tokens can be read at once.`);
  const found: Found = { ids: [], steps: [], rounds: [], passes: [], reads: { count: 0, tokens: 0, coreSteps: 0, positionSteps: 0 }, promptMs: 0, decodeMs: 0, decodeCpuMs: 0 };
  /** Tokens of a round or pass that have not come out yet. */
  let waiting = 0;
  const insight: DecoderInsight = {
    ...(reference === null ? {} : { rules: rulesOf(recurrence, reference) }),
    onRound({ draftSteps, drafts, accepted, emitted }) {
      found.rounds.push({ draftSteps, drafts, accepted, emitted });
      waiting = emitted.length;
    },
    onPass({ window, changes, frozen, standing }) {
      found.passes.push({ window: [...window], changes: Array.from(changes), frozen, standing });
      waiting = frozen;
    },
  };
  const seed = sampling.seed ?? 0;
  const sampler = context.createSampler({ ...sampling, seed, recent: Uint32Array.from(ids.slice(-recentTokens)) });
  const read = async (tokens: Uint32Array, how: ReadOptions): Promise<'done' | 'stopped'> => {
    // Read again, drafts go on where they ended.
    const held = how.resume ? context.trace().nSteps : 0;
    const outcome = await sequence.read(tokens, { ...recurrence, steps: how.steps }, { logits: how.logits, role: how.as, resume: how.resume });
    const steps = (info.recurrence ? context.trace().nSteps : 1) - held;
    found.reads.count += 1;
    found.reads.tokens += tokens.length;
    found.reads.coreSteps += steps;
    found.reads.positionSteps += steps * tokens.length;
    return outcome;
  };
  const draft: DecoderTools['draft'] = async (token, steps, ask) => {
    const outcome = await sequence.draft(token, { ...recurrence, steps }, { ...ask, sampling });
    const count = outcome === 'stopped' ? 0 : outcome.ids.length;
    found.reads.count += count;
    found.reads.tokens += count;
    found.reads.coreSteps += steps * count;
    found.reads.positionSteps += steps * count;
    return outcome;
  };
  const refine: DecoderTools['refine'] = async (tokens, steps, ask) => {
    const outcome = await sequence.refine(Uint32Array.from(tokens), { ...recurrence, steps }, { ...ask, sampling });
    if (outcome === 'stopped') return outcome;
    const done = context.trace().nSteps;
    found.reads.count += 1;
    found.reads.tokens += tokens.length;
    found.reads.coreSteps += done;
    found.reads.positionSteps += done * tokens.length;
    return outcome;
  };
  const tools = decoderTools({
    loaded, sampling, seed, read, draft, refine,
    recent: ids.slice(-recentTokens),
    steps: () => recurrence.steps,
    hurried: () => false,
    remaining: () => (reference === null ? sampling.maxTokens - found.ids.length : Infinity),
    isEnd: (id) => reference === null && model.isEnd(id),
    draw: () => sampler.draw(-1),
  });
  sequence.clear();
  const decoder = openDecoder(tools, loaded, sampling, recurrence, insight);
  try {
    const beganMs = performance.now();
    await sequence.read(Uint32Array.from(ids), recurrence);
    const readMs = performance.now();
    found.promptMs = readMs - beganMs;
    const cpu = process.cpuUsage();
    const wantsMore = (): boolean => found.ids.length < sampling.maxTokens || (reference !== null && waiting > 0);
    while (wantsMore()) {
      const { done, value } = await decoder.next();
      if (done) break;
      waiting -= 1;
      found.ids.push(value.id);
      found.steps.push(value.steps);
      if (tools.isEnd(value.id)) break;
    }
    found.decodeMs = performance.now() - readMs;
    const { user, system } = process.cpuUsage(cpu);
    found.decodeCpuMs = (user + system) / 1000;
    return found;
  } finally {
    await decoder.return('stopped');
    sampler.dispose();
    sequence.clear();
  }
}

function rulesOf({ sampler, steps }: RecurrenceSettings, { freeze }: NonNullable<Probe['reference']>): DecoderInsight['rules'] {
  if (sampler.kind !== 'wavefront') return undefined;
  if (freeze === 'latent-diff') return referenceRules({ kind: freeze, threshold: sampler.freezeThreshold });
  return referenceRules({ kind: freeze, afterPasses: Math.floor(steps / sampler.innerSteps) + 1 });
}

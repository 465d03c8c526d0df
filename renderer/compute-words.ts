// Owns the plain words for computing: efforts, exit rules, samplers, caches, and what each took here. No view says these twice.
import { efforts, type ExitCriterion, type ExitKind, type KvType, type MeasuredEffect, type SamplerSettings } from '../core/contract/compute.js';
import { effortAt, nearestEffort } from '../core/contract/effort.js';
import { plural, rate } from './figures.js';

export const effortNames = { quick: 'Quick', balanced: 'Balanced', deep: 'Deep' } as const;

/** "Balanced", or "near Balanced" between the named places. */
export function effortWords(effort: number): string {
  const named = efforts.some((name) => effortAt[name] === effort);
  return `${named ? '' : 'near '}${effortNames[nearestEffort(effort)]}`;
}

/** What a rule waits for, in the middle of a sentence, and its name in the field. */
export const exitNames: Readonly<Record<Exclude<ExitKind, 'none'>, { waitsFor: string; technical: string }>> = {
  'latent-diff': { waitsFor: 'a step hardly changes its latent state', technical: 'relative change of the latent state' },
  'second-order': { waitsFor: 'the changes themselves hardly change', technical: 'second difference of the latent state' },
  cosine: { waitsFor: 'its latent state keeps its direction', technical: 'cosine distance of the latent state' },
  kl: { waitsFor: 'the odds of the next word hardly change', technical: 'KL divergence of the output' },
  'minp-kl': { waitsFor: 'the odds of the likely words hardly change', technical: 'KL divergence over likely words' },
  'entropy-diff': { waitsFor: 'its certainty hardly changes', technical: 'change of the output’s entropy' },
  'argmax-stability': { waitsFor: 'its first choice stays the same', technical: 'checks in a row with the same first choice' },
};

/** "0.03", "1e-5": as a person would type it. */
export function thresholdWords(value: number): string {
  return value >= 0.001 ? String(Number(value.toPrecision(2))) : value.toExponential(0);
}

/** One sentence: when a token stops. */
export function stopWords(exit: ExitCriterion | null, steps: number): string {
  if (exit === null || exit.kind === 'none') return `Every token runs ${plural(steps, 'step')}.`;
  const latest = `after ${plural(steps, 'step')} at the latest`;
  if (exit.kind === 'latent-diff') return `A token stops when a step changes its latent state by less than ${Number((exit.threshold * 100).toPrecision(2))} %, ${latest}.`;
  return `A token stops when ${exitNames[exit.kind].waitsFor}, ${latest}.`;
}

export type SamplerKind = SamplerSettings['kind'];
export const samplerKinds: readonly SamplerKind[] = ['plain', 'speculative', 'wavefront'];
export const samplerNames: Readonly<Record<SamplerKind, { name: string; hint: string }>> = {
  plain: { name: 'One word after the other', hint: 'Each token thinks to its end before the next begins.' },
  speculative: { name: 'Guess ahead and check', hint: 'Drafts with few steps, then checks many tokens at once. The answers are as likely as without it.' },
  wavefront: { name: 'Several words at once', hint: 'Begins the next tokens before this one has settled. Faster; answers may differ a little.' },
};

export const kvTypeNames: Readonly<Record<KvType, string>> = { f32: '32 bit, exact', f16: '16 bit, as usual', q8_0: '8 bit, half the memory', q4_0: '4 bit, a quarter, coarser' };

/** The measurement that fits best: the same way of making tokens, then the same mode and depth, then the newest (they come newest first). */
export function bestEffect(effects: readonly MeasuredEffect[], wanted: { sampler: SamplerKind; adaptive: boolean; steps: number }): MeasuredEffect | null {
  const fitting = effects.filter(({ sampler }) => sampler === wanted.sampler);
  const score = ({ adaptive, steps }: MeasuredEffect): number => (adaptive === wanted.adaptive ? 2 : 0) + (steps === wanted.steps ? 1 : 0);
  return fitting.length === 0 ? null : fitting.reduce((best, each) => (score(each) > score(best) ? each : best));
}

/** "61 tokens/s at 16 steps", "96 tokens/s, 9.4 of 32 steps", or that nothing is known. */
export function effectWords(effect: MeasuredEffect | null): string {
  if (!effect) return 'not measured yet';
  const { adaptive, tokensPerSecond, meanSteps, steps } = effect;
  return `${rate(tokensPerSecond)} tokens/s${adaptive ? `, ${stepsOf(meanSteps, steps)}` : ` at ${plural(steps, 'step')}`}`;
}

/** "9.4 of 32 steps". */
export function stepsOf(mean: number, limit: number): string {
  return `${Number.isInteger(mean) ? mean : mean.toFixed(1)} of ${plural(limit, 'step')}`;
}

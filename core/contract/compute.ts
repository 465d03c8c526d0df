// Owns how a run spends its steps: when a token stops early, which sampler decodes, what the cache keeps. Names, limits and defaults.
import { z } from 'zod';

/** Rules for leaving the recurrence early; `none` runs every step. What each one compares: `docs/compute.md`. */
export const exitKinds = ['none', 'latent-diff', 'second-order', 'cosine', 'kl', 'minp-kl', 'entropy-diff', 'argmax-stability'] as const;
export type ExitKind = (typeof exitKinds)[number];

/** Thresholds of the reference implementation (`second-order` has none there: ours). For `argmax-stability` a count of checks, else unitless. */
export const exitThresholds: Readonly<Record<Exclude<ExitKind, 'none'>, number>> = {
  'latent-diff': 0.03,
  'second-order': 0.01,
  cosine: 1e-3,
  kl: 1e-3,
  'minp-kl': 1e-5,
  'entropy-diff': 1e-3,
  'argmax-stability': 5,
};

const stepCount = z.number().int().min(1).max(128);

/** `threshold`: the token exits when the value falls below it (argmax-stability: reaches it). */
export const exitCriterionSchema = z.object({
  kind: z.enum(exitKinds),
  threshold: z.number().positive().max(1e6),
  /** Steps done before the first check. */
  minSteps: z.number().int().min(0).max(128).default(1),
  /** Steps between two checks. */
  checkEvery: stepCount.default(1),
  /** Whether the reading of the prompt may stop early too, all positions of a batch together. */
  inPrefill: z.boolean().default(false),
});
export type ExitCriterion = z.infer<typeof exitCriterionSchema>;

/** How tokens are decoded. `plain`: one after the other, each at full depth. */
export const samplerSettingsSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('plain') }),
  /** Drafts with few steps, verifies many tokens in one batch at the run's depth; the distribution of the answer is that of `plain`. */
  z.object({
    kind: z.literal('speculative'),
    draftSteps: stepCount.default(4),
    /** Most tokens drafted before one verification. */
    lookahead: z.number().int().min(1).max(32).default(8),
    /** Draft depth and lookahead follow the measured acceptance. */
    adapt: z.boolean().default(true),
  }),
  /** Diffusion forcing (paper "Efficient Parallel Samplers for Recurrent-Depth Models"): many positions at once, each refined a few steps per pass. */
  z.object({
    kind: z.literal('wavefront'),
    /** Steps each position is refined per pass. */
    innerSteps: stepCount.default(4),
    /** New positions per pass. */
    headway: z.number().int().min(1).max(16).default(1),
    /** Most positions under way at once. */
    limit: z.number().int().min(1).max(128).default(32),
    /** A position is frozen when its latent state changed by less than this in a pass, |x - x_before| / |x|. */
    freezeThreshold: z.number().positive().max(10).default(0.03),
    /** Share of fresh noise mixed into the states, falling with the passes. */
    stateNoise: z.number().min(0).max(1).default(0),
    /** Weight of the previous pass in the averaged embedding of a position. */
    embeddingAverage: z.number().min(0).max(1).default(0),
  }),
]);
export type SamplerSettings = z.infer<typeof samplerSettingsSchema>;

/** Types of the KV cache's values. Quantised ones need flash attention, which llama.cpp turns on by itself. */
export const kvTypes = ['f16', 'f32', 'q8_0', 'q4_0'] as const;
export const kvTypeSchema = z.enum(kvTypes);
export type KvType = (typeof kvTypes)[number];

/** KV slots per core layer; 0 keeps every step (the full cache). With fewer slots than steps they are used in turn, as a ring. */
export const kvBudgetSchema = z.number().int().min(0).max(128);

/** What the cache of a loaded model keeps. A change takes a reload. */
export const cacheSettingsSchema = z.object({ kvBudget: kvBudgetSchema.default(0), kvType: kvTypeSchema.default('f16') });
export type CacheSettings = z.infer<typeof cacheSettingsSchema>;

/** Words for exit criteria, from shallow to deep: one criterion, three thresholds. */
export const efforts = ['quick', 'balanced', 'thorough'] as const;
export type Effort = (typeof efforts)[number];
export const exitOfEffort: Readonly<Record<Effort, ExitCriterion>> = {
  quick: exitCriterionSchema.parse({ kind: 'latent-diff', threshold: 0.1 }),
  balanced: exitCriterionSchema.parse({ kind: 'latent-diff', threshold: exitThresholds['latent-diff'] }),
  thorough: exitCriterionSchema.parse({ kind: 'latent-diff', threshold: 0.01 }),
};

/** What a person chose for one model. `auto`: tokens stop early, by effort or by a criterion of their own; the slider is the limit. */
export const computeChoiceSchema = z.object({
  mode: z.enum(['fixed', 'auto']).default('fixed'),
  effort: z.enum(efforts).default('balanced'),
  /** In place of the effort's criterion. */
  exit: exitCriterionSchema.nullable().default(null),
  warmStart: z.boolean().default(false),
  sampler: samplerSettingsSchema.default({ kind: 'plain' }),
  ...cacheSettingsSchema.shape,
});
export type ComputeChoice = z.infer<typeof computeChoiceSchema>;
export const defaultCompute: ComputeChoice = computeChoiceSchema.parse({});

/** The part of a run's settings that follows from a choice. */
export function runSettingsOf({ mode, effort, exit, warmStart, sampler }: ComputeChoice): { exit: ExitCriterion | null; warmStart: boolean; sampler: SamplerSettings } {
  return { exit: mode === 'auto' ? (exit ?? exitOfEffort[effort]) : null, warmStart, sampler };
}

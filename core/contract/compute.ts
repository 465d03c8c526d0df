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
    /** A position is frozen when its latent state changed by less than this in a pass, |x - x_before| / |x|. A run's `latent-diff` criterion takes its place. */
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

/** Named places on the effort's scale, from shallow to deep. What an effort means for a model: effort.ts. */
export const efforts = ['quick', 'balanced', 'deep'] as const;
export type Effort = (typeof efforts)[number];

const change = z.number().positive().max(10);

/** Thresholds of `latent-diff` measured for one model, in place of the general ones: relative change per step below which little is lost. */
export const effortCalibrationSchema = z.object({ quick: change, balanced: change, deep: change });
export type EffortCalibration = z.infer<typeof effortCalibrationSchema>;

/** What a threshold of `latent-diff` would do: share of next tokens that stay the same, and the mean step at which tokens stop. */
export const calibrationPointSchema = z.object({ threshold: change, agreement: z.number().min(0).max(1), meanSteps: z.number().nonnegative() });
export type CalibrationPoint = z.infer<typeof calibrationPointSchema>;

/** What a person chose for one model. `fixed`: every token runs the slider's steps. `auto`: tokens stop early, and the effort says how early and how late. */
export const computeChoiceSchema = z.object({
  mode: z.enum(['fixed', 'auto']).default('fixed'),
  /** 0 quick, 0.5 balanced, 1 deep, and everything between. */
  effort: z.number().min(0).max(1).default(0.5),
  calibration: effortCalibrationSchema.nullable().default(null),
  /** In place of the effort's criterion. */
  exit: exitCriterionSchema.nullable().default(null),
  warmStart: z.boolean().default(false),
  sampler: samplerSettingsSchema.default({ kind: 'plain' }),
  ...cacheSettingsSchema.shape,
});
export type ComputeChoice = z.infer<typeof computeChoiceSchema>;
export const defaultCompute: ComputeChoice = computeChoiceSchema.parse({});

/** What finished answers of one model took on this machine, with one set of choices. */
export const measuredEffectSchema = z.object({
  sampler: z.enum(['plain', 'speculative', 'wavefront']),
  /** Tokens could stop early. */
  adaptive: z.boolean(),
  /** The most a token could run. */
  steps: z.number().int().positive(),
  /** null: a version that did not say. */
  kvBudget: z.number().int().nonnegative().nullable(),
  kvType: kvTypeSchema.nullable(),
  runs: z.number().int().positive(),
  tokensPerSecond: z.number().nonnegative(),
  meanSteps: z.number().nonnegative(),
});
export type MeasuredEffect = z.infer<typeof measuredEffectSchema>;

// Owns recurrence: the limits, the settings of a run, and what a model says of itself. Shared by slider, validator and engine.
import { z } from 'zod';
import { exitCriterionSchema, samplerSettingsSchema } from './compute.js';

/** Steps the engine accepts for one token, whatever the model: 1 to 128. A model's own range comes from its GGUF. */
export const stepsLimit = { min: 1, max: 128 } as const;

/** What a model's GGUF says about its recurrence (keys `<arch>.recurrence.*`). */
export const recurrenceInfoSchema = z.object({
  preludeBlocks: z.number().int().nonnegative(),
  coreBlocks: z.number().int().positive(),
  codaBlocks: z.number().int().nonnegative(),
  /** The depth the model was trained around; the slider starts here. */
  stepsDefault: z.number().int().min(stepsLimit.min).max(stepsLimit.max),
  stepsMin: z.number().int().min(stepsLimit.min).max(stepsLimit.max),
  stepsMax: z.number().int().min(stepsLimit.min).max(stepsLimit.max),
  /** Labelled positions of the slider, ascending. */
  notches: z.array(z.number().int().min(stepsLimit.min).max(stepsLimit.max)).min(1).max(16),
});
export type RecurrenceInfo = z.infer<typeof recurrenceInfoSchema>;

/** How one run uses the core. Stored with the run exactly as used. */
export const recurrenceSettingsSchema = z.object({
  steps: z.number().int().min(stepsLimit.min).max(stepsLimit.max),
  /** Seed of the initial latent state; the same seed gives the same state at the same position. */
  stateSeed: z.number().int().min(0).max(0xffff_ffff).default(0),
  /** Scale of the random initial latent state; 0 starts from zero, 1 is as trained. */
  stateScale: z.number().min(0).max(4).default(1),
  /** When a token may stop before `steps`; null: never. */
  exit: exitCriterionSchema.nullable().default(null),
  /** A token starts from the last latent state of the token before it instead of the seeded one. Needs the token before: not for the prompt. */
  warmStart: z.boolean().default(false),
  sampler: samplerSettingsSchema.default({ kind: 'plain' }),
});
export type RecurrenceSettings = z.infer<typeof recurrenceSettingsSchema>;

/** Why a token stopped iterating. `limit`: it ran all the steps it was given. `converged`: its exit criterion passed. `hurried`: "answer now" was asked for. */
export const exitReasons = ['limit', 'stopped', 'converged', 'hurried', 'none'] as const;
export const exitReasonSchema = z.enum(exitReasons);
export type ExitReason = z.infer<typeof exitReasonSchema>;

/** One generated token. `trace[t]` is the relative change of the latent state at step t+1, |x_t - x_(t-1)| / |x_t|, unitless. */
export const tokenRecordSchema = z.object({
  index: z.number().int().nonnegative(),
  id: z.number().int().nonnegative(),
  text: z.string(),
  /** 0 for a model without recurrence. */
  steps: z.number().int().nonnegative(),
  exitReason: exitReasonSchema,
  trace: z.array(z.number()).max(stepsLimit.max),
});
export type TokenRecord = z.infer<typeof tokenRecordSchema>;

/** What one token costs on this machine: about `fixedMs + stepMs * steps`. Measured at load and refined by every run. */
export const speedSchema = z.object({
  fixedMs: z.number().nonnegative(),
  stepMs: z.number().nonnegative(),
  /** Prompt reading, tokens per second at the steps it was measured with. */
  prefillTokensPerSecond: z.number().nonnegative().nullable(),
});
export type Speed = z.infer<typeof speedSchema>;

/** Milliseconds one token takes at a depth. */
export function tokenMs(speed: Speed, steps: number): number {
  return speed.fixedMs + speed.stepMs * steps;
}

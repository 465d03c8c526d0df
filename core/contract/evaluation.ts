// Owns the shapes of evaluation: the problems of a suite (one JSON object a line) and the report of a run over it.
import { z } from 'zod';

const role = z.enum(['system', 'user', 'assistant']);

/** One problem. A reply is right if, trimmed, it equals one of `answers`. */
export const problemSchema = z.object({
  /** Unique in its suite, for example `cups/12/0031`. */
  id: z.string(),
  task: z.string(),
  /** Tasks are summed up by group, for example `tracking`, `arithmetic`, `reading`, `talk`. */
  group: z.string(),
  /** How hard, in the task's own unit: updates, terms, lines. */
  level: z.number().int().nonnegative(),
  /** Share of right answers by guessing among the possible answers. */
  chance: z.number().min(0).max(1),
  /** `unseen`: phrased in words that training never used. */
  wording: z.enum(['known', 'unseen']),
  messages: z.array(z.object({ role, text: z.string() })).min(1),
  answers: z.array(z.string()).min(1),
  /** Offset in `answers[0]`, in characters, of the token that decides; its convergence is what counts. */
  decides: z.number().int().nonnegative().default(0),
});
export type Problem = z.infer<typeof problemSchema>;

/** Accuracy of one task at one level (null: all levels) at one number of steps, with a 95 % Wilson interval. */
export const scoreSchema = z.object({
  task: z.string(),
  group: z.string(),
  level: z.number().int().nullable(),
  steps: z.number().int().positive(),
  problems: z.number().int().nonnegative(),
  right: z.number().int().nonnegative(),
  accuracy: z.number(),
  low: z.number(),
  high: z.number(),
  chance: z.number(),
  /** Mean steps a token really took, with an exit criterion fewer than `steps`. */
  meanSteps: z.number(),
  tokensPerSecond: z.number(),
});
export type Score = z.infer<typeof scoreSchema>;

/** What `plumb eval --json` prints, and what the built-in model's card is drawn from. */
export const evaluationSchema = z.object({
  suite: z.string(),
  seed: z.number().int().nullable(),
  model: z.object({ name: z.string(), sizeBytes: z.number(), parameters: z.number(), fileType: z.string() }),
  date: z.string(),
  steps: z.array(z.number().int().positive()),
  scores: z.array(scoreSchema),
});
export type Evaluation = z.infer<typeof evaluationSchema>;

// Owns what the rooms say to each other about model files and about the engine's state.
import { z } from 'zod';
import { kvTypeSchema } from './compute.js';
import { errorCodes } from './errors.js';
import { recurrenceInfoSchema, speedSchema } from './recurrence.js';

export const errorBodySchema = z.object({
  code: z.enum(errorCodes),
  message: z.string(),
  detail: z.string().optional(),
});

/** A model file Plumb knows of, described from its GGUF header alone. */
export const modelSchema = z.object({
  /** Stable for one path on one machine. */
  id: z.string(),
  name: z.string(),
  path: z.string(),
  builtIn: z.boolean(),
  sizeBytes: z.number().int().nonnegative(),
  architecture: z.string(),
  parameters: z.number().nonnegative(),
  /** llama.cpp's name of the weight type, for example Q8_0. */
  fileType: z.string(),
  contextLength: z.number().int().nonnegative(),
  /** What it is for: answers, finding passages by meaning, or putting found passages in order. */
  purpose: z.enum(['chat', 'embedder', 'reranker']),
  /** null: an ordinary model, the slider is disabled. */
  recurrence: recurrenceInfoSchema.nullable(),
  /** Why it cannot be used, for example a truncated file. */
  problem: errorBodySchema.nullable(),
});
export type Model = z.infer<typeof modelSchema>;

/** A model that the engine has in memory. */
export const loadedModelSchema = z.object({
  path: z.string(),
  name: z.string(),
  architecture: z.string(),
  contextSize: z.number().int().positive(),
  recurrence: recurrenceInfoSchema.nullable(),
  loadMs: z.number().nonnegative(),
  /** Weights, KV cache and compute buffers. */
  memoryBytes: z.number().nonnegative(),
  kvBytesPerToken: z.number().nonnegative(),
  /** Slots per core layer as they are: never 0 for a recurrent model. */
  kvBudget: z.number().int().nonnegative(),
  kvType: kvTypeSchema,
  threads: z.number().int().positive(),
  gpu: z.string().nullable(),
  speed: speedSchema.nullable(),
});
export type LoadedModel = z.infer<typeof loadedModelSchema>;

/** What loading a model would take, from its header alone. */
export const loadEstimateSchema = z.object({
  /** Tokens of context that would be allocated: fewer than wanted when memory is short. */
  contextSize: z.number().int().nonnegative(),
  weightBytes: z.number().nonnegative(),
  /** At the steps asked about. */
  kvBytesPerToken: z.number().nonnegative(),
  kvBytes: z.number().nonnegative(),
  freeBytes: z.number().nonnegative(),
  fits: z.boolean(),
});
export type LoadEstimate = z.infer<typeof loadEstimateSchema>;

/** The engine as the window sees it. */
export const engineStateSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('starting') }),
  z.object({ kind: z.literal('idle') }),
  z.object({ kind: z.literal('loading'), modelId: z.string(), progress: z.number().min(0).max(1) }),
  z.object({ kind: z.literal('ready'), modelId: z.string(), loaded: loadedModelSchema }),
  /** The engine could not load the model; it still runs. */
  z.object({ kind: z.literal('failed'), modelId: z.string().nullable(), error: errorBodySchema }),
  /** The engine process is gone and will not be started again by itself. */
  z.object({ kind: z.literal('down'), error: errorBodySchema }),
]);
export type EngineState = z.infer<typeof engineStateSchema>;

// Owns what the rooms say to each other about models that read documents: one makes vectors of passages, one scores them against a question.
import { z } from 'zod';
import { errorBodySchema } from './models.js';

/** `embedder`: text -> vector, finds passages by meaning. `reranker`: question and passage -> score, puts what was found in order. */
export const encoderPurposeSchema = z.enum(['embedder', 'reranker']);
export type EncoderPurpose = z.infer<typeof encoderPurposeSchema>;

/** Texts of one call, and characters of each: what the largest passage and a heading path take, with room to spare. */
export const encodingLimits = { texts: 64, characters: 200_000 } as const;
const encodedText = z.string().max(encodingLimits.characters);

/** A model that the engine has open for encoding. */
export const openEncoderSchema = z.object({
  purpose: encoderPurposeSchema,
  /** Of a vector; a reranker's scores have one. */
  dimensions: z.number().int().positive().max(65_536),
  /** Tokens of a text that are read; the rest is cut off. */
  contextSize: z.number().int().positive(),
  memoryBytes: z.number().nonnegative(),
  loadMs: z.number().nonnegative(),
});
export type OpenEncoder = z.infer<typeof openEncoderSchema>;

const none = z.object({});

/** Part of the engine's table. The services call these on a process of its own, so that reading documents cannot take an answer down. */
export const encodingOperations = {
  /** Opens a model in place of the one with the same purpose. Errors: model_missing, model_corrupt, model_unsupported, model_not_for_documents, out_of_memory. */
  openEncoder: { params: z.object({ path: z.string(), purpose: encoderPurposeSchema }), result: openEncoderSchema },
  closeEncoder: { params: z.object({ purpose: encoderPurposeSchema }), result: none },
  /** Vectors of unit length, end to end; of the first texts alone after `stopEncoding`. Errors: no_model, decode_failed (also for values that are no numbers). */
  embed: {
    params: z.object({ texts: z.array(encodedText).min(1).max(encodingLimits.texts) }),
    result: z.object({ dimensions: z.number().int().positive(), vectors: z.instanceof(Float32Array<ArrayBufferLike>).refine((all) => all.every((value) => Number.isFinite(value))) }),
  },
  /** One score for each text, larger is better, between 0 and 1; of the first texts alone after `stopEncoding`. Errors: as `embed`. */
  rank: {
    params: z.object({ query: encodedText, texts: z.array(encodedText).min(1).max(encodingLimits.texts) }),
    result: z.object({ scores: z.array(z.number().min(0).max(1)) }),
  },
  /** Ends what is being encoded, and what waits, with what there is. */
  stopEncoding: { params: none, result: none },
} as const;

/** A model that was switched on for documents, as windows see it. */
export const encoderStateSchema = z.object({
  purpose: encoderPurposeSchema,
  modelId: z.string(),
  /** `waiting`: it is loaded when it is needed. */
  kind: z.enum(['waiting', 'loading', 'ready', 'failed']),
  error: errorBodySchema.nullable(),
  memoryBytes: z.number().nonnegative(),
  /** Passages with a vector of this embedder, of all there are; null for a reranker. */
  passages: z.object({ done: z.number().int().nonnegative(), total: z.number().int().nonnegative() }).nullable(),
});
export type EncoderState = z.infer<typeof encoderStateSchema>;

/** Part of the windows' table. */
export const encoderOperations = {
  /**
   * Switches a model on for documents, in place of another with the same purpose, or off. Switched off, its vectors are erased and passages are found
   * by their words alone. Errors: model_not_for_documents, and why its file cannot be used.
   */
  'models.useForDocuments': { params: z.object({ modelId: z.string(), on: z.boolean() }), result: none },
  /** The models that are switched on for documents. */
  'models.encoders': { params: none, result: z.object({ encoders: z.array(encoderStateSchema) }) },
} as const;

// Owns the shapes of conversations, messages and runs as every room sees them.
import { z } from 'zod';
import { cacheSettingsSchema } from './compute.js';
import { groundingSchema } from './documents.js';
import { errorCodes } from './errors.js';
import { recurrenceSettingsSchema, tokenRecordSchema } from './recurrence.js';

export const idSchema = z.number().int().positive();
const timeMs = z.number().int().nonnegative();

/** Sampler settings, in llama.cpp's words. Temperature 0 is greedy. */
export const samplingSchema = z.object({
  temperature: z.number().min(0).max(5).default(0.7),
  topK: z.number().int().min(0).max(100_000).default(40),
  topP: z.number().min(0).max(1).default(0.95),
  minP: z.number().min(0).max(1).default(0.05),
  repeatPenalty: z.number().min(0.5).max(3).default(1),
  /** null draws a new seed for every run; the one drawn is stored with the run. */
  seed: z.number().int().min(0).max(0xffff_ffff).nullable().default(null),
  /** Longest answer in tokens. */
  maxTokens: z.number().int().min(1).max(100_000).default(1024),
  /** The answer ends before the first of these texts. */
  stop: z.array(z.string().min(1).max(200)).max(8).default([]),
});
export type Sampling = z.infer<typeof samplingSchema>;
export const defaultSampling: Sampling = samplingSchema.parse({});

export const conversationSchema = z.object({
  id: idSchema,
  title: z.string(),
  createdAtMs: timeMs,
  updatedAtMs: timeMs,
  /** In memory only: not listed, not found, gone when it is closed. */
  temporary: z.boolean().optional(),
});
export type Conversation = z.infer<typeof conversationSchema>;

/** running: being made. done: the model ended it or the length limit did. stopped: by the user. interrupted: by a crash or an error; what was there is kept. */
export const runStates = ['running', 'done', 'stopped', 'interrupted'] as const;
export const runStateSchema = z.enum(runStates);
export type RunState = z.infer<typeof runStateSchema>;

/** Why generation ended. `stop`: one of the stop strings came. `context`: the context is full, nothing was cut. */
export const endReasons = ['end', 'stop', 'length', 'context', 'stopped', 'error'] as const;
export const endReasonSchema = z.enum(endReasons);
export type EndReason = z.infer<typeof endReasonSchema>;

/** Figures of one finished run. Times in milliseconds on the engine's clock. */
export const runStatsSchema = z.object({
  promptTokens: z.number().int().nonnegative(),
  /** Prompt tokens that were still in the cache from the turn before and were not read again. */
  reusedTokens: z.number().int().nonnegative(),
  /** Prompt tokens that were in the cache but were read again, because they had been read with other settings. */
  rereadTokens: z.number().int().nonnegative(),
  promptMs: z.number().nonnegative(),
  /** From the request to the first token. */
  firstTokenMs: z.number().nonnegative(),
  tokens: z.number().int().nonnegative(),
  decodeMs: z.number().nonnegative(),
  meanSteps: z.number().nonnegative(),
});
export type RunStats = z.infer<typeof runStatsSchema>;

export const runSchema = z.object({
  id: idSchema,
  modelName: z.string(),
  /** False for an ordinary model: no slider, no traces. */
  hasRecurrence: z.boolean(),
  recurrence: recurrenceSettingsSchema,
  /** What the model's cache kept; null for runs of versions that did not say. */
  cache: cacheSettingsSchema.nullable(),
  sampling: samplingSchema,
  state: runStateSchema,
  endReason: endReasonSchema.nullable(),
  errorCode: z.enum(errorCodes).nullable(),
  startedAtMs: timeMs,
  endedAtMs: timeMs.nullable(),
  stats: runStatsSchema.nullable(),
  /** Sequence number of the last batch contained in this snapshot; events with a smaller or equal one are already here. */
  lastSeq: z.number().int().nonnegative(),
});
export type Run = z.infer<typeof runSchema>;

export const roleSchema = z.enum(['system', 'user', 'assistant']);
export type Role = z.infer<typeof roleSchema>;

/** A node of the conversation's tree. Replies of one user message are siblings; `run` is present on replies. */
export const messageSchema = z.object({
  id: idSchema,
  conversationId: idSchema,
  parentId: idSchema.nullable(),
  role: roleSchema,
  text: z.string(),
  createdAtMs: timeMs,
  run: runSchema.nullable(),
  /** What a reply owes to documents; null or absent for all others. */
  grounding: groundingSchema.nullish(),
});
export type Message = z.infer<typeof messageSchema>;

/** A whole conversation: every message of the tree, oldest first, and the leaf that is shown. */
export const conversationSnapshotSchema = z.object({
  conversation: conversationSchema,
  messages: z.array(messageSchema),
  leafId: idSchema.nullable(),
  /** Tokens of a run still in progress, so that a reader who comes late sees their depth too. */
  liveTokens: z.array(tokenRecordSchema),
});
export type ConversationSnapshot = z.infer<typeof conversationSnapshotSchema>;

/** One hit of a search. `snippet` marks matches with U+E000 (start) and U+E001 (end). */
export const searchHitSchema = z.object({
  conversation: conversationSchema,
  messageId: idSchema.nullable(),
  snippet: z.string(),
});
export type SearchHit = z.infer<typeof searchHitSchema>;
export const snippetMarks = { start: '\uE000', end: '\uE001' } as const;

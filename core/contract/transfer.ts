// Owns the form in which conversations leave and enter Plumb: the JSON of an export, its limits, and how big things may be. Documented in docs/export.md.
import { z } from 'zod';
import { roleSchema, runSchema } from './conversation.js';
import { askModeSchema } from './documents.js';
import { tokenRecordSchema } from './recurrence.js';

export const exportFormat = 'plumb-export';
/** Raised when an older Plumb could no longer read what this one writes; new optional fields do not raise it. */
export const exportVersion = 1;

export const exportKinds = ['markdown', 'html', 'json'] as const;
export const exportKindSchema = z.enum(exportKinds);
export type ExportKind = z.infer<typeof exportKindSchema>;

/** Against files that would fill the memory. A text as long as `messages.send` takes it. */
export const importLimits = { fileBytes: 256 * 2 ** 20, conversations: 20_000, messages: 50_000, text: 2_000_000, title: 200, tokens: 200_000 } as const;

const count = z.number().int().nonnegative();
const timeMs = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);

/** A run without what only makes sense on this machine: its ids, the path of the model file. */
export const exportedRunSchema = runSchema.omit({ id: true, lastSeq: true }).extend({
  state: z.enum(['done', 'stopped', 'interrupted']),
  modelName: z.string().max(1000),
  /** Of the model file: see `run.model_hash` in the database. */
  modelHash: z.string().max(200),
  forkId: z.string().max(200),
  /** Present when they were asked for. */
  tokens: z.array(tokenRecordSchema).max(importLimits.tokens).optional(),
});
export type ExportedRun = z.infer<typeof exportedRunSchema>;

/** What a reply owes to documents, in words: nothing here can be looked up again, so it is not imported. */
export const exportedGroundingSchema = z.object({
  collectionName: z.string(),
  mode: askModeSchema,
  query: z.string(),
  decision: z.enum(['answer', 'not_found', 'anyway']),
  /** The passages that were read, best first. */
  sources: z.array(z.object({ documentName: z.string(), headingPath: z.array(z.string()), page: count, pageLabel: z.string().nullable(), text: z.string() })),
  /** Stretches of the reply's text, each with the index of the source that bears it out; null: nothing does. */
  citations: z.array(z.object({ start: count, end: count, source: count.nullable() })),
});
export type ExportedGrounding = z.infer<typeof exportedGroundingSchema>;

export const exportedMessageSchema = z.object({
  /** Index of the message it follows, in this list; null: a beginning. Always an earlier one. */
  parent: count.nullable(),
  role: roleSchema,
  text: z.string().max(importLimits.text),
  createdAtMs: timeMs,
  run: exportedRunSchema.nullable(),
  grounding: exportedGroundingSchema.optional(),
});
export type ExportedMessage = z.infer<typeof exportedMessageSchema>;

export const exportedConversationSchema = z.object({
  title: z.string().max(importLimits.title),
  createdAtMs: timeMs,
  updatedAtMs: timeMs,
  /** Index of the last message of the shown branch. */
  leaf: count.nullable(),
  messages: z.array(exportedMessageSchema).max(importLimits.messages),
}).refine(({ leaf, messages }) => (leaf === null || leaf < messages.length) && messages.every(({ parent }, at) => parent === null || parent < at), 'a parent must come before its child');
export type ExportedConversation = z.infer<typeof exportedConversationSchema>;

export const exportSchema = z.object({
  format: z.literal(exportFormat),
  version: z.number().int().positive(),
  exportedAtMs: timeMs,
  plumbVersion: z.string().max(100),
  conversations: z.array(exportedConversationSchema).max(importLimits.conversations),
});
export type Export = z.infer<typeof exportSchema>;

/** What an import did. `leftOut`: messages or conversations the file had in a form Plumb does not know. */
export const importSummarySchema = z.object({ imported: count, duplicates: count, messages: count, leftOut: count });
export type ImportSummary = z.infer<typeof importSummarySchema>;

// Owns the shapes of collections, documents, passages and what an answer owes to them, as every room sees them.
import { z } from 'zod';
import { errorBodySchema } from './models.js';
import { documentFormatSchema, rectSchema } from './reading.js';

const id = z.number().int().positive();
const count = z.number().int().nonnegative();
const timeMs = z.number().int().nonnegative();
const share = z.number().min(0).max(1);

/** Indexing of a collection: `reading` while files wait or are read, `paused` by the user, `stuck` when nothing can go on (disk full): `error` says why. */
export const indexingSchema = z.object({
  state: z.enum(['idle', 'reading', 'paused', 'stuck']),
  done: count,
  total: count,
  /** null: nothing to estimate from yet. */
  secondsLeft: z.number().nonnegative().nullable(),
  error: errorBodySchema.nullable(),
});
export type Indexing = z.infer<typeof indexingSchema>;

/** A set of documents that is asked together. */
export const collectionSchema = z.object({
  id,
  name: z.string(),
  createdAtMs: timeMs,
  documents: count,
  /** Documents that could not be read. */
  failed: count,
  passages: count,
  sizeBytes: count,
  /** Folders that are looked through again when they change. */
  folders: z.array(z.object({ id, path: z.string(), watched: z.boolean(), error: errorBodySchema.nullable() })),
  indexing: indexingSchema,
});
export type Collection = z.infer<typeof collectionSchema>;

/** waiting: in the queue. ready: passages can be found. failed: `error` says why. missing: the file is gone from the disk, its text is kept. */
export const documentStates = ['waiting', 'reading', 'ready', 'failed', 'missing'] as const;
export const documentSchema = z.object({
  id,
  collectionId: id,
  name: z.string(),
  /** null: uploaded, its bytes are kept in the database. */
  path: z.string().nullable(),
  /** null before it was read. */
  format: documentFormatSchema.nullable(),
  state: z.enum(documentStates),
  error: errorBodySchema.nullable(),
  /** Of the file being read. */
  progress: share.nullable(),
  sizeBytes: count,
  pages: count,
  passages: count,
  characters: count,
  /** Pages that are pictures without text: OCR may be asked for them. */
  pagesWithoutText: count,
  ocrConfidence: share.nullable(),
  leftOut: z.array(z.string()),
  readAtMs: timeMs.nullable(),
});
export type Document = z.infer<typeof documentSchema>;

/** Where a passage stands, without its text. */
export const passagePlaceSchema = z.object({
  passageId: id,
  documentId: id,
  documentName: z.string(),
  headingPath: z.array(z.string()),
  page: count,
  /** The document's own name of the page; null: its number. */
  pageLabel: z.string().nullable(),
  /** Of the page's text. A passage over several pages ends at the end of `page` here. */
  start: count,
  end: count,
});
export type PassagePlace = z.infer<typeof passagePlaceSchema>;

/** A passage found for a question, best first. */
export const foundPassageSchema = passagePlaceSchema.extend({
  text: z.string(),
  /** 0 to 1, comparable between questions: calibrated chance that it answers. */
  score: share,
  /** Rank by each method from 1; null: not found by it. */
  ranks: z.object({ words: count.nullable(), trigrams: count.nullable(), vectors: count.nullable() }),
  /** Only this stretch of the text stood in the prompt, the rest did not fit; absent or null: all of it. */
  cut: z.object({ start: count, end: count }).nullish(),
});
export type FoundPassage = z.infer<typeof foundPassageSchema>;

/** A sentence of a document shown as an answer by itself. `start`, `end` index the passage's text. */
export const quoteSchema = z.object({ passageId: id, start: count, end: count, text: z.string(), score: share });
export type Quote = z.infer<typeof quoteSchema>;

/** One sentence of a reply and the passage that bears it out. `start`, `end` index the reply's text. */
export const citationSchema = z.object({
  start: count,
  end: count,
  /** null: nothing in the passages that were read supports the sentence. */
  support: z.object({ passageId: id, start: count, end: count, score: share }).nullable(),
});
export type Citation = z.infer<typeof citationSchema>;

/** How a reply was to use documents. `whole`: every passage is read in turn (map), then the notes (reduce). */
export const askModeSchema = z.enum(['passages', 'whole']);
export type AskMode = z.infer<typeof askModeSchema>;

/** What a message asks of documents: part of `messages.send`. */
export const askSchema = z.object({
  collectionId: id,
  mode: askModeSchema.default('passages'),
  /** Answer although nothing fitting was found. */
  anyway: z.boolean().default(false),
});
export type Ask = z.infer<typeof askSchema>;

/** What a reply owes to documents. Stored with it; texts of passages are looked up, so that a removed document leaves nothing behind. */
export const groundingSchema = z.object({
  messageId: id,
  collectionId: id.nullable(),
  collectionName: z.string(),
  mode: askModeSchema,
  /** The question as it was looked up: a follow-up is made to stand alone. */
  query: z.string(),
  /** `not_found`: decided from the scores before anything was generated. */
  decision: z.enum(['answer', 'not_found', 'anyway']),
  /** Something was found, but what was asked for may not stand in it; absent: no. */
  unsure: z.boolean().optional(),
  /** Passages in the prompt, best first; removed ones are left out. */
  read: z.array(foundPassageSchema),
  /** Found, but not read: no room or not good enough. */
  alsoFound: z.array(foundPassageSchema),
  passagesTotal: count,
  quotes: z.array(quoteSchema),
  citations: z.array(citationSchema),
  retrievalMs: z.number().nonnegative(),
  /** A question that needs everything (summarise, list, count, compare): the whole-document mode is offered. */
  needsAll: z.boolean(),
  /** Progress of the whole-document mode; null in the other mode. `done`, `total`: passages; `runs`: engine runs it takes in all, about. */
  whole: z.object({ done: count, total: count, secondsLeft: z.number().nonnegative().nullable(), runs: count.optional() }).nullable(),
  /** Earlier turns of this branch whose passages were left out of the prompt because they no longer fitted; absent: none. */
  forgotten: count.optional(),
  /** Passages that stood in the prompt and were removed since; absent: none. */
  removed: count.optional(),
});
export type Grounding = z.infer<typeof groundingSchema>;

/** One page for the viewer. `rects`: of the placed text, for marking; `text` for formats that are shown as text. */
export const viewPageSchema = z.object({
  number: count,
  label: z.string().nullable(),
  text: z.string(),
  method: z.enum(['text', 'ocr', 'none']),
  ocrConfidence: share.nullable(),
  size: z.object({ width: z.number(), height: z.number() }).nullable(),
});
export type ViewPage = z.infer<typeof viewPageSchema>;

/** A stretch of one page to be marked. `rects` is empty for formats that are shown as text. */
export const markSchema = z.object({ page: count, start: count, end: count, rects: z.array(rectSchema) });
export type Mark = z.infer<typeof markSchema>;

/** Bytes of an upload or of a file travel in pieces of at most this many. */
export const pieceBytes = 512 * 1024;

// Owns the messages between the services and the reader process, which turns files into pages of text and passages: same form as engine.ts.
import { z } from 'zod';
import { defineApi } from './rpc.js';

export const readerProtocol = 1;

/** Exit codes of a reader that ends by itself. Any other end (a signal, 134) is a crash of a parser: `document_damaged` for that file. */
export const readerExit = { hostGone: 0, memory: 86 } as const;

/** What one file may cost. The reader keeps `memoryBytes` itself; the times are kept by whoever started it, who kills it. */
export const readerBounds = {
  /** Resident memory of the reader process; above it ends with `readerExit.memory`. PLUMB_READER_MEMORY_MB overrides it. */
  memoryBytes: 1536 * 2 ** 20,
  /** Without any event of a file for this long it hangs: `document_timeout`. With OCR a page takes longer. */
  silentMs: 30_000,
  silentOcrMs: 180_000,
  /** However busy it looks. */
  fileMs: 3_600_000,
} as const;

/** A format that has no pages of its own is cut, between blocks, where a page would grow longer than this: no message and no view has to hold all of a huge file. */
export const longPageCharacters = 100_000;

const count = z.number().int().nonnegative();

/** What a file can be. `source`: program text, kept line by line. */
export const documentFormats = ['pdf', 'docx', 'xlsx', 'csv', 'pptx', 'odt', 'epub', 'html', 'markdown', 'text', 'source', 'eml'] as const;
export const documentFormatSchema = z.enum(documentFormats);
export type DocumentFormat = z.infer<typeof documentFormatSchema>;

/** A rectangle on a PDF page in points, origin at the top left of the page as it is shown. */
export const rectSchema = z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() });
export type Rect = z.infer<typeof rectSchema>;

/** A run of a page's text and where it stands. `start`, `end`: UTF-16 offsets into the page's text. */
export const placedTextSchema = z.object({ start: count, end: count, rect: rectSchema });
export type PlacedText = z.infer<typeof placedTextSchema>;

/**
 * One page as read. Formats without pages are divided where they divide themselves (sheet, slide, chapter, mail), else they are one page.
 * All offsets of passages and citations index `text`.
 */
export const readPageSchema = z.object({
  /** From 1. */
  number: count,
  /** What the document itself calls it: "iv", "Sheet2", "Slide 3"; null: nothing but its number. */
  label: z.string().nullable(),
  text: z.string(),
  /** PDF only; null for other formats. */
  size: z.object({ width: z.number(), height: z.number() }).nullable(),
  /** PDF only: in reading order. Empty for other formats. */
  placed: z.array(placedTextSchema),
  /** How the text was had. `none`: the page is a picture and was not read. */
  method: z.enum(['text', 'ocr', 'none']),
  /** Mean confidence of the OCR, 0 to 1; null when there was none. */
  ocrConfidence: z.number().min(0).max(1).nullable(),
});
export type ReadPage = z.infer<typeof readPageSchema>;

/**
 * A piece of a document that is found, read and cited as a whole: it lies on one or more pages, in order.
 * Passages cover the text in order and lose nothing; they overlap only by `overlap`.
 */
export const readPassageSchema = z.object({
  /** From 0, in reading order. */
  index: count,
  text: z.string(),
  /** SHA-256 (hex) over heading path and text: the same passage of an edited file keeps it. */
  hash: z.string(),
  headingPath: z.array(z.string()),
  /** A passage starts on `page` at offset `start` of that page's text and ends on `endPage` before offset `end` of that one's. */
  page: count,
  start: count,
  endPage: count,
  end: count,
  /** Characters at the beginning that repeat the end of the passage before. */
  overlap: count,
  kind: z.enum(['prose', 'table', 'code', 'list']),
  /** Estimate that does not depend on the open model; the exact count is made when a prompt is written. */
  tokens: count,
});
export type ReadPassage = z.infer<typeof readPassageSchema>;

/** Where the bytes come from. A path is opened by the reader itself; bytes are those of an upload. */
export const readSourceSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('path'), path: z.string() }),
  z.object({ kind: z.literal('bytes'), bytes: z.instanceof(Uint8Array) }),
]);
export type ReadSource = z.infer<typeof readSourceSchema>;

export const readSummarySchema = z.object({
  format: documentFormatSchema,
  /** What the document says its title is. */
  title: z.string().nullable(),
  /** BCP 47 guess from the text, for stemming and OCR; null: too little text. */
  language: z.string().nullable(),
  pages: count,
  passages: count,
  characters: count,
  /** Numbers of pages that hold a picture and no text, when OCR was not asked for or found nothing. */
  pagesWithoutText: z.array(count),
  ocrConfidence: z.number().min(0).max(1).nullable(),
  /** What the reader left out, in words for the user: embedded files, hidden sheets, remote images. */
  leftOut: z.array(z.string()),
});
export type ReadSummary = z.infer<typeof readSummarySchema>;

export const readerApi = defineApi({
  operations: {
    hello: { params: z.object({}), result: z.object({ protocol: z.number().int(), pid: z.number().int() }) },
    /**
     * Reads one file; pages and passages come as events, in order, before the result. One file at a time.
     * Errors: document_unsupported, document_damaged, document_too_big, document_encrypted, document_empty, document_missing, file_unreadable.
     * A file that takes too long or too much memory ends the process: the caller kills it and says document_timeout or document_too_big.
     */
    read: {
      params: z.object({
        readId: z.number().int().positive(),
        name: z.string(),
        source: readSourceSchema,
        /** Read pictures of text. Slow: seconds a page. */
        ocr: z.boolean().default(false),
        /** Tokens (estimated) of a passage at most, and of the overlap with the one before where prose is cut. */
        passageTokens: z.number().int().min(32).max(2048).default(320),
        overlapTokens: z.number().int().min(0).max(256).default(0),
        /** Bounds that no file may exceed. */
        limits: z.object({
          fileBytes: z.number().int().positive().default(512 * 2 ** 20),
          unpackedBytes: z.number().int().positive().default(1024 * 2 ** 20),
          pages: z.number().int().positive().default(20_000),
          characters: z.number().int().positive().default(100_000_000),
        }).prefault({}),
      }),
      result: readSummarySchema,
    },
    /** Honoured between two pages, and within two seconds in any case: the read fails with `document_timeout`, detail "stopped". */
    stop: { params: z.object({ readId: z.number().int().positive() }), result: z.object({}) },
    /** While held, nothing more of a file is sent: the host is behind with writing, or an answer wants the processor. */
    hold: { params: z.object({ held: z.boolean() }), result: z.object({}) },
  },
  events: {
    /** In order. `total` is the number of pages where it is known at the start. */
    pages: z.object({ readId: z.number().int().positive(), pages: z.array(readPageSchema), total: z.number().int().nullable() }),
    passages: z.object({ readId: z.number().int().positive(), passages: z.array(readPassageSchema) }),
    progress: z.object({ readId: z.number().int().positive(), done: count, total: count, phase: z.enum(['text', 'ocr']) }),
  },
});
export type ReaderApi = typeof readerApi;

// Owns the rows of pages and passages: a reading is written beside the one that is shown, and takes its place in one step.
import type { PlacedText, ReadPage, ReadPassage, ReadSummary } from '../contract/reading.js';
import type { ErrorBody } from '../contract/errors.js';
import type { Writable } from './handles.js';
import { packPlaced, unpackPlaced } from './placed.js';
import { translateAll } from './store-errors.js';
import { markedAtOnce, passagesCounted, type WordIndexes } from './word-indexes.js';

/** A passage of the shown reading and where it stands. */
export interface PassageRow {
  id: number;
  documentId: number;
  text: string;
  page: number;
  start: number;
  endPage: number;
  end: number;
}

export interface PageRow {
  number: number;
  label: string | null;
  method: ReadPage['method'];
  ocrConfidence: number | null;
  size: { width: number; height: number } | null;
}

/** What `publish` writes of the file that was read. `kept`: passages of the shown reading that this one has too. */
export interface Published {
  documentId: number;
  summary: ReadSummary;
  fileHash: string;
  sizeBytes: number;
  modifiedAtMs: number | null;
  nowMs: number;
  kept: readonly { id: number; passage: ReadPassage }[];
}

export const passageSql = {
  hashes: 'SELECT p.id, hash FROM document d JOIN passage p ON p.document_id = d.id AND p.reading = d.reading WHERE d.id = ? ORDER BY idx',
  page: 'SELECT page.text, page.placed, page.label, page.method, page.ocr_confidence AS ocrConfidence, width, height, number FROM document d JOIN page ON page.document_id = d.id AND page.reading = d.reading WHERE d.id = ? AND number = ? AND d.erased = 0',
  stale: 'SELECT p.id FROM passage p WHERE p.document_id = @id AND (p.reading < @reading OR p.reading > @reading) LIMIT @limit',
  stalePages: 'SELECT page.rowid FROM page WHERE document_id = @id AND (reading < @reading OR reading > @reading) LIMIT @limit',
  withStale: 'SELECT DISTINCT d.id FROM document d JOIN passage p ON p.document_id = d.id WHERE p.reading <> d.reading UNION SELECT DISTINCT d.id FROM document d JOIN page ON page.document_id = d.id WHERE page.reading <> d.reading',
} as const;

export interface PassageQueries {
  /** Hashes of the passages that are shown now, in order. */
  hashes(documentId: number): { id: number; hash: string }[];
  /** Writes beside what is shown, under the number after it. */
  stagePages(documentId: number, pages: readonly ReadPage[]): void;
  stagePassages(documentId: number, passages: readonly ReadPassage[]): void;
  /** The new reading takes the place of the old one. Kept passages keep their row and their vectors. */
  publish(published: Published): void;
  /** The file cannot be read: nothing of it is shown any more. */
  fail(documentId: number, error: ErrorBody, nowMs: number): void;
  /** Erases some rows of readings that are not shown. True: there may be more. Not while the document is being read. */
  sweep(documentId: number, limit: number): boolean;
  /** Documents that have something to sweep. Looks at every passage: once, at the start. */
  withStale(): number[];
  pages(documentId: number): PageRow[];
  page(documentId: number, number: number): (PageRow & { text: string; placed: PlacedText[] }) | null;
  /** A passage that is shown. */
  find(passageId: number): PassageRow | null;
}

/** Text as SQLite keeps it whole; the length stays. */
const storable = (text: string): string => text.replaceAll('\0', '\uFFFD');

export function createPassageQueries(db: Writable, indexes: WordIndexes): PassageQueries {
  const readingOf = db.prepare<[number], number>('SELECT reading FROM document WHERE id = ?').pluck();
  const hashes = db.prepare<[number], { id: number; hash: string }>(passageSql.hashes);
  const addPage = db.prepare(`INSERT INTO page (document_id, reading, number, label, characters, width, height, method, ocr_confidence, text, placed)
    VALUES (@documentId, @reading, @number, @label, @characters, @width, @height, @method, @ocrConfidence, @text, @placed)`);
  const addPassage = db.prepare(`INSERT INTO passage (document_id, reading, idx, hash, page, start, end_page, end, overlap, kind, tokens, heading, text)
    VALUES (@documentId, @reading, @index, @hash, @page, @start, @endPage, @end, @overlap, @kind, @tokens, @heading, @text)`);
  const keepPassage = db.prepare(`UPDATE passage SET reading = @reading, idx = @index, page = @page, start = @start, end_page = @endPage, end = @end,
    overlap = @overlap, kind = @kind, tokens = @tokens WHERE id = @id AND document_id = @documentId`);
  const show = db.prepare(`UPDATE document SET state = 'ready', error_code = NULL, error_message = NULL, error_detail = NULL, ocr = 0, reading = @reading, format = @format, title = @title,
    language = @language, pages = @pages, passages = @passages, characters = @characters, pages_without_text = @pagesWithoutText, left_out = @leftOut,
    ocr_confidence = @ocrConfidence, file_hash = @fileHash, size_bytes = @sizeBytes, modified_at_ms = @modifiedAtMs, read_at_ms = @nowMs WHERE id = @documentId`);
  const countStaged = db.prepare<[number, number], number>('SELECT count(*) FROM passage WHERE document_id = ? AND reading = ?').pluck();
  // Two numbers on: neither what was shown nor what was begun is shown then.
  const fail = db.prepare(`UPDATE document SET state = 'failed', error_code = @code, error_message = @message, error_detail = @detail, ocr = 0, reading = reading + 2, pages = 0, passages = 0,
    characters = 0, pages_without_text = '[]', left_out = '[]', ocr_confidence = NULL, file_hash = NULL, read_at_ms = @nowMs WHERE id = @documentId`);
  const countStale = db.prepare<[{ id: number; reading: number; limit: number }], number>(`SELECT count(*) FROM (${passageSql.stale})`).pluck();
  const sweepPassages = db.prepare(`DELETE FROM passage WHERE id IN (${passageSql.stale})`);
  const sweepPages = db.prepare(`DELETE FROM page WHERE rowid IN (${passageSql.stalePages})`);
  const withStale = db.prepare<[], number>(passageSql.withStale).pluck();
  const pageColumns = 'number, label, method, page.ocr_confidence AS ocrConfidence, width, height';
  const pages = db.prepare<[number], RawPage>(`SELECT ${pageColumns} FROM document d JOIN page ON page.document_id = d.id AND page.reading = d.reading WHERE d.id = ? ORDER BY number`);
  const page = db.prepare<[number, number], RawPage & { text: string; placed: Buffer }>(passageSql.page);
  const find = db.prepare<[number], PassageRow>(`SELECT p.id, p.document_id AS documentId, p.text, p.page, p.start, p.end_page AS endPage, p.end
    FROM passage p JOIN document d ON d.id = p.document_id AND d.reading = p.reading WHERE p.id = ? AND d.erased = 0`);

  return translateAll({
    hashes: (documentId: number) => hashes.all(documentId),
    stagePages: db.transaction((documentId: number, list: readonly ReadPage[]) => {
      const reading = readingOf.get(documentId)! + 1;
      for (const { number, label, text, size, placed, method, ocrConfidence } of list) {
        addPage.run({ documentId, reading, number, label, characters: text.length, width: size?.width ?? null, height: size?.height ?? null, method, ocrConfidence, text: storable(text), placed: packPlaced(placed) });
      }
    }),
    stagePassages: db.transaction((documentId: number, list: readonly ReadPassage[]) => {
      const reading = readingOf.get(documentId)! + 1;
      for (const { headingPath, text, ...rest } of list) addPassage.run({ ...rest, documentId, reading, heading: storable(headingPath.join('\n')), text: storable(text) });
    }),
    publish: db.transaction(({ documentId, summary, kept, ...file }: Published) => {
      const reading = readingOf.get(documentId)! + 1;
      for (const { id, passage } of kept) {
        const { index, page, start, endPage, end, overlap, kind, tokens } = passage;
        keepPassage.run({ id, documentId, reading, index, page, start, endPage, end, overlap, kind, tokens });
      }
      const { pagesWithoutText, leftOut, ...rest } = summary;
      show.run({ ...rest, ...file, documentId, reading, passages: countStaged.get(documentId, reading)!, pagesWithoutText: JSON.stringify(pagesWithoutText), leftOut: JSON.stringify(leftOut) });
    }),
    fail: (documentId: number, { code, message, detail }: ErrorBody, nowMs: number) => void fail.run({ documentId, code, message, detail: detail ?? null, nowMs }),
    sweep: db.transaction((documentId: number, limit: number) => {
      const reading = readingOf.get(documentId);
      if (reading === undefined) return false;
      return indexes.deleting(countStale.get({ id: documentId, reading, limit: passagesCounted })!, (marked) => {
        const rows = { id: documentId, reading, limit: marked ? limit * markedAtOnce : limit };
        return sweepPassages.run(rows).changes + sweepPages.run(rows).changes > 0;
      });
    }),
    withStale: () => withStale.all(),
    pages: (documentId: number) => pages.all(documentId).map(toPage),
    page(documentId: number, number: number) {
      const row = page.get(documentId, number);
      return row ? { ...toPage(row), text: row.text, placed: unpackPlaced(row.placed) } : null;
    },
    find: (passageId: number) => find.get(passageId) ?? null,
  });
}

type RawPage = Omit<PageRow, 'size'> & { width: number | null; height: number | null };

function toPage({ number, label, method, ocrConfidence, width, height }: RawPage): PageRow {
  return { number, label, method, ocrConfidence, size: width === null || height === null ? null : { width, height } };
}

// Owns spreadsheets (XLSX, XLS, ODS) and tables of text (CSV, TSV): a page a sheet, a row a line, the header row repeated wherever a table is cut.
import * as XLSX from '@e965/xlsx';
import Papa from 'papaparse';
import { longPageCharacters } from '../../contract/reading.js';
import { Archive } from '../archive.js';
import { decodeText } from '../decode.js';
import { PageDraft, tidy, type DraftPage } from '../draft.js';
import { tooBig } from '../failure.js';
import { coreTitle } from './docx.js';
import type { ParseRequest } from './parse.js';

/** The parser builds an object a cell, about twenty times its size. */
const mostXmlBytes = 64 * 2 ** 20;
const mostColumns = 1000;
const longestCell = 20_000;

export function* readSheets({ bytes, limits, notes }: ParseRequest): Generator<DraftPage> {
  const workbook = XLSX.read(unpackable(bytes, limits.unpackedBytes, notes), { type: 'array', dense: true, cellFormula: false, cellHTML: false, cellStyles: false, bookVBA: false, bookDeps: false, nodim: false });
  notes.title ??= workbook.Props?.Title ?? null;
  const states = workbook.Workbook?.Sheets ?? [];
  for (const [index, name] of workbook.SheetNames.entries()) {
    // Hidden on purpose: shown, it could surprise; unmentioned, it would be missed.
    if (states[index]?.Hidden) {
      notes.leftOut.add(`hidden sheet: ${name}`);
      continue;
    }
    const data = (workbook.Sheets[name] as { '!data'?: (XLSX.CellObject | undefined)[][] } | undefined)?.['!data'] ?? [];
    const rows: Row[] = [];
    // Only rows that exist: a range may claim a million that do not.
    data.forEach((cells, row) => {
      const texts = (cells ?? []).slice(0, mostColumns).map(cellText);
      if (texts.some((text) => text !== '')) rows.push({ row, cells: texts });
    });
    yield* sheetPages(tidy(name), rows);
  }
}

export function* readCsv({ bytes, name, limits }: ParseRequest): Generator<DraftPage> {
  const text = decodeText(bytes).replace(/^\ufeff/, '').replaceAll('\0', '');
  const rows: Row[] = [];
  let characters = 0;
  let row = 0;
  Papa.parse<string[]>(text, {
    delimiter: /\.(tsv|tab)$/i.test(name) ? '\t' : delimiterOf(text),
    step: ({ data }) => {
      const cells = data.slice(0, mostColumns).map((cell) => cell.slice(0, longestCell));
      characters += cells.reduce((sum, cell) => sum + cell.length, 0);
      if (characters > limits.characters) throw tooBig(`csv: more than ${limits.characters} characters`);
      if (cells.some((cell) => cell.trim() !== '')) rows.push({ row, cells });
      row++;
    },
  });
  yield* sheetPages(null, rows);
}

/** The sign that divides the first lines into the same number of cells. Papa's own guess fails on two rows. */
function delimiterOf(text: string): string {
  // Quoted cells may hold any sign; what is between two quotes does not count.
  const lines = text.slice(0, 64 * 1024).replace(/"[^"]*"/g, '').split(/\r?\n/).filter((line) => line.trim() !== '').slice(0, 20);
  const score = (sign: string): number => {
    const counts = lines.map((line) => line.split(sign).length - 1);
    const first = counts[0] ?? 0;
    return first === 0 ? 0 : (counts.filter((count) => count === first).length / counts.length) * (1 + first / 1000);
  };
  return [',', ';', '\t', '|'].reduce((best, sign) => (score(sign) > score(best) ? sign : best));
}

interface Row {
  /** From 0. */
  row: number;
  cells: string[];
}

/** One page, or several when the sheet is long; each begins with the header. */
function* sheetPages(sheet: string | null, rows: Row[]): Generator<DraftPage> {
  if (rows.length === 0) return;
  const header = headerRows(rows);
  const headings = rows.slice(0, header);
  let group: Row[] = [];
  let length = 0;
  let continues = false;
  for (const row of rows) {
    const size = row.cells.reduce((sum, cell) => sum + cell.length + 3, 0);
    if (group.length > header && length + size > longPageCharacters) {
      yield sheetPage(sheet, group, header, continues);
      continues = true;
      group = [...headings];
      length = headings.reduce((sum, { cells }) => sum + cells.join(' | ').length, 0);
    }
    group.push(row);
    length += size;
  }
  yield sheetPage(sheet, group, header, continues);
}

function sheetPage(sheet: string | null, rows: Row[], header: number, continues: boolean): DraftPage {
  const draft = new PageDraft();
  const columns = rows.reduce((most, { cells }) => Math.max(most, cells.length), 1);
  // A1:D40 of the rows themselves: a header that is repeated on a later page is not part of it.
  const rangeName = (at: number, last: number): string => {
    const first = rows[Math.max(at, continues ? Math.min(header, last) : 0)]!.row;
    const end = rows[last]!.row;
    return sheet === null ? `rows ${first + 1}\u2013${end + 1}` : `${sheet}!${XLSX.utils.encode_cell({ r: first, c: 0 })}:${XLSX.utils.encode_cell({ r: end, c: columns - 1 })}`;
  };
  draft.addTable(rows.map(({ cells }) => cells), { headerRows: header, rangeName });
  return draft.take(sheet);
}

/** The first row heads a table when it is filled, is all words, and something follows; titles above a table are not looked through. */
function headerRows(rows: Row[]): number {
  const [first, second] = rows;
  if (!first || !second) return 0;
  const filled = first.cells.filter((cell) => cell.trim() !== '');
  const words = filled.filter((cell) => /\p{L}/u.test(cell) && cell.length < 80);
  return filled.length >= 2 && words.length >= filled.length * 0.7 ? 1 : 0;
}

function cellText(cell: XLSX.CellObject | undefined): string {
  if (!cell) return '';
  const text = cell.w ?? (cell.v instanceof Date ? cell.v.toISOString().slice(0, 10) : cell.v === undefined || cell.v === null ? '' : String(cell.v));
  return text.slice(0, longestCell);
}

/** A zip is packed anew with sizes that were checked; old binary sheets are as big as they are. */
function unpackable(bytes: Uint8Array, limit: number, notes: ParseRequest['notes']): Uint8Array {
  if (bytes[0] !== 0x50 || bytes[1] !== 0x4b) return bytes;
  const archive = new Archive(bytes, limit);
  const wanted = (name: string): boolean => /(\.(xml|rels|bin)|mimetype)$/i.test(name) && !/(^|\/)(media|drawings|charts|theme|printerSettings|vbaProject)/i.test(name);
  const size = archive.names.filter(wanted).reduce((sum, name) => sum + (archive.size(name) ?? 0), 0);
  if (size > mostXmlBytes) throw tooBig(`xlsx: ${size} bytes of XML`);
  if (archive.names.some((name) => /(^|\/)(media|charts)\//.test(name))) notes.leftOut.add('pictures and charts');
  notes.title = coreTitle(archive);
  return archive.repacked(wanted);
}

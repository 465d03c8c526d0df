// Owns what a file is: by its content first, by its name where content does not tell.
import { fileTypeFromBuffer } from 'file-type';
import { AppError } from '../contract/errors.js';
import type { DocumentFormat } from '../contract/reading.js';
import { looksLikeText } from './decode.js';
import { damaged, encrypted } from './failure.js';

const byMime: Record<string, DocumentFormat> = {
  'application/pdf': 'pdf',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.template': 'docx',
  'application/vnd.ms-word.document.macroenabled.12': 'docx',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
  'application/vnd.ms-excel.sheet.macroenabled.12': 'xlsx',
  'application/vnd.oasis.opendocument.spreadsheet': 'xlsx',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': 'pptx',
  'application/vnd.openxmlformats-officedocument.presentationml.slideshow': 'pptx',
  'application/vnd.ms-powerpoint.presentation.macroenabled.12': 'pptx',
  'application/vnd.oasis.opendocument.text': 'odt',
  'application/epub+zip': 'epub',
};

const byEnding: Record<string, DocumentFormat> = {
  pdf: 'pdf', docx: 'docx', docm: 'docx', xlsx: 'xlsx', xlsm: 'xlsx', xls: 'xlsx', ods: 'xlsx', pptx: 'pptx', odt: 'odt', epub: 'epub',
  csv: 'csv', tsv: 'csv', tab: 'csv', htm: 'html', html: 'html', xhtml: 'html', md: 'markdown', markdown: 'markdown', eml: 'eml',
};
const zipped = new Set<DocumentFormat>(['docx', 'xlsx', 'pptx', 'odt', 'epub']);
/** Text whose lines mean something. */
const sourceEndings = new Set(
  'c h cc cpp cxx hpp hh cs java kt kts scala groovy swift go rs py pyi rb pl pm php lua r jl js mjs cjs jsx ts tsx mts cts vue svelte css scss less sql sh bash zsh fish ps1 bat cmd make mk cmake gradle toml yaml yml json jsonl ndjson ini cfg conf properties env xml xsd xsl svg tex bib proto graphql tf dockerfile diff patch asm s f f90 hs ml mli ex exs erl clj lisp el vb pas dart zig nim m mm v sv vhd log'.split(' '),
);

const unsupported = (what: string): AppError => new AppError('document_unsupported', 'Plumb cannot read files of this kind.', what);

/** Errors: document_unsupported, document_encrypted, document_damaged. */
export async function detectFormat(bytes: Uint8Array, name: string): Promise<DocumentFormat> {
  const ending = endingOf(name);
  const wanted = byEnding[ending];
  if (startsWith(bytes, '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1')) return compoundFile(bytes);
  if (hasPdfHeader(bytes)) return 'pdf';
  if (startsWith(bytes, 'PK\u0003\u0004') || startsWith(bytes, 'PK\u0005\u0006')) return zipFormat(bytes, wanted);
  const type = await fileTypeFromBuffer(bytes.subarray(0, 64 * 1024)).catch(() => undefined);
  if (type && !/xml|text|rfc822|mbox|x-sh|json|svg/.test(type.mime)) throw unsupported(type.mime);
  if (!looksLikeText(bytes)) throw wanted ? damaged(`not a ${wanted} file`) : unsupported('not text');
  if (wanted === 'pdf' || (wanted && zipped.has(wanted))) throw damaged(`text in a file called .${ending}`);
  return wanted ?? textFormat(bytes, ending);
}

export function endingOf(name: string): string {
  const base = name.split(/[\\/]/).at(-1) ?? '';
  return (base.includes('.') ? base.split('.').at(-1)! : base).toLowerCase();
}

function textFormat(bytes: Uint8Array, ending: string): DocumentFormat {
  if (sourceEndings.has(ending)) return 'source';
  const start = Buffer.from(bytes.subarray(0, 2048)).toString('latin1');
  if (/^\s*(<!doctype html|<html[\s>])/i.test(start)) return 'html';
  if (ending === '' && /^(from|received|return-path|message-id|mime-version|date):/im.test(start.split(/\r?\n\r?\n/)[0] ?? '') && /^subject:/im.test(start)) return 'eml';
  if (start.startsWith('{\\rtf')) throw unsupported('application/rtf');
  return 'text';
}

/** Readers of PDF look for the header in the first kilobyte. */
function hasPdfHeader(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 1024)).includes('%PDF-');
}

async function zipFormat(bytes: Uint8Array, wanted: DocumentFormat | undefined): Promise<DocumentFormat> {
  const type = await fileTypeFromBuffer(bytes).catch(() => undefined);
  const found = type && byMime[type.mime.toLowerCase()];
  if (found) return found;
  if (wanted && zipped.has(wanted)) return wanted;
  throw unsupported(type?.mime ?? 'application/zip');
}

/** The container of old Office files, and of new ones under a password. */
function compoundFile(bytes: Uint8Array): DocumentFormat {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const holds = (stream: string): boolean => all.includes(Buffer.from(stream, 'utf16le'));
  if (holds('EncryptedPackage')) throw encrypted('Office');
  if (holds('Workbook') || holds('Book')) return 'xlsx';
  throw unsupported('an Office file from before 2007');
}

function startsWith(bytes: Uint8Array, magic: string): boolean {
  for (let i = 0; i < magic.length; i++) if (bytes[i] !== magic.charCodeAt(i)) return false;
  return true;
}

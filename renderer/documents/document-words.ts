// Owns how documents, collections and places in them are named in words.
import type { Collection, Document, Indexing, PassagePlace } from '../../core/contract/documents.js';
import type { DocumentFormat } from '../../core/contract/reading.js';
import { bytes, plural, seconds, whole } from '../figures.js';

const formatNames: Readonly<Record<DocumentFormat, string>> = {
  pdf: 'PDF', docx: 'Word', xlsx: 'Excel', csv: 'Table', pptx: 'Slides', odt: 'ODT', epub: 'Book', html: 'Web page', markdown: 'Markdown', text: 'Text', source: 'Source', eml: 'Mail',
};

export function formatName({ format, name }: Pick<Document, 'format' | 'name'>): string {
  if (format) return formatNames[format];
  const ending = /\.([a-z0-9]{1,5})$/i.exec(name)?.[1];
  return ending ? ending.toUpperCase() : 'File';
}

/** What stands in for a page in this format: 3 sheets, 12 slides. Nothing where the whole is one page. */
export function pagesOf({ format, pages }: Pick<Document, 'format' | 'pages'>): string | null {
  if (pages === 0 || format === null) return null;
  const unit = { pdf: 'page', xlsx: 'sheet', pptx: 'slide', epub: 'chapter' }[format as string];
  return unit ? plural(pages, unit) : null;
}

export function documentFacts(document: Document): string {
  const parts = [formatName(document), bytes(document.sizeBytes), pagesOf(document), document.passages > 0 ? plural(document.passages, 'passage') : null];
  return parts.filter(Boolean).join(' · ');
}

export function collectionFacts({ documents, passages, sizeBytes, failed }: Collection): string {
  const parts = [plural(documents, 'document'), plural(passages, 'passage'), bytes(sizeBytes)];
  if (failed > 0) parts.push(`${whole(failed)} not read`);
  return parts.join(' · ');
}

/** "Reading 3 of 12, about 40 s left". */
export function indexingWords({ state, done, total, secondsLeft }: Indexing): string {
  if (state === 'paused') return `Paused at ${whole(done)} of ${whole(total)}`;
  if (state === 'stuck') return `Stopped at ${whole(done)} of ${whole(total)}`;
  return `Read ${whole(done)} of ${whole(total)}${secondsLeft === null ? '' : `, about ${seconds(secondsLeft * 1000).replace('under 0.1 s', '1 s')} left`}`;
}

/** Formats whose pages mean something to a reader. */
const paged = /\.(pdf|pptx|epub|xlsx)$/i;

/** "contract.pdf, page 3"; a page's own name where it has one: "prices.xlsx, Sheet2"; the heading where there are no pages. */
export function placeWords({ documentName, page, pageLabel, headingPath }: PassagePlace): string {
  const where = pageWords(page, pageLabel, documentName) || headingPath.at(-1);
  return [shortName(documentName), where].filter(Boolean).join(', ');
}

/** "page 3", "page iv", "Sheet2"; empty where the document has no pages. */
export function pageWords(page: number, label: string | null, documentName: string): string {
  if (label !== null && label !== '' && !/^\d+$|^[ivxlcdm]+$/i.test(label)) return label;
  return page > 1 || (page === 1 && paged.test(documentName)) ? `page ${label || page}` : '';
}

/** Without the folders it came from. */
export function shortName(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1) || name;
}

/** A look-up is too quick for seconds: "12 ms". */
export function lookUpTime(ms: number): string {
  return ms < 950 ? `${Math.max(1, Math.round(ms))} ms` : seconds(ms);
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

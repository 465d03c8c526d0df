// Owns the made-up documents of the made-up backend: what they say, page by page, and a PDF drawn from it.
import type { Document } from '../../core/contract/documents.js';
import type { Rect } from '../../core/contract/reading.js';

const lease = [
  ['Lease of Flat 12', 'This agreement is made between Harbour Homes Ltd (the landlord) and Ada Meyer (the tenant).', 'The flat is on the third floor of 8 Mill Street. It has two rooms, a kitchen and a cellar.', 'The lease begins on 1 March 2024 and runs for an indefinite time.'],
  ['1. Rent and deposit', 'The monthly rent is 940 euros. It is due on the third working day of each month.', 'The deposit is 2,820 euros and is kept in a separate account.', 'The rent may be raised once in fifteen months, by at most four percent.'],
  ['2. Notice', 'The tenant may end this lease with a notice of three months to the end of a month.', 'The landlord may end it with a notice of six months, and only for a reason named in section 5.', 'Notice must be given in writing; an e-mail is not enough.'],
];
const rules = '# House rules\n\nQuiet hours are from 22:00 to 7:00, and all day on Sundays.\n\n## Bicycles\n\nBicycles stand in the yard or in the cellar of their owner. The stairs stay free.\n\n## Waste\n\nPaper is collected every second Thursday.\n\nbin\tcolour\tcollected\nPaper\tblue\tevery second Thursday\nGlass\tgreen\tfirst Monday of the month\nOther\tblack\tevery Friday\n\nLarge pieces are fetched on request.';
const prices = ['item\tunit\tprice\nKey, front door\t1\t38.00\nKey, cellar\t1\t12.50\nName plate\t1\t9.00', 'month\theating\twater\nJanuary\t118.40\t22.10\nFebruary\t121.00\t21.80\nMarch\t96.20\t22.00'];

export interface FakeDocument {
  document: Document;
  pages: { label: string | null; text: string }[];
}

let nextId = 1;

export function fakeDocument(collectionId: number, name: string, pages: FakeDocument['pages'], more: Partial<Document> = {}): FakeDocument {
  const characters = pages.reduce((sum, { text }) => sum + text.length, 0);
  const document: Document = {
    id: nextId++, collectionId, name, path: `/home/ada/flat/${name}`, format: null, state: 'ready', error: null, progress: null, sizeBytes: 4000 + characters * 7, pages: pages.length,
    passages: pages.reduce((sum, { text }) => sum + sentencesOf(text).length, 0), characters, pagesWithoutText: 0, ocrConfidence: null, leftOut: [], readAtMs: Date.now() - 86_400_000, ...more,
  };
  return { document, pages };
}

export function sentencesOf(text: string): { start: number; end: number; text: string }[] {
  return [...text.matchAll(/[^\n]+?(?:[.;](?= |\n|$)|(?=\n|$))/g)].map((match) => {
    const lead = match[0].length - match[0].trimStart().length;
    return { start: match.index + lead, end: match.index + match[0].length, text: match[0].trimStart() };
  }).filter(({ text: words }) => words.length > 1 && !words.startsWith('#'));
}

export function fakeShelf(collectionId: number): FakeDocument[] {
  const paged = (texts: readonly string[][]): FakeDocument['pages'] => texts.map((lines) => ({ label: null, text: lines.join('\n') }));
  return [
    fakeDocument(collectionId, 'lease-2024.pdf', paged(lease), { format: 'pdf' }),
    fakeDocument(collectionId, 'house-rules.md', [{ label: null, text: rules }], { format: 'markdown' }),
    fakeDocument(collectionId, 'prices.xlsx', [{ label: 'Keys', text: prices[0]! }, { label: 'Heating 2024', text: prices[1]! }], { format: 'xlsx', leftOut: ['Keys: 2 pictures', 'Heating 2024: 1 chart'] }),
    fakeDocument(collectionId, 'handover-protocol.pdf', [{ label: null, text: 'Handover of the flat on 28 February 2024.\nThe meter stood at 4,211 kWh.\nOne key is missing.' }], { format: 'pdf', ocrConfidence: 0.68, path: null }),
    fakeDocument(collectionId, 'letters-1998.pdf', [{ label: null, text: '' }, { label: null, text: '' }, { label: null, text: '' }], { format: 'pdf', pagesWithoutText: 3, passages: 0 }),
    fakeDocument(collectionId, 'minutes.docx', [], { state: 'failed', passages: 0, error: { code: 'document_damaged', message: '' } }),
    fakeDocument(collectionId, 'payslips.pdf', [], { state: 'failed', passages: 0, error: { code: 'document_encrypted', message: '' } }),
    fakeDocument(collectionId, 'old-lease.txt', [{ label: null, text: 'The old lease ended on 31 January 2020.' }], { state: 'missing', format: 'text' }),
  ];
}

const size = { width: 595, height: 842 };
const at = (line: number): number => 110 + line * 34;

/** Where a stretch of a page of the made-up PDF stands; one line is one sentence there. */
export function rectOf(text: string, start: number): Rect {
  const line = text.slice(0, start).split('\n').length - 1;
  return { x: 70, y: at(line) - 11, width: 450, height: 16 };
}

export async function drawPdf(pages: FakeDocument['pages']): Promise<Uint8Array> {
  const { PDFDocument, StandardFonts } = await import('pdf-lib');
  const pdf = await PDFDocument.create();
  const font = await pdf.embedFont(StandardFonts.TimesRoman);
  const bold = await pdf.embedFont(StandardFonts.HelveticaBold);
  for (const { text } of pages) {
    const page = pdf.addPage([size.width, size.height]);
    text.split('\n').forEach((line, index) => page.drawText(line, { x: 72, y: size.height - at(index), size: index === 0 ? 15 : 11.5, font: index === 0 ? bold : font, maxWidth: 450, lineHeight: 15 }));
  }
  return pdf.save();
}

export const pageSize = size;

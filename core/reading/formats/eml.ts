// Owns mail (EML): its headers a person reads, its text, and the names of what is attached.
import PostalMime, { type Address } from 'postal-mime';
import { PageDraft, tidy, type DraftPage } from '../draft.js';
import { damaged } from '../failure.js';
import { htmlPages } from './html-blocks.js';
import type { ParseRequest } from './parse.js';
import { plainPages } from './plain.js';

const deepestParts = 50;
const mostNames = 50;

export async function* readEml({ bytes, notes }: ParseRequest): AsyncGenerator<DraftPage> {
  const mail = await PostalMime.parse(bytes, { maxNestingDepth: deepestParts, attachmentEncoding: 'arraybuffer' });
  if (!mail.from && !mail.subject && !mail.date && mail.headers.length === 0) throw damaged('eml: no headers');
  notes.title = mail.subject ?? null;
  for (const { filename, mimeType } of mail.attachments.slice(0, mostNames)) notes.leftOut.add(`attachment: ${tidy(filename ?? mimeType).slice(0, 120)}`);
  const head = new PageDraft();
  head.add('heading', mail.subject ?? '', { level: 1 });
  const lines = [
    ['From', names(mail.from ? [mail.from] : [])],
    ['To', names(mail.to ?? [])],
    ['Cc', names(mail.cc ?? [])],
    ['Date', mail.date ?? ''],
  ].filter(([, value]) => value !== '');
  head.add('prose', lines.map(([key, value]) => `${key}: ${value}`).join('\n'));
  const first = head.take(null);
  const options = { leftOut: (what: string): void => void notes.leftOut.add(what) };
  const body = mail.text?.trim() ? [...plainPages(mail.text)] : mail.html ? htmlPages(mail.html, options) : [];
  const [start, ...rest] = body;
  yield start ? joined(first, start) : first;
  yield* rest;
}

function names(addresses: readonly Address[]): string {
  return addresses
    .flatMap((address) => ('group' in address && address.group ? address.group : [address]))
    .map(({ name, address }) => (name && address ? `${name} <${address}>` : name || address || ''))
    .slice(0, mostNames)
    .join(', ');
}

function joined(head: DraftPage, body: DraftPage): DraftPage {
  const by = head.text === '' ? 0 : head.text.length + 2;
  const moved = body.blocks.map((block) => ({ ...block, start: block.start + by, end: block.end + by, ...(block.rows ? { rows: block.rows.map((row) => row + by) } : {}) }));
  return { label: null, text: by === 0 ? body.text : `${head.text}\n\n${body.text}`, blocks: [...head.blocks, ...moved] };
}

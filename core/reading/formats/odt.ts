// Owns ODT: headings with their level, paragraphs, lists and tables of content.xml.
import { longPageCharacters } from '../../contract/reading.js';
import { Archive } from '../archive.js';
import { PageDraft, type DraftPage } from '../draft.js';
import { damaged, encrypted } from '../failure.js';
import { readXml } from '../xml.js';
import type { ParseRequest } from './parse.js';

/** Spaces that one element may stand for, and cells or rows that one may repeat: beyond it is padding or an attack. */
const mostSpaces = 100;

export function readOdt({ bytes, limits, notes }: ParseRequest): Generator<DraftPage> {
  const archive = new Archive(bytes, limits.unpackedBytes);
  if (/<manifest:encryption-data/.test(archive.text('META-INF/manifest.xml') ?? '')) throw encrypted('odt');
  const content = archive.text('content.xml');
  if (content === null) throw damaged('odt: no content in it');
  notes.title = /<dc:title>([^<]{1,300})<\/dc:title>/.exec(archive.text('meta.xml') ?? '')?.[1] ?? null;
  if (archive.names.some((name) => name.startsWith('Pictures/'))) notes.leftOut.add('pictures');
  return pages(content);
}

function* pages(xml: string): Generator<DraftPage> {
  const done: DraftPage[] = [];
  const draft = new PageDraft();
  let text = '';
  let reading = 0;
  let skipping = 0;
  let level = 0;
  let listDepth = 0;
  let items: string[] = [];
  let rows: string[][] | null = null;
  let cell: string[] | null = null;
  let tables = 0;
  const room = (): void => {
    if (draft.length > longPageCharacters) done.push(draft.take(null));
  };
  const flushList = (): void => {
    if (items.length > 0) draft.add('list', items.join('\n'));
    items = [];
    room();
  };
  readXml(xml, {
    open: (name, attributes) => {
      // Comments and changes that were struck out are not text of the document.
      if (name === 'office:annotation' || name === 'text:tracked-changes') skipping++;
      if (skipping > 0) return;
      if (name === 'text:p' || name === 'text:h') {
        if (reading++ === 0) text = '';
        level = name === 'text:h' ? Math.max(1, Number(attributes['text:outline-level']) || 1) : 0;
      } else if (name === 'text:s') text += ' '.repeat(Math.min(mostSpaces, Number(attributes['text:c']) || 1));
      else if (name === 'text:tab') text += ' ';
      else if (name === 'text:line-break') text += '\n';
      else if (name === 'text:list') listDepth++;
      else if (name === 'table:table' && tables++ === 0) {
        flushList();
        rows = [];
      } else if (name === 'table:table-row' && tables === 1) rows?.push([]);
      else if (name === 'table:table-cell' && tables === 1) cell = [];
    },
    text: (value) => {
      if (reading > 0 && skipping === 0) text += value.replace(/\s+/g, ' ');
    },
    close: (name) => {
      if (name === 'office:annotation' || name === 'text:tracked-changes') skipping--;
      if (skipping > 0) return;
      if (name === 'text:p' || name === 'text:h') {
        if (--reading > 0) return;
        const line = text.trim();
        text = '';
        if (line === '') return;
        if (cell) cell.push(line);
        else if (level > 0) {
          flushList();
          draft.add('heading', line, { level });
        } else if (listDepth > 0) items.push(`${'  '.repeat(Math.min(5, listDepth - 1))}- ${line}`);
        else draft.add('prose', line);
        room();
      } else if (name === 'text:list') {
        if (--listDepth === 0 && !rows) flushList();
      } else if (name === 'table:table-cell' && tables === 1 && cell) {
        rows?.at(-1)?.push(cell.join(' '));
        cell = null;
      } else if (name === 'table:table' && --tables === 0 && rows) {
        draft.addTable(rows, { headerRows: rows.length > 2 ? 1 : 0 });
        rows = null;
        room();
      }
    },
  });
  flushList();
  if (draft.length > 0) done.push(draft.take(null));
  yield* done;
}

// Owns PPTX: a page a slide in the order of the talk, its title as heading, its tables, and the speaker's notes.
import { Archive } from '../archive.js';
import { PageDraft, type DraftPage } from '../draft.js';
import { damaged } from '../failure.js';
import { readXml } from '../xml.js';
import { coreTitle } from './docx.js';
import type { ParseRequest } from './parse.js';

export function* readPptx({ bytes, limits, notes }: ParseRequest): Generator<DraftPage> {
  const archive = new Archive(bytes, limits.unpackedBytes);
  const slides = slideNames(archive);
  if (slides.length === 0) throw damaged('pptx: no slides in it');
  notes.total = slides.length;
  notes.title = coreTitle(archive);
  if (archive.names.some((name) => name.startsWith('ppt/media/'))) notes.leftOut.add('pictures');
  if (archive.names.some((name) => name.startsWith('ppt/embeddings/'))) notes.leftOut.add('embedded files');
  for (const [index, name] of slides.entries()) {
    const draft = new PageDraft();
    slide(archive.text(name) ?? '', draft);
    const spoken = relations(archive, name).find(({ type }) => type.endsWith('/notesSlide'));
    const speech = spoken ? archive.text(spoken.target) : null;
    if (speech !== null) slide(speech, draft, 'Notes: ');
    yield draft.take(`Slide ${index + 1}`);
  }
}

function slideNames(archive: Archive): string[] {
  const presentation = archive.text('ppt/presentation.xml');
  const ordered: string[] = [];
  if (presentation !== null) {
    const targets = new Map(relations(archive, 'ppt/presentation.xml').map(({ id, target }) => [id, target]));
    readXml(presentation, {
      open: (name, attributes) => {
        const target = name === 'p:sldId' ? targets.get(attributes['r:id'] ?? '') : undefined;
        if (target !== undefined && archive.has(target)) ordered.push(target);
      },
    });
  }
  if (ordered.length > 0) return [...new Set(ordered)];
  const number = (name: string): number => Number(/\d+/.exec(name)?.[0] ?? 0);
  return archive.names.filter((name) => /^ppt\/slides\/slide\d+\.xml$/.test(name)).sort((a, b) => number(a) - number(b));
}

/** Targets as entry names: resolved as text, within the archive. */
function relations(archive: Archive, part: string): { id: string; type: string; target: string }[] {
  const at = part.lastIndexOf('/') + 1;
  const xml = archive.text(`${part.slice(0, at)}_rels/${part.slice(at)}.rels`);
  const found: { id: string; type: string; target: string }[] = [];
  if (xml === null) return found;
  readXml(xml, {
    open: (name, { Id = '', Type = '', Target = '', TargetMode = '' }) => {
      if (name === 'Relationship' && TargetMode !== 'External') found.push({ id: Id, type: Type, target: resolve(part.slice(0, at), Target) });
    },
  });
  return found;
}

export function resolve(folder: string, target: string): string {
  const segments: string[] = [];
  for (const segment of (target.startsWith('/') ? target : folder + target).split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  return segments.join('/');
}

function slide(xml: string, draft: PageDraft, prefix = ''): void {
  let shape: string | null = null;
  let paragraphs: string[] = [];
  let run = '';
  let inText = false;
  let rows: string[][] | null = null;
  const flush = (): void => {
    const text = paragraphs.filter((paragraph) => paragraph.trim() !== '');
    paragraphs = [];
    if (text.length === 0) return;
    // Numbers of slides, dates and footers say nothing.
    if (shape === 'sldNum' || shape === 'dt' || shape === 'ftr') return;
    if (prefix === '' && (shape === 'title' || shape === 'ctrTitle')) draft.add('heading', text.join(' '), { level: 1 });
    else if (text.length > 1 && prefix === '') draft.add('list', text.map((line) => `- ${line.trim()}`).join('\n'));
    else draft.add('prose', prefix + text.join('\n'));
  };
  readXml(xml, {
    open: (name, attributes) => {
      if (name === 'p:sp') shape = null;
      else if (name === 'p:ph') shape = attributes['type'] ?? 'body';
      else if (name === 'a:t') inText = true;
      else if (name === 'a:br') run += '\n';
      else if (name === 'a:tbl') rows = [];
      else if (name === 'a:tr') rows?.push([]);
    },
    text: (text) => {
      if (inText) run += text;
    },
    close: (name) => {
      if (name === 'a:t') inText = false;
      else if (name === 'a:p') {
        paragraphs.push(run);
        run = '';
      } else if (name === 'a:tc' && rows) {
        rows.at(-1)?.push(paragraphs.join(' '));
        paragraphs = [];
      } else if (name === 'a:tbl' && rows) {
        draft.addTable(rows, { headerRows: rows.length > 1 ? 1 : 0 });
        rows = null;
      } else if (name === 'p:sp') flush();
    },
  });
  flush();
}

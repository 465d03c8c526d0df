// Owns EPUB: the chapters in the order of the book, a page each, named by their first heading.
import { Archive } from '../archive.js';
import type { DraftPage } from '../draft.js';
import { damaged, encrypted } from '../failure.js';
import { readXml } from '../xml.js';
import { decodeMarkup } from './html.js';
import { htmlPages } from './html-blocks.js';
import type { ParseRequest } from './parse.js';
import { resolve } from './pptx.js';

export function* readEpub({ bytes, limits, notes }: ParseRequest): Generator<DraftPage> {
  const archive = new Archive(bytes, limits.unpackedBytes);
  const { chapters, title } = spine(archive);
  notes.title = title;
  // Fonts are often scrambled; a chapter under a key cannot be read.
  const scrambled = new Set([...(archive.text('META-INF/encryption.xml') ?? '').matchAll(/CipherReference[^>]*URI="([^"]+)"/g)].map((match) => match[1]));
  if (chapters.some((name) => scrambled.has(name))) throw encrypted('epub');
  if (archive.names.some((name) => /\.(jpe?g|png|gif|webp|svg)$/i.test(name))) notes.leftOut.add('pictures');
  for (const name of chapters) {
    const chapter = archive.read(name);
    if (chapter) yield* htmlPages(decodeMarkup(chapter), { label: (heading) => heading?.slice(0, 120) ?? null });
  }
}

function spine(archive: Archive): { chapters: string[]; title: string | null } {
  let opf: string | null = null;
  readXml(archive.text('META-INF/container.xml') ?? '<none/>', {
    open: (name, attributes) => {
      if (name.endsWith('rootfile')) opf ??= attributes['full-path'] ?? null;
    },
  });
  const xml = opf === null ? null : archive.text(opf);
  if (opf === null || xml === null) throw damaged('epub: no list of chapters in it');
  const folder = (opf as string).includes('/') ? (opf as string).replace(/[^/]*$/, '') : '';
  const items = new Map<string, string>();
  const chapters: string[] = [];
  let inTitle = false;
  let title = '';
  readXml(xml, {
    open: (name, attributes) => {
      const local = name.replace(/^.*:/, '');
      if (local === 'item' && /html/.test(attributes['media-type'] ?? 'html')) items.set(attributes['id'] ?? '', resolve(folder, decoded(attributes['href'] ?? '')));
      if (local === 'itemref') {
        const target = items.get(attributes['idref'] ?? '');
        if (target !== undefined && archive.has(target)) chapters.push(target);
      }
      if (name === 'dc:title' && title === '') inTitle = true;
    },
    text: (text) => (title += inTitle ? text : ''),
    close: () => (inTitle = false),
  });
  return { chapters: [...new Set(chapters)], title: title.trim() || null };
}

function decoded(href: string): string {
  try {
    return decodeURIComponent(href.split('#')[0]!);
  } catch {
    return href;
  }
}

// Owns DOCX: mammoth makes HTML of it, of entries whose size was checked, and pictures are not even unpacked.
import mammoth from 'mammoth';
import { Archive } from '../archive.js';
import type { DraftPage } from '../draft.js';
import { damaged, tooBig } from '../failure.js';
import { readXml } from '../xml.js';
import { htmlPages } from './html-blocks.js';
import type { ParseRequest } from './parse.js';

/** mammoth builds a tree of it, about thirty times its size. */
const mostXmlBytes = 32 * 2 ** 20;
const body = 'word/document.xml';

export async function* readDocx({ bytes, limits, notes }: ParseRequest): AsyncGenerator<DraftPage> {
  const archive = new Archive(bytes, limits.unpackedBytes);
  const wanted = (name: string): boolean => /\.(xml|rels)$/i.test(name);
  const texts = archive.names.filter(wanted);
  if (!texts.some((name) => /^word\/document\d*\.xml$/.test(name))) throw damaged('docx: no document in it');
  const sizes = texts.reduce((sum, name) => sum + (archive.size(name) ?? 0), 0);
  if (sizes > mostXmlBytes) throw tooBig(`docx: ${sizes} bytes of XML`);
  // What mammoth would build a tree of, however deep, is looked through once by a parser that builds nothing.
  const xml = archive.text(body);
  if (xml !== null) readXml(xml, {});
  if (archive.names.some((name) => name.startsWith('word/media/'))) notes.leftOut.add('pictures');
  if (archive.names.some((name) => name.startsWith('word/embeddings/'))) notes.leftOut.add('embedded files');
  if (archive.has('word/comments.xml')) notes.leftOut.add('comments');
  notes.title = coreTitle(archive);
  const { value } = await mammoth.convertToHtml(
    { buffer: Buffer.from(archive.repacked(wanted)) },
    { externalFileAccess: false, includeEmbeddedStyleMap: false, convertImage: mammoth.images.imgElement(() => Promise.resolve({ src: '' })), styleMap: ['p[style-name=\'Title\'] => h1:fresh', 'p[style-name=\'Titel\'] => h1:fresh', 'p[style-name=\'Subtitle\'] => p:fresh'] },
  );
  yield* htmlPages(value);
}

/** The title in docProps/core.xml, which all office files of this family have. */
export function coreTitle(archive: Archive): string | null {
  const xml = archive.text('docProps/core.xml');
  if (xml === null) return null;
  let inside = false;
  let title = '';
  try {
    readXml(xml, { open: (name) => (inside = name === 'dc:title'), close: () => (inside = false), text: (text) => (title += inside ? text : '') });
  } catch {
    // A title is not worth a document.
    return null;
  }
  return title.trim() || null;
}

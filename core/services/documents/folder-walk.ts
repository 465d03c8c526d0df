// Owns looking through a folder: which of its files are documents, without following links and without waiting for anything strange.
import { lstat, opendir } from 'node:fs/promises';
import { basename, extname, join, resolve, sep } from 'node:path';
import { unreadable, type FileFacts } from './document-file.js';

/** More than anybody reads; a guard against the root of a disk. */
export const mostFiles = 50_000;
const deepest = 64;

/** Folders of programs and systems, never of documents. */
const machineFolders = new Set(['node_modules', 'bower_components', '__pycache__', 'site-packages', '$RECYCLE.BIN', 'System Volume Information', 'lost+found']);
/** Half-written files, locks and backups of editors and browsers. */
const passing = /^(~\$.*|\.~lock\..*|.*~|.*\.(tmp|temp|swp|swo|part|crdownload|download|lock)|Thumbs\.db|desktop\.ini|Icon\r)$/i;
/** Known to hold no text that Plumb reads: shown as not read, without starting the reader for each. */
const unreadableKinds = new Set(
  ('png jpg jpeg gif bmp webp tif tiff heic avif ico psd svgz mp3 wav flac ogg m4a aac mp4 mkv avi mov webm wmv zip gz bz2 xz zst 7z rar tar tgz iso dmg img exe dll so dylib bin o a class jar wasm ' +
    'deb rpm msi apk ttf otf woff woff2 db sqlite sqlite3 gguf safetensors pt onnx parquet pyc doc xls ppt').split(' '),
);

export const isUnreadableKind = (path: string): boolean => unreadableKinds.has(extname(path).slice(1).toLowerCase());

/** Hidden, passing, of a machine, or Plumb's own. */
export function isSkipped(path: string, ownDir: string): boolean {
  const name = basename(path);
  return name.startsWith('.') || machineFolders.has(name) || passing.test(name) || `${resolve(path)}${sep}`.startsWith(`${resolve(ownDir)}${sep}`);
}

export interface Found {
  files: ({ path: string } & FileFacts)[];
  /** Folders inside that could not be opened, each with a separator at its end: what is known of them is not gone. */
  closed: string[];
  /** There are more files than are taken. */
  full: boolean;
}

/**
 * Every document of a folder, in a stable order. Links are not followed: what they point to inside the folder is met anyway, what is outside
 * was not given to Plumb; so no loop and no escape is possible.
 * Errors: document_missing, file_unreadable when the folder itself cannot be read.
 */
export async function filesIn(root: string, ownDir: string, isOver: () => boolean): Promise<Found> {
  const found: Found = { files: [], closed: [], full: false };
  const folders = [{ path: root, depth: 0 }];
  for (let folder = folders.pop(); folder && !isOver() && !found.full; folder = folders.pop()) {
    const names: string[] = [];
    try {
      for await (const { name } of await opendir(folder.path)) names.push(name);
    } catch (thrown) {
      if (folder.depth === 0) throw unreadable(thrown as NodeJS.ErrnoException);
      found.closed.push(folder.path + sep);
      continue;
    }
    for (const name of names.sort()) {
      const path = join(folder.path, name);
      if (isSkipped(path, ownDir)) continue;
      // Gone since it was listed: the next look knows.
      const facts = await lstat(path).catch(() => null);
      if (facts?.isDirectory() && folder.depth < deepest) folders.push({ path, depth: folder.depth + 1 });
      if (!facts?.isFile()) continue;
      if (found.files.length >= mostFiles) {
        found.full = true;
        break;
      }
      found.files.push({ path, sizeBytes: facts.size, modifiedAtMs: Math.trunc(facts.mtimeMs) });
    }
  }
  return found;
}

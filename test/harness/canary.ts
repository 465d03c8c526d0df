// Owns the search for a word on a disk: every file under a folder, in the encodings in which text is written there.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The word as UTF-8, as UTF-16 and in base64 at each of the three places where it can begin there, without its unsteady ends. */
function formsOf(word: string): Buffer[] {
  const base64 = [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift, 'x'), Buffer.from(word)]).toString('base64');
    return Buffer.from(text.slice(shift === 0 ? 0 : 4, Math.floor((shift + word.length) / 3) * 4));
  });
  return [Buffer.from(word), Buffer.from(word, 'utf16le'), Buffer.from(word, 'utf16le').swap16(), ...base64];
}

export const holds = (bytes: Buffer, word: string): boolean => formsOf(word).some((form) => bytes.includes(form));

/** Files under `dir` that hold the word, by path. A file that vanishes meanwhile holds nothing. */
export function filesWith(dir: string, word: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => {
      try {
        return holds(readFileSync(path), word);
      } catch (thrown) {
        if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return false;
        throw thrown;
      }
    });
}

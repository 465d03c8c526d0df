// Owns opening a locked vault from where the browser host was started: a file named by the environment, or a person at the terminal.
import { readFileSync, statSync } from 'node:fs';
import { AppError } from '../core/contract/errors.js';

/**
 * The passphrase in the file that PLUMB_PASSPHRASE_FILE names; a line break at its end does not count. null: none is named.
 * A file and never an argument or a plain variable: those are shown by `ps` and /proc to others, and end up in shell histories.
 */
export function passphraseFromFile(env: NodeJS.ProcessEnv, warn: (words: string) => void): string | null {
  const path = env['PLUMB_PASSPHRASE_FILE'];
  if (!path) return null;
  try {
    // A pipe, as from process substitution, has no permissions that matter.
    const { mode } = statSync(path);
    if (process.platform !== 'win32' && (mode & 0o170_000) === 0o100_000 && (mode & 0o077) !== 0) warn(`Other users of this machine can read ${path}. Close it to them with: chmod 600 ${path}`);
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (thrown) {
    throw new AppError('file_unreadable', 'The file named by PLUMB_PASSPHRASE_FILE cannot be read.', (thrown as NodeJS.ErrnoException).code, { cause: thrown });
  }
}

interface Terminal {
  input: NodeJS.ReadStream;
  output: { write(text: string): unknown };
}

/** Asks without showing what is typed. null: nothing was typed, or Ctrl+C or Ctrl+D. */
export function askPassphrase(question: string, { input, output }: Terminal): Promise<string | null> {
  output.write(question);
  input.setRawMode(true);
  input.resume();
  return new Promise((done) => {
    let typed = '';
    const end = (answer: string | null): void => {
      input.off('data', read);
      input.setRawMode(false);
      input.pause();
      output.write('\n');
      done(answer);
    };
    const read = (data: Buffer): void => {
      for (const character of data.toString('utf8')) {
        if (character === '\r' || character === '\n') return end(typed === '' ? null : typed);
        if (character === '\u0003' || character === '\u0004') return end(null);
        if (character === '\u007F' || character === '\b') typed = [...typed].slice(0, -1).join('');
        else if (character >= ' ') typed += character;
      }
    };
    input.on('data', read);
  });
}

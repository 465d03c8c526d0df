// Proves how the browser host gets a passphrase without a window: from a file, or typed unseen.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askPassphrase, passphraseFromFile } from '../../../server/terminal-unlock.js';

let dir: string;
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'plumb-unlock-'))));
afterEach(() => rmSync(dir, { recursive: true }));

describe('a passphrase in a file', () => {
  it('is read without its last line break; blanks belong to it', () => {
    const path = join(dir, 'p');
    const warnings: string[] = [];
    writeFileSync(path, ' two words \n', { mode: 0o600 });
    expect([passphraseFromFile({ PLUMB_PASSPHRASE_FILE: path }, (words) => warnings.push(words)), warnings]).toEqual([' two words ', []]);
    chmodSync(path, 0o644);
    passphraseFromFile({ PLUMB_PASSPHRASE_FILE: path }, (words) => warnings.push(words));
    expect(warnings).toEqual([expect.stringContaining('chmod 600')]);
  });

  it('is not asked for where none is named, and a missing one is an error', () => {
    expect(passphraseFromFile({}, () => undefined)).toBeNull();
    expect(() => passphraseFromFile({ PLUMB_PASSPHRASE_FILE: join(dir, 'none') }, () => undefined)).toThrow(expect.objectContaining({ code: 'file_unreadable' }));
  });
});

describe('a passphrase at the terminal', () => {
  function typing(keys: string): Promise<{ answer: string | null; shown: string; raw: boolean[] }> {
    const raw: boolean[] = [];
    const input = Object.assign(new PassThrough(), { setRawMode: (on: boolean) => void raw.push(on) }) as unknown as NodeJS.ReadStream;
    let shown = '';
    const asked = askPassphrase('Passphrase: ', { input, output: { write: (text) => (shown += text) } });
    (input as unknown as PassThrough).write(keys);
    return asked.then((answer) => ({ answer, shown, raw }));
  }

  it('is taken unseen, with corrections', async () => {
    expect(await typing('secrex\u007Ft é\r')).toEqual({ answer: 'secret é', shown: 'Passphrase: \n', raw: [true, false] });
  });

  it.each([['nothing', '\r'], ['Ctrl+C', 'abc\u0003'], ['Ctrl+D', '\u0004']])('with %s is left to the window', async (_what, keys) => {
    expect((await typing(keys)).answer).toBeNull();
  });
});

// Proves that a file the user saves is there whole or not at all.
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { writeWhole } from '../../../core/services/host/whole-file.js';

it('a file that fails half-way leaves the one before as it was, and nothing beside it', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'plumb-unit-'));
  const path = join(dir, 'a.json');
  writeFileSync(path, 'before');
  const pieces = function* (): Generator<Uint8Array> {
    yield Buffer.from('half');
    throw new Error('gone');
  };
  await expect(writeWhole(path, pieces())).rejects.toThrow('gone');
  expect([readFileSync(path, 'utf8'), readdirSync(dir)]).toEqual(['before', ['a.json']]);
  await writeWhole(path, [Buffer.from('one '), Buffer.from('two')]);
  expect([readFileSync(path, 'utf8'), readdirSync(dir)]).toEqual(['one two', ['a.json']]);
  await expect(writeWhole(join(dir, 'no', 'folder'), [])).rejects.toMatchObject({ code: 'file_unwritable' });
  rmSync(dir, { recursive: true });
});

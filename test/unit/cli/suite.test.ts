// Proves how suites are read, refused and cut down.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { AppError } from '../../../core/contract/errors.js';
import { openSuite, parseSuite, selectProblems, writeSuite } from '../../../core/cli/eval/suite.js';

const folder = mkdtempSync(join(tmpdir(), 'plumb-suite-'));
afterAll(() => rmSync(folder, { recursive: true }));

const problem = (id: string, more: object = {}): string =>
  JSON.stringify({ id, task: 'cups', group: 'tracking', level: 1, chance: 0.2, wording: 'known', messages: [{ role: 'user', text: 'Where?' }], answers: ['Cup 1.'], decides: 4, ...more });

function refusal(work: () => unknown): AppError {
  try {
    work();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('a suite', () => {
  it('is one problem a line; empty lines do not count, a missing `decides` is the first character', () => {
    const read = parseSuite(`${problem('a')}\n\n  \n${problem('b', { decides: undefined })}\n`, 'x');
    expect(read.map(({ id, decides }) => [id, decides])).toEqual([['a', 4], ['b', 0]]);
  });

  it('is read back as it was written', () => {
    const read = parseSuite([problem('a'), problem('b', { level: 7 })].join('\n'), 'x');
    expect(parseSuite(writeSuite(read), 'y')).toEqual(read);
  });

  it.each([
    ['something else than JSON', '{"id": "b", ', 'not JSON'],
    ['a field of another type', problem('b', { level: 'hard' }), 'level'],
    ['no accepted answer', problem('b', { answers: [] }), 'answers'],
    ['an id that was there before', problem('a'), 'that of line 1'],
    ['a last message that is not the user’s', problem('b', { messages: [{ role: 'assistant', text: 'Hm.' }] }), 'messages'],
    ['a deciding character beyond the answer', problem('b', { decides: 6 }), 'decides'],
    ['a bare value', '7', 'the line'],
  ])('with %s is refused with the number of the line', (_, line, why) => {
    const error = refusal(() => parseSuite(`${problem('a')}\n\n${line}\n`, 'own.jsonl'));
    expect(error.code).toBe('suite_invalid');
    expect(error.message).toContain('Line 3');
    expect(error.detail).toContain('own.jsonl, line 3');
    expect(error.detail).toContain(why);
  });

  it('without a problem is refused', () => {
    expect(refusal(() => parseSuite('\n\n', 'x')).code).toBe('suite_empty');
  });

  it('that is no file is refused', async () => {
    await expect(openSuite(join(folder, 'nowhere.jsonl'), 4711)).rejects.toMatchObject({ code: 'file_unreadable' });
  });

  it('from a file has the file’s name and no seed', async () => {
    writeFileSync(join(folder, 'own.jsonl'), problem('a'));
    await expect(openSuite(join(folder, 'own.jsonl'), 4711)).resolves.toMatchObject({ name: 'own.jsonl', seed: null, problems: [{ id: 'a' }] });
  });
});

describe('choosing problems', () => {
  const all = parseSuite(['a1', 'a2', 'a3', 'b1'].map((id) => problem(id, { task: id[0], level: id === 'a3' ? 2 : 1 })).join('\n'), 'x');
  const ids = (selection: Parameters<typeof selectProblems>[1]): string[] => selectProblems(all, selection).map(({ id }) => id);

  it('takes the first of each task and level', () => {
    expect(ids({ limit: 1 })).toEqual(['a1', 'a3', 'b1']);
    expect(ids({})).toEqual(['a1', 'a2', 'a3', 'b1']);
  });

  it('takes one kind of wording', () => {
    const two = parseSuite([problem('a'), problem('b', { wording: 'unseen' })].join('\n'), 'x');
    expect(selectProblems(two, { wording: 'unseen' }).map(({ id }) => id)).toEqual(['b']);
  });

  it('takes the named tasks, also those with a comma in their name, and refuses others, saying which there are', () => {
    expect(ids({ tasks: 'b' })).toEqual(['b1']);
    expect(ids({ tasks: 'b, a,' })).toEqual(['a1', 'a2', 'a3', 'b1']);
    const error = refusal(() => ids({ tasks: 'b,c' }));
    expect(error.code).toBe('suite_unknown_task');
    expect(error.message).toContain('a; b');
    const named = parseSuite([problem('x', { task: 'cups, new words' }), problem('y')].join('\n'), 'x');
    expect(selectProblems(named, { tasks: 'cups, new words' }).map(({ id }) => id)).toEqual(['x']);
    expect(selectProblems(named, { tasks: 'cups,cups, new words' })).toHaveLength(2);
  });
});

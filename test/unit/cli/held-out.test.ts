// Proves the rule that keeps training and evaluation apart, and that the shipped suite obeys it.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isHeldOut, normalise } from '../../../core/cli/eval/held-out.js';
import { parseSuite } from '../../../core/cli/eval/suite.js';

const root = resolve(import.meta.dirname, '..', '..', '..');
const vectors = JSON.parse(readFileSync(join(root, 'test', 'fixtures', 'held-out-vectors.json'), 'utf8')) as { text: string; normalised: string; sha256: string; heldOut: boolean }[];
const shipped = join(root, 'resources', 'suites', 'built-in.jsonl');

describe('the rule of held-out texts', () => {
  it.each(vectors)('gives “$text” the side that the shared vectors say', ({ text, normalised, sha256, heldOut }) => {
    expect(normalise(text)).toBe(normalised);
    expect(createHash('sha256').update(normalised).digest('hex')).toBe(sha256);
    expect(isHeldOut(text)).toBe(heldOut);
  });

  it('holds out about one text of sixteen', () => {
    const held = Array.from({ length: 16_000 }, (_, i) => `text number ${i}`).filter(isHeldOut).length;
    expect(held).toBeGreaterThan(850);
    expect(held).toBeLessThan(1150);
  });

  it('does not see case, spaces and punctuation, so that the same question cannot stand on both sides', () => {
    expect(isHeldOut('What is 12 + 17?')).toBe(isHeldOut('what is 12, 17'));
  });
});

describe('the shipped suite', () => {
  it('holds only texts that training throws away', () => {
    // Small talk is finite: whole wordings are held out. Sums of few digits are finite too, and training teaches to decline them all.
    const problems = parseSuite(readFileSync(shipped, 'utf8'), shipped);
    const trained = problems.filter(({ group, messages }) => !['talk', 'sums'].includes(group) && !isHeldOut(messages.find(({ role }) => role === 'user')!.text));
    expect(problems.length).toBeGreaterThan(1000);
    expect(trained.map(({ id }) => id)).toEqual([]);
  });
});

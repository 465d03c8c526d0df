import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alignCitations } from '../../../core/retrieval/citations.js';

interface Labelled {
  language: 'en' | 'de';
  passage: string;
  supported: string[];
  unsupported: string[];
}

const labelled = readFileSync(join(import.meta.dirname, '../../fixtures/citations.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as Labelled);
const supports = (sentence: string, text: string): boolean => alignCitations(sentence, [{ passageId: 1, text }]).some(({ support }) => support !== null);

const lease = { passageId: 7, text: 'The lease begins on 1 April 2023. The rent is EUR 1,180 a month. Smoking is not permitted in the stairwell.', documentName: 'lease-harcourt.pdf', headingPath: ['Lease Agreement'] };

describe('which sentences of a reply are borne out', () => {
  it.each(['en', 'de'] as const)('agrees with the labelled pairs in %s: precision and recall of at least 0.9', (language) => {
    const wrong: string[] = [];
    let right = 0;
    let cited = 0;
    let all = 0;
    for (const pair of labelled.filter((one) => one.language === language)) {
      for (const sentence of pair.supported) {
        all += 1;
        if (supports(sentence, pair.passage)) right += 1;
        else wrong.push(`missed: ${sentence}`);
      }
      for (const sentence of pair.unsupported) {
        if (!supports(sentence, pair.passage)) continue;
        cited += 1;
        wrong.push(`cited: ${sentence}`);
      }
    }
    expect(right / (right + cited), wrong.join('\n')).toBeGreaterThanOrEqual(0.9);
    expect(right / all, wrong.join('\n')).toBeGreaterThanOrEqual(0.9);
    if (process.env['PLUMB_FIGURES']) console.log(language, { precision: right / (right + cited), recall: right / all, wrong });
  });

  it('cites the sentence that says it, by its place in the passage', () => {
    const [citation] = alignCitations('The monthly rent is €1,180.00.', [lease]);
    expect(lease.text.slice(citation!.support!.start, citation!.support!.end)).toBe('The rent is EUR 1,180 a month.');
    expect(citation!.support!.passageId).toBe(7);
  });

  it('marks what stands in no passage, and leaves out what asserts nothing', () => {
    const reply = 'Here is what I found:\nThe rent is EUR 1,180 a month. The flat has a balcony facing south. Would you like more?';
    const citations = alignCitations(reply, [lease]);
    expect(citations.map(({ start, end, support }) => [reply.slice(start, end), support !== null])).toEqual([
      ['The rent is EUR 1,180 a month.', true],
      ['The flat has a balcony facing south.', false],
    ]);
  });

  it('prefers the passage that says it whole', () => {
    const half = { passageId: 1, text: 'The rent is due monthly.' };
    expect(alignCitations('The rent is EUR 1,180 a month.', [half, lease])[0]!.support!.passageId).toBe(7);
  });

  it.each([
    ['a number', 'The rent is EUR 1,190 a month.'],
    ['a date', 'The lease begins on 2 April 2023.'],
    ['a unit', 'The rent is EUR 1,180 a week.'],
    ['a negation', 'Smoking is permitted in the stairwell.'],
    ['a name', 'The lease of Marlene Dietz begins on 1 April 2023.'],
  ])('supports nothing that differs by %s', (_, sentence) => {
    expect(alignCitations(sentence, [lease])[0]!.support).toBeNull();
  });

  it('supports nothing when nothing was read', () => {
    expect(alignCitations('The rent is EUR 1,180 a month.', [])[0]!.support).toBeNull();
  });

  it('supports every sentence of a passage by itself, whatever its numbers', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ noun: fc.constantFrom('boiler', 'pump', 'valve', 'filter', 'sensor'), amount: fc.integer({ min: 1, max: 99_999 }) }), { minLength: 1, maxLength: 6 }), (items) => {
        const text = items.map(({ noun, amount }) => `The new ${noun} costs EUR ${amount} without carriage.`).join(' ');
        for (const { support } of alignCitations(text, [{ passageId: 1, text }])) expect(support).not.toBeNull();
      }),
      { numRuns: 60 },
    );
  });

  it('never supports a sentence whose number stands nowhere', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1000, max: 9999 }), fc.integer({ min: 1000, max: 9999 }), (said, written) => {
        fc.pre(said !== written);
        expect(alignCitations(`The pump costs EUR ${said}.`, [{ passageId: 1, text: `The pump costs EUR ${written}.` }])[0]!.support).toBeNull();
      }),
      { numRuns: 60 },
    );
  });

  it('takes any text without failing, in places that lie inside it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.string({ unit: 'grapheme', maxLength: 400 }), (reply, text) => {
        for (const { start, end, support } of alignCitations(reply, [{ passageId: 1, text }])) {
          expect(0 <= start && start < end && end <= reply.length).toBe(true);
          if (support) expect(0 <= support.start && support.start < support.end && support.end <= text.length).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });
});

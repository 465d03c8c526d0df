import { describe, expect, it } from 'vitest';
import { holdsAny } from '../../../core/cli/docs-eval/answers.js';
import { figuresOf } from '../../../core/cli/docs-eval/report.js';
import { areaOf, tradeOffOf } from '../../../core/cli/docs-eval/trade-off.js';
import type { Outcome } from '../../../core/cli/docs-eval/measure.js';
import type { Question } from '../../../core/cli/docs-eval/questions.js';

const question = (unanswerable: boolean): Question => ({ id: 'q', kind: 'fact', question: 'What is the rent?', gold: [], answer: ['EUR 1,180'], unanswerable, fresh: true, half: 'report', language: 'en' });
const outcome = (unanswerable: boolean, found: boolean, more: Partial<Outcome> = {}): Outcome => ({
  question: question(unanswerable), places: { reranked: 1 }, firstPassage: null, firstQuote: null, quoted: null, found, unsure: false, foundScore: 0, retrievalMs: 1, candidates: [], withoutGold: [], ...more,
});

describe('the figures of a document evaluation', () => {
  it('says how sure a share of few questions is', () => {
    const { abstention } = figuresOf([outcome(true, false), outcome(true, true), outcome(false, true), outcome(false, true)]);
    expect(abstention).toMatchObject({ unanswerable: 2, right: 0.5, wrong: 0 });
    expect(abstention.rightInterval[0]).toBeLessThan(0.15);
    expect(abstention.rightInterval[1]).toBeGreaterThan(0.85);
    expect(abstention.wrongInterval[0]).toBe(0);
  });

  it('counts those shown as perhaps not there beside those not found', () => {
    const { abstention } = figuresOf([outcome(true, false), outcome(true, true, { unsure: true }), outcome(false, true, { unsure: true }), outcome(false, true)]);
    expect(abstention).toMatchObject({ right: 0.5, wrong: 0, orUnsure: { right: 1, wrong: 0.5 } });
  });

  it('sets a threshold on the tuning half and judges the other by it, each language apart', () => {
    const scored = (half: 'tune' | 'report', language: string, unanswerable: boolean, foundScore: number): Outcome => outcome(unanswerable, true, { foundScore, question: { ...question(unanswerable), half, language } });
    const tuning = [0.1, 0.3, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.99].map((score) => scored('tune', 'en', false, score));
    const points = tradeOffOf([...tuning, scored('tune', 'en', true, 0.15), scored('report', 'en', true, 0.15), scored('report', 'de', true, 0.9), scored('report', 'en', false, 0.1), scored('report', 'de', false, 0.7)]);
    const tenth = points.find(({ allowed }) => allowed === 0.1)!;
    expect(tenth).toMatchObject({ threshold: 0.2, tune: { recognised: 1, turnedAway: 0.1 }, report: { recognised: 0.5, turnedAway: 0.5 } });
    expect(tenth.languages).toMatchObject({ en: { recognised: 1, turnedAway: 1 }, de: { recognised: 0, turnedAway: 0 } });
    expect(areaOf([{ unanswerable: true, score: 0.2 }, { unanswerable: false, score: 0.2 }, { unanswerable: false, score: 0.4 }])).toBe(0.75);
  });

  it('takes a reply for right that holds the answer, whatever stands around it, and no other', () => {
    expect(holdsAny(question(false), 'The rent is EUR\u00a01,180 a month.')).toBe(true);
    expect(holdsAny(question(false), 'The rent is EUR 118.')).toBe(false);
    expect(holdsAny({ answer: [] }, 'anything')).toBe(false);
  });
});

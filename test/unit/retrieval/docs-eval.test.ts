import { describe, expect, it } from 'vitest';
import { holdsAny } from '../../../core/cli/docs-eval/answers.js';
import { figuresOf } from '../../../core/cli/docs-eval/report.js';
import type { Outcome } from '../../../core/cli/docs-eval/measure.js';
import type { Question } from '../../../core/cli/docs-eval/questions.js';

const question = (unanswerable: boolean): Question => ({ id: 'q', kind: 'fact', question: 'What is the rent?', gold: [], answer: ['EUR 1,180'], unanswerable, fresh: true, half: 'report' });
const outcome = (unanswerable: boolean, found: boolean): Outcome => ({
  question: question(unanswerable), places: { reranked: 1 }, firstPassage: null, firstQuote: null, quoted: null, found, foundScore: 0, retrievalMs: 1, candidates: [], withoutGold: [],
});

describe('the figures of a document evaluation', () => {
  it('says how sure a share of few questions is', () => {
    const { abstention } = figuresOf([outcome(true, false), outcome(true, true), outcome(false, true), outcome(false, true)]);
    expect(abstention).toMatchObject({ unanswerable: 2, right: 0.5, wrong: 0 });
    expect(abstention.rightInterval[0]).toBeLessThan(0.15);
    expect(abstention.rightInterval[1]).toBeGreaterThan(0.85);
    expect(abstention.wrongInterval[0]).toBe(0);
  });

  it('takes a reply for right that holds the answer, whatever stands around it, and no other', () => {
    expect(holdsAny(question(false), 'The rent is EUR\u00a01,180 a month.')).toBe(true);
    expect(holdsAny(question(false), 'The rent is EUR 118.')).toBe(false);
    expect(holdsAny({ answer: [] }, 'anything')).toBe(false);
  });
});

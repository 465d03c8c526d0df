// Owns the proof of the small arithmetic: dates, the slider, costs, words for numbers, sentences for errors, what is read aloud.
import { describe, expect, it } from 'vitest';
import { errorCodes } from '../../core/contract/errors.js';
import { dateTitle, groupByDate } from '../../renderer/date-groups.js';
import { clampSteps, costOf, depthScale, expectedAnswerTokens, nextNotch, positionOf, snappedStepsAt, stepsAt } from '../../renderer/depth-scale.js';
import { sentenceFor } from '../../renderer/error-sentences.js';
import { about, bytes, change, parameters, plural, seconds, spokenSeconds } from '../../renderer/figures.js';
import { decadesOf, settledAfter } from '../../renderer/plot/convergence.js';
import { windowOf } from '../../renderer/plot/heatmap.js';
import { sentencesFrom } from '../../renderer/views/Announcer.js';

const at = (text: string): number => new Date(text).getTime();

describe('date groups', () => {
  const now = at('2026-03-02T10:00');
  it('are days, then a week, then months', () => {
    const dates = ['2026-03-02T00:00', '2026-03-01T23:59', '2026-03-01T00:00', '2026-02-28T12:00', '2026-02-23T00:00', '2026-02-22T23:59', '2026-01-31T12:00', '2025-12-31T12:00'];
    expect(dates.map((date) => dateTitle(at(date), now, 'en-GB'))).toEqual(['Today', 'Yesterday', 'Yesterday', 'Previous 7 days', 'Previous 7 days', 'February', 'January', 'December 2025']);
  });
  it('take a moment in the future for today', () => expect(dateTitle(at('2026-03-03T10:00'), now)).toBe('Today'));
  it('keep the order of the list', () => {
    const items = ['2026-03-02T09:00', '2026-03-02T08:00', '2026-03-01T08:00'].map((date) => ({ updatedAtMs: at(date) }));
    expect(groupByDate(items, now).map(({ title, items: of }) => [title, of.length])).toEqual([['Today', 2], ['Yesterday', 1]]);
  });
});

describe('the slider', () => {
  const info = { preludeBlocks: 2, coreBlocks: 4, codaBlocks: 2, stepsDefault: 32, stepsMin: 1, stepsMax: 128, notches: [1, 2, 4, 8, 16, 32, 64] };
  const scale = depthScale(info);

  it('ends at the largest notch, not at what the engine would accept', () => expect([scale.min, scale.max]).toEqual([1, 64]));
  it('spaces doublings evenly', () => expect([1, 8, 64].map((steps) => positionOf(scale, steps))).toEqual([0, 0.5, 1]));
  it('finds every number of steps again from its position', () => {
    for (let steps = 1; steps <= 64; steps++) expect(stepsAt(scale, positionOf(scale, steps))).toBe(steps);
  });
  it('lets a near notch catch the thumb and a far one not', () => expect([snappedStepsAt(scale, positionOf(scale, 16) + 0.01), snappedStepsAt(scale, positionOf(scale, 24))]).toEqual([16, 24]));
  it('moves by notches and stops at its ends', () => expect([nextNotch(scale, 16, 1), nextNotch(scale, 17, -1), nextNotch(scale, 64, 1), nextNotch(scale, 1, -1)]).toEqual([32, 16, 64, 1]));
  it('keeps inside its range', () => expect([clampSteps(scale, 0), clampSteps(scale, 99), clampSteps(scale, 7.4)]).toEqual([1, 64, 7]));
  it('works for a model with a range of its own', () => {
    const ouro = depthScale({ ...info, stepsMax: 4, notches: [1, 2, 3, 4] });
    expect([ouro.max, stepsAt(ouro, 1), nextNotch(ouro, 2, 1)]).toEqual([4, 4, 3]);
  });
  it('survives a range of one', () => {
    const one = depthScale({ ...info, stepsMax: 1, notches: [1] });
    expect([positionOf(one, 1), stepsAt(one, 0.7)]).toEqual([0, 1]);
  });
  it('costs what was measured, and nothing is said without a measurement', () => {
    const speed = { fixedMs: 2, stepMs: 0.5, prefillTokensPerSecond: null };
    expect([costOf(speed, 16, 64), costOf(null, 16, 64)]).toEqual([{ answerMs: 640, tokensPerSecond: 100 }, null]);
  });
  it('expects answers as long as recent ones', () => expect([expectedAnswerTokens([]), expectedAnswerTokens([10, 20, 30]), expectedAnswerTokens([0])]).toEqual([64, 20, 64]));
});

describe('numbers in words', () => {
  it('read as a person would say them', () => {
    expect([seconds(20), seconds(400), seconds(12_400), seconds(200_000), about(20), about(400), spokenSeconds(400), bytes(2_100_000), bytes(38_000_000), bytes(3.9e9), parameters(1_040_000), parameters(3.51e9)]).toEqual(
      ['under 0.1 s', '0.4 s', '12 s', '3 min', 'under 0.1 s', 'about 0.4 s', '0.4 seconds', '2.1 MB', '38 MB', '3.9 GB', '1 M', '3.5 B']);
  });
  it('show changes with two digits', () => expect([change(0.948), change(0.0021), change(0.00002), change(0)]).toEqual(['0.95', '0.0021', '2e-5', '0']));
  it('know one from many', () => expect([plural(1, 'step'), plural(2, 'step'), plural(1234, 'token')]).toEqual(['1 step', '2 steps', '1,234 tokens']));
});

describe('errors', () => {
  it.each(errorCodes)('%s has a sentence and a next step', (code) => {
    const { sentence, nextStep } = sentenceFor({ code });
    for (const words of [sentence, nextStep]) expect(words).toMatch(/^[A-Z].*\.$/);
  });
  it('of a kind this window does not know are still said', () => expect(sentenceFor({ code: 'from_the_future' as never }).sentence).toBe(sentenceFor({ code: 'internal' }).sentence));
});

describe('the instrument', () => {
  it('says from which step on a token stayed settled', () => expect([settledAfter([0.5, 0.005, 0.2, 0.009, 0.001], 0.01), settledAfter([0.5, 0.1], 0.01), settledAfter([], 0.01)]).toEqual([4, 0, 0]));
  it('shows at least three decades and more when the curve goes deeper', () => expect([decadesOf([[0.9, 0.5]]), decadesOf([[0.9, 0.00005]])]).toEqual([{ top: 0, bottom: -3 }, { top: 0, bottom: -5 }]));
  it('shows the newest tokens, or those around a pinned one', () => expect([windowOf(10, 300, null), windowOf(1000, 300, null).first, windowOf(1000, 300, 500).first]).toEqual([{ first: 0, count: 10, columnWidth: 28 }, 936, 475]));
  it('keeps its place for a quarter of its width, then turns the page', () => {
    const firsts = Array.from({ length: 60 }, (_, at) => windowOf(200 + at, 300, null).first);
    expect(new Set(firsts).size).toBeLessThanOrEqual(5);
    for (const [at, first] of firsts.entries()) expect(first + windowOf(200 + at, 300, null).count).toBe(200 + at);
  });
});

describe('what is read aloud', () => {
  it('is whole sentences only', () => {
    const first = sentencesFrom('The ball is under cup 3. It mo', 0);
    expect([first, sentencesFrom('The ball is under cup 3. It moved. ', first.until).spoken, sentencesFrom('no end yet', 0).spoken]).toEqual([{ spoken: 'The ball is under cup 3.', until: 24 }, 'It moved.', '']);
  });
});

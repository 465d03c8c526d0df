// Proves that an evaluation becomes the right lines, and that the plot says the same in words and as a table.
import { act } from 'react';
import { createRoot } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Evaluation, Score } from '../../core/contract/evaluation.js';
import { scoreLines, stepsPosition, wilson } from '../../renderer/plot/scores.js';
import { ScorePlot } from '../../renderer/views/ScorePlot.js';

const score = (part: Partial<Score>): Score => ({ task: 'cups', group: 'tracking', level: null, steps: 1, problems: 100, right: 20, accuracy: 0, low: 0, high: 0, chance: 0.2, meanSteps: 1, tokensPerSecond: 1, ...part });
const evaluation = (scores: Score[]): Evaluation => ({ suite: 's', seed: null, model: { name: 'm', sizeBytes: 1, parameters: 1, fileType: 'F32' }, date: '', steps: [1, 4, 64], scores });

describe('score lines', () => {
  it('pool the tasks of a group by their problems, in the order of the file, ascending in steps', () => {
    const lines = scoreLines(evaluation([
      score({ steps: 16, right: 90 }), score({ steps: 1, right: 20 }),
      score({ task: 'robot', steps: 1, problems: 300, right: 60, chance: 0.4 }),
      score({ task: 'sums', group: 'arithmetic', right: 1, chance: 0 }),
    ]));
    expect(lines.map(({ group, chance, points }) => [group, Number(chance.toFixed(4)), points.map(({ steps, accuracy, problems }) => [steps, accuracy, problems])])).toEqual([
      ['tracking', 0.32, [[1, 0.2, 400], [16, 0.9, 100]]],
      ['arithmetic', 0, [[1, 0.01, 100]]],
    ]);
  });

  it('count a task once when the file has both its levels and their sum, and add levels up when it has not', () => {
    const levels = [score({ level: 3, problems: 50, right: 20 }), score({ level: 12, problems: 50, right: 10 })];
    expect(scoreLines(evaluation([score({ right: 30 }), ...levels]))[0]!.points[0]).toMatchObject({ problems: 100, accuracy: 0.3 });
    expect(scoreLines(evaluation(levels))[0]!.points[0]).toMatchObject({ problems: 100, accuracy: 0.3 });
  });

  it('leave out scores over no problems', () => expect(scoreLines(evaluation([score({ problems: 0, right: 0 })]))).toEqual([]));

  it('carry a 95 % Wilson interval', () => {
    const { low, high } = wilson(8, 10);
    expect([low.toFixed(3), high.toFixed(3)]).toEqual(['0.490', '0.943']);
    expect(wilson(10, 10).high).toBe(1);
  });

  it('stand on a log2 axis: each doubling is as wide as the one before', () => {
    const at = [1, 2, 4, 8, 16].map((steps) => stepsPosition(steps, [1, 16]));
    expect(at).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(stepsPosition(4, [4])).toBe(0.5);
  });
});

describe('the score plot', () => {
  let host: HTMLDivElement;
  let root: ReturnType<typeof createRoot>;
  (globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;
  beforeEach(() => {
    globalThis.ResizeObserver = class { observe() {} unobserve() {} disconnect() {} };
    Object.defineProperty(HTMLElement.prototype, 'clientWidth', { configurable: true, get: () => 500 });
    host = document.createElement('div');
    document.body.append(host);
    root = createRoot(host);
  });
  afterEach(() => {
    act(() => root.unmount());
    host.remove();
    delete (HTMLElement.prototype as { clientWidth?: number }).clientWidth;
  });
  const show = (scores: Score[]): void => act(() => root.render(<ScorePlot evaluation={evaluation(scores)} />));

  it('draws one line a group and a dashed one for its chance, and says both in words', () => {
    show([score({ steps: 1 }), score({ steps: 64, right: 97 }), score({ task: 'own', group: 'my own group', steps: 4, right: 50, chance: 0.5 })]);
    expect([host.querySelectorAll('.score-plot path.score-line').length, host.querySelectorAll('.score-chance').length]).toEqual([2, 2]);
    const words = host.querySelector('[role="img"]')?.getAttribute('aria-label') ?? '';
    expect(words).toContain('20 % right at 1 step, 97 % at 64; chance 20 %');
    expect(words).toContain('my own group: 50 % right');
  });

  it('holds the same numbers as a table, with a dash where nothing was measured', () => {
    show([score({ steps: 1 }), score({ steps: 64, right: 97 }), score({ task: 'own', group: 'own', steps: 4, right: 50 })]);
    const rows = [...host.querySelectorAll('tbody tr')].map((row) => [...row.querySelectorAll('td')].map((cell) => cell.firstChild?.textContent));
    expect(rows).toEqual([['20 %', '–', '97 %', '20 %'], ['–', '50 %', '–', '20 %']]);
  });

  it('says so when the file holds no problems', () => {
    show([]);
    expect([host.textContent?.includes('no problems'), host.querySelector('svg')]).toEqual([true, null]);
  });
});

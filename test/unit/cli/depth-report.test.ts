// Proves how the figures of the depth report follow from replies, and that its page says what they rest on.
// @vitest-environment jsdom
import { describe, expect, it } from 'vitest';
import type { Problem } from '../../../core/contract/evaluation.js';
import { drawPaths } from '../../../core/cli/depth-report/drawing.js';
import { agreement, beyond, examples, quietAt, settledAt, settling, spread, toReply, type DepthFigures, type Path, type Reply } from '../../../core/cli/depth-report/figures.js';
import { writePage } from '../../../core/cli/depth-report/page.js';
import { createTally } from '../../../core/cli/eval/scores.js';
import type { TrajectoryKind } from '../../../core/cli/trajectory.js';

const reply = (level: number, at: number | null, more: Partial<Reply> = {}): Reply => ({
  id: `t/${level}`, task: 't', group: 'tracking', level, steps: 8, right: true, reply: 'Cup 1.', deciding: { settledAt: at, quietAt: at && 1, lastDelta: 0.01 }, ...more,
});
const path = (kind: TrajectoryKind, level = 1): Path => ({
  task: 'a<b', level, trajectory: { kind, explained: 0.9, lastMoves: 0, straightness: 0, points: Array.from({ length: 8 }, (_, t) => [t, -t * t]) },
});

describe('convergence', () => {
  it('is the step from which every change is below 0.03; a quiet step before it is told apart', () => {
    const restless = [1, 0.2, 0.029, 0.5, 0.01, 0.02];
    expect([quietAt(restless), settledAt(restless)]).toEqual([3, 5]);
    expect([quietAt([0.01, 0.01]), settledAt([0.01, 0.01])]).toEqual([1, 1]);
    expect([quietAt([0.01, 0.03]), settledAt([0.01, 0.03])]).toEqual([1, null]);
    expect([quietAt([0.03, 0.03]), settledAt([0.03, 0.03])]).toEqual([null, null]);
    expect([quietAt([]), settledAt([])]).toEqual([null, null]);
    expect(settledAt([0.5, Number.NaN])).toBeNull();
  });

  it('is read at the token that decides', () => {
    const problem: Problem = { id: 'p', task: 't', group: 'g', level: 2, chance: 0.2, wording: 'known', messages: [{ role: 'user', text: 'x' }], answers: ['Cup 3.'], decides: 4 };
    const tokens = ['Cup ', '5', '.'].map((text, index) => ({ index, id: index, text, steps: 2, exitReason: 'limit' as const, trace: index === 1 ? [0.5, 0.02] : [0.01, 0.01] }));
    const stats = { promptTokens: 1, reusedTokens: 0, rereadTokens: 0, promptMs: 1, firstTokenMs: 1, tokens: 3, decodeMs: 1, meanSteps: 2 };
    expect(toReply({ problem, steps: 2, right: false, reply: 'Cup 5.', tokens, stats, decodes: 3 }).deciding).toEqual({ settledAt: 2, quietAt: 2, lastDelta: 0.02 });
    expect(toReply({ problem, steps: 2, right: false, reply: 'No.', tokens: tokens.slice(1), stats, decodes: 2 }).deciding).toBeNull();
  });

  it('is summed up by level; a token that never converges counts, after all others', () => {
    const { rows, rho, quietRho, pairs, undecided } = settling([reply(1, 2), reply(1, 4), reply(3, 6), reply(3, null), reply(9, null), reply(2, null, { deciding: null })], 8);
    expect(rows).toEqual([{ level: 1, problems: 2, unsettled: 0, mean: 3, quiet: 1 }, { level: 3, problems: 2, unsettled: 1, mean: 6, quiet: 1 }, { level: 9, problems: 1, unsettled: 1, mean: null, quiet: null }]);
    expect([pairs, undecided]).toEqual([5, 1]);
    // Ranks of levels 1.5 1.5 3.5 3.5 5 against 1 2 3 4.5 4.5.
    expect(rho).toBeCloseTo(8.25 / Math.sqrt(9 * 9.5), 9);
    // The same against 2 2 2 4.5 4.5: quiet at once, or never.
    expect(quietRho).toBeCloseTo(6.25 / Math.sqrt(9 * 7.5), 9);
  });
});

describe('path independence', () => {
  it('counts problems with one reply from all states', () => {
    expect(agreement([['a', 'a', 'a', 'a'], ['a', 'b', 'a', 'c']], 32)).toMatchObject({ steps: 32, seeds: 4, same: { count: 1, of: 2 }, commonest: 0.75 });
    expect(agreement([], 32)).toMatchObject({ same: { of: 0 }, commonest: 0 });
  });
});

describe('two depths', () => {
  it('are compared problem by problem within a group', () => {
    const two = (id: string, group: string, at32: string, at64: string): Reply[] => [reply(1, 1, { id, group, steps: 32, reply: at32, right: at32 === 'r' }), reply(1, 1, { id, group, steps: 64, reply: at64, right: at64 === 'r', deciding: null })];
    const rows = beyond([...two('1', 'a', 'r', 'r'), ...two('2', 'a', 'r', 'x'), ...two('3', 'b', 'x', 'x')], 32, 64);
    expect(rows.map(({ group, shallow, deep, same }) => [group, shallow.right.count, deep.right.count, same.count, same.of])).toEqual([['a', 2, 1, 1, 2], ['b', 0, 0, 1, 1]]);
    expect([rows[0]!.shallow.delta, rows[0]!.deep.delta]).toEqual([0.01, null]);
  });
});

describe('choosing some of many', () => {
  it('takes them evenly spaced', () => {
    expect(spread([0, 1, 2, 3, 4, 5, 6, 7], 4)).toEqual([0, 2, 4, 6]);
    expect(spread([1, 2], 4)).toEqual([1, 2]);
  });

  it('shows every kind of path there is, and as many as it may', () => {
    const shown = examples([...Array.from({ length: 50 }, (_, i) => path('fixed point', i)), path('orbit')], 12);
    expect(shown.map(({ trajectory }) => trajectory.kind).toSorted()).toEqual([...Array.from({ length: 11 }, () => 'fixed point'), 'orbit']);
    expect(examples([], 12)).toEqual([]);
  });
});

describe('the page', () => {
  const tally = createTally([]);
  const stats = { promptTokens: 1, reusedTokens: 0, rereadTokens: 0, promptMs: 1, firstTokenMs: 1, tokens: 1, decodeMs: 1, meanSteps: 2 };
  for (const level of [4, 24]) {
    const problem: Problem = { id: `${level}`, task: 'cups', group: 'tracking', level, chance: 0.2, wording: 'known', messages: [{ role: 'user', text: 'x' }], answers: ['1'], decides: 0 };
    for (const steps of [32, 64]) tally.add({ problem, steps, right: level === 4, stats, decodes: 1 });
  }
  const figures: DepthFigures = {
    command: 'npm run plumb -- depth-report', date: '2026-01-02', trainedLevel: 20, group: 'tracking', depths: [32, 64],
    model: { name: 'M', file: 'm.gguf', sha256: 'abc', parameters: 1e6, fileType: 'F16', stepsDefault: 16, stepsMax: 64 },
    suite: { name: 'built-in', seed: 4711, problems: 2, limit: 20 },
    levels: tally.levels(), tasks: tally.tasks(), groups: tally.groups(),
    settling: settling([reply(4, 3), reply(24, null)], 64), agreement: agreement([['a', 'a']], 32),
    beyond: { shallow: 32, deep: 64, rows: beyond([reply(4, 1, { steps: 32 }), reply(4, 1, { steps: 64 })], 32, 64) },
    correlation: [0.5, 0.4, 0.3], paths: [path('fixed point'), path('drift')], tooLong: 1,
  };
  const page = writePage(figures, 'images/p.svg');

  it('says how it was made', () => {
    for (const part of ['`npm run plumb -- depth-report`', '2026-01-02', '`abc`', 'built-in, seed 4711: 2 problems (at most 20 of each task and level)']) expect(page).toContain(part);
  });

  it('gives every accuracy with its interval and marks levels above training', () => {
    expect(page).toContain('| tracking | 2 | 0.20 | 0.50 (0.09–0.91) | 0.50 (0.09–0.91) |');
    expect(page).toContain('| 4 | 1 | 1.00 (0.21–1.00) | 1.00 (0.21–1.00) |');
    expect(page).toContain('| 24* | 1 | 0.00 (0.00–0.79) | 0.00 (0.00–0.79) |');
    expect(writePage({ ...figures, trainedLevel: null }, null)).toContain('not told which levels were trained');
  });

  it('says how many problems each figure rests on, and how many paths are of each kind', () => {
    expect(page).toContain('**1.00** over 2 problems');
    expect(page).toContain('1 of 1 (1.00, interval 0.21–1.00)');
    expect(page).toContain('Of 2 problems of the group tracking: **1 fixed point, 0 orbit, 1 drift**');
    expect(page).toContain('1 prompts were too long');
    expect(page).toContain('](images/p.svg)');
    expect(page).not.toMatch(/undefined|NaN|null/);
  });

  it('has tables whose rows are as long as their heads', () => {
    for (const block of page.split('\n\n').filter((part) => part.startsWith('|'))) {
      expect(new Set(block.trim().split('\n').map((line) => line.split(' | ').length)).size).toBe(1);
    }
  });

  it('has a picture that is well-formed, each path inside its square', () => {
    const drawing = drawPaths([path('orbit'), path('drift', 2), ...Array.from({ length: 3 }, () => path('fixed point'))]);
    const document = new DOMParser().parseFromString(drawing, 'image/svg+xml');
    expect(document.querySelector('parsererror')).toBeNull();
    expect(document.querySelectorAll('polyline')).toHaveLength(5);
    expect(document.querySelector('text')!.textContent).toBe('a<b, 1: orbit');
    for (const [i, line] of [...document.querySelectorAll('polyline')].entries()) {
      const box = document.querySelectorAll('rect')[i]!;
      const [x, y] = [Number(box.getAttribute('x')), Number(box.getAttribute('y'))];
      for (const point of line.getAttribute('points')!.split(' ')) {
        const [px, py] = point.split(',').map(Number);
        expect(px! > x && px! < x + 132 && py! > y && py! < y + 132).toBe(true);
      }
    }
  });
});

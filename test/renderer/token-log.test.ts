// Owns the proof that streamed tokens are kept in order, once each, and can be found by character.
import { describe, expect, it } from 'vitest';
import type { TokenRecord } from '../../core/contract/recurrence.js';
import { runLogs } from '../../renderer/runs/run-logs.js';
import { judgeSeq, TokenLog } from '../../renderer/runs/token-log.js';
import { deepFrom, runsOver, tintOf } from '../../renderer/tint.js';

const token = (index: number, text: string, steps = 4): TokenRecord => ({ index, id: 1, text, steps, exitReason: 'limit', trace: Array.from({ length: steps }, (_, at) => 1 / 2 ** at) });
const log = (...tokens: [string, number?][]): TokenLog => new TokenLog(1, tokens.map(([text, steps], index) => token(index, text, steps)));

describe('a batch of tokens', () => {
  it('is taken when it is the next, dropped when it is known, and a reason to ask again when one is missing', () => {
    expect([judgeSeq(4, 5), judgeSeq(4, 4), judgeSeq(4, 1), judgeSeq(4, 6), judgeSeq(0, 1)]).toEqual(['append', 'stale', 'stale', 'gap', 'append']);
  });

  it('changes nothing when it is stale or after a gap', () => {
    const verdicts = [runLogs.receive(50, 1, [token(0, 'a')]), runLogs.receive(50, 1, [token(0, 'a')]), runLogs.receive(50, 3, [token(2, 'c')])];
    expect([verdicts, runLogs.find(50)?.text]).toEqual([['append', 'stale', 'gap'], 'a']);
  });

  it('goes on after the snapshot that filled a gap', () => {
    runLogs.receive(51, 1, [token(0, 'a')]);
    runLogs.restore(51, [token(0, 'a'), token(1, 'b'), token(2, 'c')], 3);
    const verdicts = [runLogs.receive(51, 3, [token(2, 'c')]), runLogs.receive(51, 4, [token(3, 'd')])];
    expect([verdicts, runLogs.find(51)?.text]).toEqual([['stale', 'append'], 'abcd']);
  });

  it('is not undone by a snapshot that is older than what is here', () => {
    runLogs.receive(52, 1, [token(0, 'a')]);
    runLogs.receive(52, 2, [token(1, 'b')]);
    runLogs.restore(52, [token(0, 'a')], 1);
    expect(runLogs.find(52)?.text).toBe('ab');
  });
});

describe('a log of tokens', () => {
  it('finds the token of every character, skipping tokens without text', () => {
    const tokens = log(['The'], [''], [' ball'], ['.']);
    expect([0, 2, 3, 7, 8, 9, -1].map((offset) => tokens.tokenAt(offset))).toEqual([0, 0, 2, 2, 3, -1, -1]);
  });

  it('keeps every trace while its buffers grow', () => {
    const many = new TokenLog(1);
    for (let index = 0; index < 3000; index++) many.append([token(index, 'x', 1 + (index % 8))]);
    expect([many.count, many.traceOf(2999).length, [...many.traceOf(2994)], many.text.length]).toEqual([3000, 8, [1, 0.5, 0.25], 3000]);
  });

  it('counts steps as they come', () => {
    const tokens = log(['a', 2], ['b', 4], ['c', 6]);
    expect([tokens.meanSteps, tokens.minSteps, tokens.maxSteps, tokens.stepsVary, tokens.longestTrace]).toEqual([4, 2, 6, true, 6]);
  });
});

describe('the tint', () => {
  const scale = { min: 1, max: 64, notches: [1, 8, 64] };

  it('covers a piece of text exactly, neighbours of one depth as one stretch', () => {
    const tokens = log(['The', 4], [' ball', 4], [' is', 64], [' red', 4]);
    const runs = runsOver(tokens, 0, tokens.text.length, (index) => tintOf(tokens, index, scale, Infinity));
    expect(runs).toEqual([{ layer: 'tint-2', from: 0, to: 8 }, { layer: 'tint-5', from: 8, to: 11 }, { layer: 'tint-2', from: 11, to: 15 }]);
  });

  it('starts inside a token when the piece does', () => {
    const tokens = log(['alpha', 1], ['beta', 64]);
    expect(runsOver(tokens, 3, 4, (index) => tintOf(tokens, index, scale, Infinity))).toEqual([{ layer: 'tint-1', from: 0, to: 2 }, { layer: 'tint-5', from: 2, to: 4 }]);
  });

  it('is warm for the deepest few, and for none when all are alike', () => {
    const some = log(...Array.from({ length: 20 }, (_, at): [string, number] => ['x', at === 3 ? 32 : 8]));
    const alike = log(...Array.from({ length: 20 }, (): [string, number] => ['x', 8]));
    expect([deepFrom(some), tintOf(some, 3, scale, deepFrom(some)), deepFrom(alike)]).toEqual([32, 'tint-deep', Infinity]);
  });
});

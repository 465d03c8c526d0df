// Proves how replies are judged, summed up and shown, and how settings of depth are read.
import { describe, expect, it } from 'vitest';
import type { Problem } from '../../../core/contract/evaluation.js';
import { scoreSchema } from '../../../core/contract/evaluation.js';
import type { TokenRecord } from '../../../core/contract/recurrence.js';
import { readExit, readSampler, recurrenceFor } from '../../../core/cli/eval/depth-settings.js';
import { decidingToken, isRight, orderForCache, type Outcome } from '../../../core/cli/eval/examine.js';
import { createTally } from '../../../core/cli/eval/scores.js';
import { scoreTable } from '../../../core/cli/eval/table.js';

const problem = (task: string, level: number, more: Partial<Problem> = {}): Problem => ({
  id: `${task}/${level}`, task, group: 'tracking', level, chance: 0.2, wording: 'known', messages: [{ role: 'user', text: `${task} ${level}` }], answers: ['Cup 3.', '3'], decides: 4, ...more,
});
const tokens = (...texts: string[]): TokenRecord[] => texts.map((text, index) => ({ index, id: index, text, steps: 4, exitReason: 'limit', trace: [0.1] }));
const outcome = (of: Problem, steps: number, right: boolean, meanSteps = steps): Outcome => ({
  problem: of, steps, right, reply: '', tokens: [], decodes: 3,
  stats: { promptTokens: 9, reusedTokens: 0, rereadTokens: 0, promptMs: 1, firstTokenMs: 1, tokens: 3, decodeMs: 6, meanSteps },
});

describe('a reply', () => {
  it('is right when it is an accepted answer, blanks at the ends aside, and nothing more', () => {
    expect([' Cup 3.\n', '3', 'Cup 3', 'cup 3.', 'Cup 3. Cup 3.', ''].map((reply) => isRight(problem('a', 1), reply))).toEqual([true, true, false, false, false, false]);
  });

  it('is decided by the token with the deciding character, also when the reply is wrong there', () => {
    expect(decidingToken(problem('a', 1), tokens('Cup', ' ', '3', '.'))?.text).toBe('3');
    expect(decidingToken(problem('a', 1), tokens(' Cu', 'p 4', '.'))?.text).toBe('p 4');
    expect(decidingToken(problem('a', 1), tokens('\n', 'Cup 1.'))?.text).toBe('Cup 1.');
  });

  it('has no deciding token when it is another one before that character, or ends there', () => {
    expect(decidingToken(problem('a', 1), tokens('Box', ' ', '3'))).toBeNull();
    expect(decidingToken(problem('a', 1), tokens('Cup', ' '))).toBeNull();
    expect(decidingToken(problem('a', 1), [])).toBeNull();
  });
});

describe('scores', () => {
  const tally = createTally([problem('swap', 2), problem('sum', 1, { group: 'arithmetic' }), problem('walk', 1)]);
  for (const steps of [8, 2]) {
    tally.add(outcome(problem('swap', 10), steps, steps === 8));
    tally.add(outcome(problem('walk', 1), steps, true));
    tally.add(outcome(problem('swap', 2), steps, true));
    tally.add(outcome(problem('sum', 1, { group: 'arithmetic', chance: 0 }), steps, false, steps - 1));
  }

  it('are counted per task and level, in the order of the suite, levels ascending', () => {
    expect(tally.levels().map(({ task, level, steps, right, problems }) => [task, level, steps, right, problems])).toEqual([
      ['swap', 2, 2, 1, 1], ['swap', 2, 8, 1, 1], ['swap', 10, 2, 0, 1], ['swap', 10, 8, 1, 1], ['sum', 1, 2, 0, 1], ['sum', 1, 8, 0, 1], ['walk', 1, 2, 1, 1], ['walk', 1, 8, 1, 1],
    ]);
  });

  it('of a task are those of all its levels, in the contract’s shape', () => {
    const [swap] = tally.tasks();
    expect(swap).toMatchObject({ task: 'swap', level: null, steps: 2, problems: 2, right: 1, accuracy: 0.5, chance: 0.2, meanSteps: 2, tokensPerSecond: 500 });
    expect(swap!.low).toBeCloseTo(0.0945, 3);
    for (const score of [...tally.tasks(), ...tally.levels()]) expect(() => scoreSchema.parse(score)).not.toThrow();
  });

  it('count the steps that tokens really took', () => {
    expect(tally.tasks().find(({ task, steps }) => task === 'sum' && steps === 8)?.meanSteps).toBe(7);
  });

  it('are a table with a row for a group of several tasks, and for levels when asked', () => {
    const lines = scoreTable(tally, { levels: false, hasRecurrence: true }).split('\n').slice(2).map((line) => line.split(/ {2,}/).slice(0, 5).map((cell) => cell.trim()));
    expect(lines).toEqual([
      ['tracking', 'all', 'all', '2', '2/3'], ['tracking', 'all', 'all', '8', '3/3'],
      ['tracking', 'swap', 'all', '2', '1/2'], ['tracking', 'swap', 'all', '8', '2/2'],
      ['tracking', 'walk', 'all', '2', '1/1'], ['tracking', 'walk', 'all', '8', '1/1'],
      ['arithmetic', 'sum', 'all', '2', '0/1'], ['arithmetic', 'sum', 'all', '8', '0/1'],
    ]);
    expect(scoreTable(tally, { levels: true, hasRecurrence: true }).split('\n')).toHaveLength(2 + 8 + 8);
  });

  it('of an ordinary model have no steps', () => {
    expect(scoreTable(tally, { levels: false, hasRecurrence: false })).toMatch(/^arithmetic +sum +all +– .* – +500$/m);
  });

  it('forget a depth that was not finished', () => {
    const partly = createTally([problem('a', 1)]);
    partly.add(outcome(problem('a', 1), 1, true));
    partly.add(outcome(problem('a', 1), 2, true));
    partly.forget(2);
    expect(partly.tasks().map(({ steps }) => steps)).toEqual([1]);
  });
});

describe('the order of problems', () => {
  it('puts prompts with a common beginning together', () => {
    const texts = ['b 1', 'a 2', 'b 0', 'a 1'];
    expect(orderForCache(texts.map((text) => problem('t', 1, { messages: [{ role: 'user', text }] }))).map(({ messages }) => messages[0]!.text)).toEqual(['a 1', 'a 2', 'b 0', 'b 1']);
  });
});

describe('settings of depth', () => {
  it('are read with the contract’s thresholds and limits', () => {
    expect(readExit('kl')).toMatchObject({ kind: 'kl', threshold: 1e-3, minSteps: 1 });
    expect(readExit('latent-diff:0.05')).toMatchObject({ kind: 'latent-diff', threshold: 0.05 });
    expect(readExit('none')).toBeUndefined();
    for (const wrong of ['', 'kl:', 'kl:-1', 'kl:x', 'latent']) expect(() => readExit(wrong)).toThrow();
    expect(readSampler('wavefront')).toMatchObject({ kind: 'wavefront', innerSteps: 4 });
    expect(() => readSampler('fast')).toThrow('plain, speculative, wavefront');
  });

  it('go into the run; what is not given stays as in the contract', () => {
    expect(recurrenceFor(8, { stateSeed: 5 })).toEqual({ steps: 8, stateSeed: 5, stateScale: 1, exit: null, warmStart: false, sampler: { kind: 'plain' } });
    const exit = readExit('kl')!;
    expect(recurrenceFor(8, { exit, sampler: readSampler('speculative'), warmStart: true })).toMatchObject({ exit, warmStart: true, sampler: { kind: 'speculative' } });
  });
});

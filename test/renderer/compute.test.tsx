// Proves the words and numbers of the speed section, and that pictures and figures show where steps were saved.
import { act } from 'react';
import { createRoot } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exitCriterionSchema, exitKinds, exitThresholds, type MeasuredEffect } from '../../core/contract/compute.js';
import { defaultSampling, type Run } from '../../core/contract/conversation.js';
import { recurrenceSettingsSchema } from '../../core/contract/recurrence.js';
import { budgetsOf, reloadCost, reloadWords } from '../../renderer/cache-cost.js';
import { bestEffect, effectWords, effortWords, exitNames, stepsOf, stopWords, thresholdWords } from '../../renderer/compute-words.js';
import { initialState } from '../../renderer/state.js';
import { currentRecurrence, expectedSteps, tokensInContext } from '../../renderer/selectors.js';
import { TokenLog } from '../../renderer/runs/token-log.js';
import { decadesOf } from '../../renderer/plot/convergence.js';
import { exitViewOf } from '../../renderer/views/Instrument.js';
import { ReplyFigures } from '../../renderer/views/ReplyFigures.js';

const info = { preludeBlocks: 2, coreBlocks: 4, codaBlocks: 2, stepsDefault: 16, stepsMin: 1, stepsMax: 128, notches: [1, 2, 4, 8, 16, 32, 64] };
const latentDiff = exitCriterionSchema.parse({ kind: 'latent-diff', threshold: 0.03 });
const effect = (part: Partial<MeasuredEffect>): MeasuredEffect => ({ sampler: 'plain', adaptive: false, steps: 16, kvBudget: 128, kvType: 'f16', runs: 1, tokensPerSecond: 60, meanSteps: 16, ...part });
const run = (recurrence: Parameters<typeof recurrenceSettingsSchema.parse>[0], meanSteps = 16): Run => ({
  id: 7, modelName: 'm', hasRecurrence: true, recurrence: recurrenceSettingsSchema.parse(recurrence), cache: null, sampling: defaultSampling, state: 'done', endReason: 'end', errorCode: null, startedAtMs: 0, endedAtMs: 1, lastSeq: 1,
  stats: { promptTokens: 30, reusedTokens: 0, rereadTokens: 0, promptMs: 1, firstTokenMs: 100, tokens: 24, decodeMs: 1000, meanSteps },
});

describe('the words of computing', () => {
  it('say when a token stops, for every rule there is', () => {
    expect(stopWords(null, 16)).toBe('Every token runs 16 steps.');
    expect(stopWords(latentDiff, 32)).toBe('A token stops when a step changes its latent state by less than 3 %, after 32 steps at the latest.');
    for (const kind of exitKinds) {
      if (kind === 'none') continue;
      const words = stopWords(exitCriterionSchema.parse({ kind, threshold: exitThresholds[kind] }), 8);
      expect([words.startsWith('A token stops when '), exitNames[kind].technical.length > 0]).toEqual([true, true]);
    }
  });
  it('name efforts at their places and near them', () => expect([0, 0.1, 0.5, 0.6, 1].map(effortWords)).toEqual(['Quick', 'near Quick', 'Balanced', 'near Balanced', 'Deep']));
  it('write thresholds as a person would type them', () => expect([0.03, 0.001, 1e-5, 5].map(thresholdWords)).toEqual(['0.03', '0.001', '1e-5', '5']));
  it('tell saved steps in one phrase', () => expect([stepsOf(11, 32), stepsOf(7.42, 16)]).toEqual(['11 of 32 steps', '7.4 of 16 steps']));
});

describe('measured effects', () => {
  const effects = [effect({ steps: 32, tokensPerSecond: 31 }), effect({}), effect({ adaptive: true, steps: 32, meanSteps: 9.4, tokensPerSecond: 96 })];
  it('are those of the same way of making words, best at the same mode and depth, else the newest', () => {
    const at = (adaptive: boolean, steps: number) => bestEffect(effects, { sampler: 'plain', adaptive, steps })?.tokensPerSecond;
    expect([at(false, 16), at(false, 32), at(true, 32), at(true, 64), at(false, 4)]).toEqual([60, 31, 96, 96, 31]);
    expect(bestEffect(effects, { sampler: 'wavefront', adaptive: false, steps: 16 })).toBeNull();
  });
  it('are never made up', () => {
    expect(effectWords(null)).toBe('not measured yet');
    expect([effectWords(effects[1]!), effectWords(effects[2]!)]).toEqual(['60 tokens/s at 16 steps', '96 tokens/s, 9.4 of 32 steps']);
  });
});

describe('the cache', () => {
  it('is offered whole and in powers of two below the slider’s end, with the one in use', () => {
    expect(budgetsOf(info, 0)).toEqual([0, 16, 8, 4, 2, 1]);
    expect(budgetsOf(info, 24)).toEqual([0, 24, 16, 8, 4, 2, 1]);
    expect(budgetsOf({ ...info, stepsMax: 4, notches: [1, 2, 4] }, 2)).toEqual([0, 2, 1]);
  });
  it('says what a change costs, and what is not known', () => {
    const loaded = { path: '', name: '', architecture: '', contextSize: 1024, recurrence: info, loadMs: 1900, memoryBytes: 1, kvBytesPerToken: 1, kvBudget: 128, kvType: 'f16' as const, threads: 1, gpu: null, speed: { fixedMs: 1, stepMs: 1, prefillTokensPerSecond: 100 } };
    expect(reloadWords(reloadCost(loaded, 0))).toBe('The model is loaded again (about 1.9 s).');
    expect(reloadWords(reloadCost(loaded, 340))).toContain('this conversation is read again: 340 tokens, about 3.4 s');
    expect(reloadWords(reloadCost({ ...loaded, speed: null }, 340))).toContain('how long is not measured yet');
  });
});

describe('the next run', () => {
  const model = { id: 'm', name: 'M', path: '', builtIn: true, purpose: 'chat' as const, sizeBytes: 1, architecture: 'huginn', parameters: 1, fileType: 'F16', contextLength: 1024, recurrence: info, problem: null };
  const state = { ...initialState, models: [model], settings: { ...initialState.settings, modelId: 'm', stepsByModel: { m: 8 } } };
  it('follows the slider when fixed, the effort when auto, and either for once', () => {
    const compute = { mode: 'auto' as const, effort: 1, calibration: null, exit: null, warmStart: false, sampler: { kind: 'plain' as const }, kvBudget: 0, kvType: 'f16' as const };
    const auto = { ...state, settings: { ...state.settings, computeByModel: { m: compute } } };
    expect(currentRecurrence(state)).toMatchObject({ steps: 8, exit: null });
    expect(currentRecurrence(auto)).toMatchObject({ steps: 64, exit: { threshold: 0.01 } });
    expect(currentRecurrence(auto, { mode: 'fixed', steps: 2 })).toMatchObject({ steps: 2, exit: null });
    expect(currentRecurrence(state, { mode: 'auto' })).toMatchObject({ steps: 32, exit: { threshold: 0.03 } });
  });
  it('is expected to take what answers that could stop early took, and knows nothing from others', () => {
    const reply = (id: number, of: Run) => [id, { id, conversationId: 1, parentId: null, role: 'assistant' as const, text: '', createdAtMs: 0, run: of }] as const;
    const open = (...runs: Run[]) => ({ conversation: { id: 1, title: '', createdAtMs: 0, updatedAtMs: 0 }, messages: new Map(runs.map((each, at) => reply(at + 1, each))), leafId: runs.length });
    expect(expectedSteps({ ...state, open: open(run({ steps: 16 })) })).toBeNull();
    expect(expectedSteps({ ...state, open: open(run({ steps: 16 }), run({ steps: 32, exit: latentDiff }, 8), run({ steps: 32, exit: latentDiff }, 12)) })).toBe(10);
    expect(tokensInContext({ ...state, open: open(run({ steps: 16 })) })).toBe(54);
  });
});

describe('saved steps', () => {
  it('are kept by the log with the reason of every token', () => {
    const log = new TokenLog(1, [
      { index: 0, id: 1, text: 'a', steps: 3, exitReason: 'converged', trace: [1, 0.5, 0.1] },
      { index: 1, id: 2, text: 'b', steps: 1, exitReason: 'hurried', trace: [1] },
      { index: 2, id: 3, text: 'c', steps: 8, exitReason: 'limit', trace: [1] },
    ]);
    expect([log.early, log.exitOf(0), log.exitOf(1), log.exitOf(2)]).toEqual([2, 'converged', 'hurried', 'limit']);
  });
  it('have an exit line only where the rule compares what is drawn', () => {
    expect(exitViewOf(run({ steps: 32, exit: latentDiff }), false)).toEqual({ limit: 32, below: 0.03 });
    expect(exitViewOf(run({ steps: 32, exit: { kind: 'kl', threshold: 0.001 } }), false)).toEqual({ limit: 32, below: null });
    expect([exitViewOf(run({ steps: 32 }), false), exitViewOf(run({ steps: 32 }), true), exitViewOf(null, true)]).toEqual([null, { limit: 32, below: null }, null]);
  });
  it('keep their exit line in sight, however far down it is', () => expect(decadesOf([[0.9, 0.5], [1e-4]]).bottom).toBe(-4));
});

describe('the figures of a reply', () => {
  let host: HTMLDivElement;
  let root: ReturnType<typeof createRoot>;
  (globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;
  beforeEach(() => {
    host = document.createElement('div');
    root = createRoot(host);
  });
  afterEach(() => act(() => root.unmount()));
  const figures = (of: Run): string => {
    act(() => root.render(<ReplyFigures run={of} live={false} />));
    return host.textContent ?? '';
  };
  it('say how many of the steps were needed, and only the steps where all were run', () => {
    expect(figures(run({ steps: 32, exit: latentDiff }, 11))).toContain('11 of 32 steps on average');
    expect(figures(run({ steps: 16 }, 16))).toContain('16 steps a token');
    expect(figures(run({ steps: 16 }, 16.5))).toContain('16.5 steps on average');
  });
});

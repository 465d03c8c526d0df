// Proves the numbers that slider, validator and engine share.
import { describe, expect, it } from 'vitest';
import { recurrenceSettingsSchema, tokenMs } from '../../../core/contract/recurrence.js';
import { defaultSettings, settingsPatchSchema } from '../../../core/contract/settings.js';
import { toErrorBody, AppError } from '../../../core/contract/errors.js';

describe('recurrence settings', () => {
  it('accept 1 to 128 steps and nothing else', () => {
    const accepted = [0, 1, 128, 129, 1.5].map((steps) => recurrenceSettingsSchema.safeParse({ steps }).success);
    expect(accepted).toEqual([false, true, true, false, false]);
  });

  it('are as they always were when nothing else is said', () => {
    expect(recurrenceSettingsSchema.parse({ steps: 4 })).toEqual({ steps: 4, stateSeed: 0, stateScale: 1, exit: null, warmStart: false, sampler: { kind: 'plain' } });
  });

  it('price a token as a fixed part and a part per step', () => {
    expect(tokenMs({ fixedMs: 2, stepMs: 0.5, prefillTokensPerSecond: null }, 16)).toBe(10);
  });
});

describe('settings', () => {
  it('have llama.cpp-like sampling by default', () => {
    expect(defaultSettings.sampling).toEqual({ temperature: 0.7, topK: 40, topP: 0.95, minP: 0.05, repeatPenalty: 1, seed: null, maxTokens: 1024, stop: [] });
  });

  it('a patch names only what changes', () => {
    expect(settingsPatchSchema.parse({ theme: 'dark' })).toEqual({ theme: 'dark' });
  });
});

describe('an error body', () => {
  it('keeps a coded error and turns anything else into `internal`', () => {
    expect([toErrorBody(new AppError('no_model', 'Choose.')), toErrorBody(new Error('oops'))]).toEqual([
      { code: 'no_model', message: 'Choose.' },
      { code: 'internal', message: 'Something in Plumb went wrong.', detail: 'oops' },
    ]);
  });
});

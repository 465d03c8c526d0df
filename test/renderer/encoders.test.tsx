// What the window says of models that read documents.
import { act, type ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EncoderState } from '../../core/contract/encoding.js';
import { encoderWords, isReading, purposeWords } from '../../renderer/documents/encoder-words.js';
import { fakeModels } from '../../renderer/dev/fake-data.js';
import { dispatch } from '../../renderer/store.js';
import { EncoderSwitch } from '../../renderer/views/EncoderSwitch.js';
import { EncoderNotes } from '../../renderer/views/documents/EncoderNote.js';

const finder = fakeModels.find(({ purpose }) => purpose === 'embedder')!;
const state: EncoderState = { purpose: 'embedder', modelId: finder.id, kind: 'ready', error: null, memoryBytes: 210e6, passages: { done: 3, total: 1200 } };
let [box, root] = [document.createElement('div'), null as ReturnType<typeof createRoot> | null];
function show(encoders: EncoderState[], view: ReactNode): HTMLElement {
  act(() => {
    dispatch({ type: 'models', models: fakeModels });
    dispatch({ type: 'encoders', encoders });
    root!.render(view);
  });
  return box;
}
beforeEach(() => {
  (globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;
  box = document.createElement('div');
  root = createRoot(box);
});
afterEach(() => {
  act(() => root!.unmount());
  dispatch({ type: 'encoders', encoders: [] });
});

describe('a model for documents', () => {
  it('is called by what it does', () => {
    expect([purposeWords('embedder'), purposeWords('reranker')]).toEqual(['finds passages', 'orders passages']);
  });

  it('tells how far it is, what it takes, and what is wrong with it, with a next step', () => {
    expect(encoderWords(state)).toBe('3 of 1,200 passages read · 210 MB of memory');
    expect(encoderWords({ ...state, passages: { done: 1200, total: 1200 } })).toBe('All 1,200 passages read · 210 MB of memory');
    expect(encoderWords({ ...state, kind: 'waiting', passages: { done: 0, total: 0 } })).toBe('Ready when it is needed');
    const failed = encoderWords({ ...state, kind: 'failed', error: { code: 'model_corrupt', message: '' } });
    expect(failed).toMatch(/damaged.*found by their words meanwhile.*Get it again/);
  });

  it('has a switch in its card that is on when it is on, with how far it is', () => {
    const card = <EncoderSwitch model={finder} purpose="embedder" />;
    const box = show([], card);
    expect(box.querySelector('input')!.checked).toBe(false);
    expect(box.querySelector('progress')).toBeNull();
    show([state], card);
    expect(box.querySelector('input')!.checked).toBe(true);
    expect(box.querySelector('progress')!.value).toBe(3);
    show([{ ...state, modelId: 'judge' }], card);
    expect(box.textContent).toContain('It takes the place of bge-reranker-v2-m3.');
  });
});

describe('the documents room', () => {
  it('is silent without one, shows one that is reading, is quiet about one that is ready, and warns of one that failed', () => {
    expect(show([], <EncoderNotes />).textContent).toBe('');
    expect(isReading(state)).toBe(true);
    expect(show([state], <EncoderNotes />).querySelector('.indexing progress')).not.toBeNull();
    const quiet = show([{ ...state, passages: { done: 5, total: 5 } }], <EncoderNotes />);
    expect([quiet.querySelector('.indexing'), quiet.textContent!.trim()]).toEqual([null, 'nomic-embed-text v1.5 finds passages']);
    const failed = show([{ ...state, kind: 'failed', error: { code: 'out_of_memory', message: '' } }], <EncoderNotes />);
    expect(failed.querySelector('.indexing.warm [role=alert]')!.textContent).toContain('not enough memory');
  });
});

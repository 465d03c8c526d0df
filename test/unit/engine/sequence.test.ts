// Proves which tokens of the cache a new prompt keeps, and what each token is read with.
import { beforeEach, describe, expect, it } from 'vitest';
import { recurrenceSettingsSchema, type RecurrenceSettings } from '../../../core/contract/recurrence.js';
import type { NativeContext, RecurrenceOptions } from '../../../core/engine/native-types.js';
import { createSequence, type Sequence } from '../../../core/engine/sequence.js';

const exit = { kind: 'latent-diff' as const, threshold: 0.1 };
const settings = (more: Partial<Parameters<typeof recurrenceSettingsSchema.parse>[0] & object> = {}): RecurrenceSettings => recurrenceSettingsSchema.parse({ steps: 8, ...more });
const ids = (count: number): Uint32Array => Uint32Array.from({ length: count }, (_, at) => at);

let sequence: Sequence;
let options: RecurrenceOptions[];
/** How the next decodes end. */
let outcome: { nSteps: number; exitReason: string };
let cells: number;

beforeEach(() => {
  options = [];
  outcome = { nSteps: 8, exitReason: 'steps' };
  cells = 0;
  const context: Partial<NativeContext> = {
    contextSize: 64,
    setRecurrence: (given) => void options.push(given),
    decode: async (tokens) => {
      cells += tokens.length;
      return 'done';
    },
    truncate(position) {
      cells = position;
      return true;
    },
    trace: () => ({ ...outcome, deltas: new Float32Array(outcome.nSteps), exitValues: new Float32Array(0) }),
  };
  sequence = createSequence(context as NativeContext, true);
});

/** A prompt of six tokens, the last one read alone, and an answer of three that ended as given. */
async function talk(with_: RecurrenceSettings, answer = outcome): Promise<void> {
  await sequence.read(ids(5), with_);
  await sequence.read(Uint32Array.of(5), with_, { role: 'last' });
  outcome = answer;
  for (const id of [6, 7, 8]) await sequence.read(Uint32Array.of(id), with_, { role: 'answer' });
}

describe('the cache', () => {
  it('keeps what was read with the same settings, but never the whole prompt', async () => {
    await talk(settings());
    expect(sequence.keep(ids(12), settings())).toEqual({ kept: 9, reread: 0 });
    expect(sequence.keep(ids(9), settings())).toEqual({ kept: 8, reread: 0 });
    expect(cells).toBe(8);
  });

  it.each([{ steps: 9 }, { stateSeed: 1 }, { stateScale: 0 }, { exit }, { warmStart: true }])('is read again with other settings: %o', async (other) => {
    await talk(settings());
    expect(sequence.keep(ids(12), settings(other))).toEqual({ kept: 0, reread: 9 });
  });

  it('keeps tokens that stopped by the same criterion under another limit, and reads those again that reached the old one', async () => {
    outcome = { nSteps: 3, exitReason: 'converged' };
    const inPrefill = { ...exit, inPrefill: true };
    await talk(settings({ exit: inPrefill }), { nSteps: 8, exitReason: 'steps' });
    expect(sequence.keep(ids(12), settings({ exit: inPrefill, steps: 4 }))).toEqual({ kept: 6, reread: 3 });
    expect(sequence.keep(ids(12), settings({ exit: inPrefill, steps: 2 }))).toEqual({ kept: 0, reread: 6 });
  });

  it('reads hurried tokens again: "answer now" is for one answer', async () => {
    await talk(settings(), { nSteps: 1, exitReason: 'hurried' });
    expect(sequence.keep(ids(12), settings())).toEqual({ kept: 6, reread: 3 });
  });

  it('counts only tokens that are the same as read again', async () => {
    await talk(settings());
    expect(sequence.keep(Uint32Array.of(0, 1, 99, 3, 4), settings({ steps: 2 }))).toEqual({ kept: 0, reread: 2 });
  });

  it('is as it was after a token that was only tried out', async () => {
    await talk(settings());
    expect(await sequence.tryOut(1, settings({ steps: 2 }))).toBe('done');
    expect([cells, sequence.length]).toEqual([9, 9]);
    expect(sequence.keep(ids(12), settings())).toEqual({ kept: 9, reread: 0 });
  });
});

describe('a token is read', () => {
  const read = async (with_: RecurrenceSettings, role: 'prompt' | 'last' | 'answer'): Promise<RecurrenceOptions> => {
    await sequence.read(Uint32Array.of(1), with_, { role });
    return options.at(-1)!;
  };

  it('without a criterion in the prompt, unless it asks for it; with it from the last token of the prompt on', async () => {
    expect((await read(settings({ exit }), 'prompt')).exit).toBeNull();
    expect((await read(settings({ exit: { ...exit, inPrefill: true } }), 'prompt')).exit).toMatchObject(exit);
    for (const role of ['last', 'answer'] as const) expect((await read(settings({ exit }), role)).exit).toMatchObject(exit);
  });

  it('from the state before it only in an answer', async () => {
    const starts = [];
    for (const role of ['prompt', 'last', 'answer'] as const) starts.push((await read(settings({ warmStart: true }), role)).start);
    expect(starts).toEqual(['seeded', 'seeded', 'carried']);
    expect((await read(settings(), 'answer')).start).toBe('seeded');
  });
});

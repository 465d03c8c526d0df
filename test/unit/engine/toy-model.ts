// A model that is arithmetic: its next token follows from the tokens before it and from how each of them was read. For samplers.
import { drawFrom, type Distribution } from '../../../core/engine/drawing.js';
import type { Drafts, SamplerOptions } from '../../../core/engine/native-sampling.js';
import type { NativeContext } from '../../../core/engine/native-types.js';
import { recurrenceInfoSchema } from '../../../core/contract/recurrence.js';
import { createSequence } from '../../../core/engine/sequence.js';
import type { Loaded } from '../../../core/engine/session.js';

export interface ToyOptions {
  seed: number;
  contextSize: number;
  /** Bytes of every token; token 0 ends the answer. */
  pieces: Uint8Array[];
  /** Steps after which a state has settled; before, three of four predictions are another. */
  settles: number;
  /** Prompt tokens. */
  prompt: number[];
  /** True: no token ends the answer. */
  endless?: boolean;
}

interface Cell {
  token: number;
  /** As all later tokens see it. */
  read: string;
}

const mix = (a: number, b: number): number => {
  let x = Math.imul(a ^ (b + 0x9e37_79b9), 0x85eb_ca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2_ae35);
  return (x ^ (x >>> 16)) >>> 0;
};

export interface Toy {
  loaded: Loaded;
  /** Sizes of all reads. */
  reads: number[];
  /** Tokens that were to go on from a draft, without one. */
  startedAnew: number;
  /** Called in the middle of every read. */
  onRead?: (() => void) | undefined;
}

export function createToy({ seed, contextSize, pieces, settles, prompt, endless }: ToyOptions): Toy {
  const cells: Cell[] = [];
  let rows: Distribution[] = [];
  let steps = 1;
  let stopping = false;
  let hurrying = false;
  /** Steps of the last read. */
  let done = 0;
  let wave: Map<number, { before: number; steps: number; change: number }> | null = null;
  let window = { from: 0, size: 0 };
  let holding: 'keep' | 'resume' | undefined;
  /** Tokens that were read to be read on, by position. */
  const held = new Map<number, number>();
  const toy: Toy = { reads: [], startedAnew: 0, loaded: null as unknown as Loaded };

  const prefix = (length: number): number => cells.slice(0, length).reduce((hash, { token, read }) => mix(mix(hash, token), read === 'deep' ? 1 : 2), seed);
  /** Eight candidates with halving shares; which ones, follows from the tokens before. */
  function target(hash: number): Distribution {
    const ids = new Set<number>();
    for (let i = 0; ids.size < Math.min(8, pieces.length); i++) ids.add(mix(hash, i) % pieces.length);
    const weights = Array.from(ids, (_, i) => 2 ** -i);
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return { ids: Uint32Array.from(ids), probabilities: Float64Array.from(weights, (weight) => weight / sum) };
  }
  const at = (length: number, deep: number): Distribution => {
    const hash = prefix(length);
    return target(deep >= settles || mix(hash, deep) % 4 === 0 ? hash : mix(hash, 1000 + deep));
  };

  const context = {
    contextSize,
    async decode(tokens, position) {
      toy.reads.push(tokens.length);
      if (position !== cells.length) throw new Error(`read at ${position}, the cache ends at ${cells.length}`);
      if (position + tokens.length > contextSize) throw new Error('the cache is full');
      await Promise.resolve();
      toy.onRead?.();
      if (stopping) return 'stopped';
      if (holding === undefined) held.clear();
      if (holding === 'keep') tokens.forEach((token, i) => held.set(position + i, token));
      if (holding === 'resume') {
        // Every position of a verification was drafted, in this round and with this token.
        tokens.forEach((token, i) => void (held.get(position + i) !== token && (toy.startedAnew += 1)));
        held.clear();
      }
      rows = [];
      done = hurrying ? 1 : steps;
      const next: NonNullable<typeof wave> = new Map();
      for (const token of tokens) {
        cells.push({ token, read: wave || done >= settles ? 'deep' : 'shallow' });
        let deep = done;
        if (wave) {
          // A state goes on for as long as nothing before it changed.
          const place = cells.length - 1;
          const before = prefix(cells.length);
          const known = wave.get(place);
          deep = known?.before === before ? known.steps + done : done;
          next.set(place, { before, steps: deep, change: deep >= settles ? 0.001 : 1 });
        }
        rows.push(at(cells.length, deep));
      }
      if (wave) wave = next;
      window = { from: position, size: tokens.length };
      return 'done';
    },
    createSampler: (options: SamplerOptions) => {
      let drawn = 0;
      return { draw: async () => sample(options, rows.at(-1)!, drawn++), dispose: () => undefined };
    },
    distribution: (row, { temperature }) => {
      const found = rows.at(row)!;
      return temperature === 0 ? { ids: found.ids.slice(0, 1), probabilities: Float64Array.of(1) } : found;
    },
    async draft(token, position, { sampling, chances }) {
      const drafts: Drafts = { ids: new Uint32Array(0), distributions: [] };
      let last = token;
      for (const chance of chances) {
        if (last === 0 && !endless) break;
        if ((await context.decode(Uint32Array.of(last), position + drafts.ids.length, 'last')) === 'stopped') return 'stopped';
        const distribution = context.distribution(-1, sampling as SamplerOptions, new Uint32Array(0));
        drafts.distributions.push(distribution);
        last = drawFrom(distribution, chance);
        drafts.ids = Uint32Array.from([...drafts.ids, last]);
      }
      return drafts;
    },
    async refine(tokens, position, { sampling, recent, chances }) {
      if ((await context.decode(tokens, position, 'all')) === 'stopped') return 'stopped';
      return {
        ids: Uint32Array.from(tokens, (_, row) => drawFrom(context.distribution(row, sampling as SamplerOptions, recent), chances[row]!)),
        changes: Float32Array.from({ length: window.size }, (_, i) => wave!.get(window.from + i)!.change),
      };
    },
    truncate(position) {
      cells.length = position;
      return true;
    },
    setRecurrence: ({ nSteps, hold }) => void ((steps = nSteps ?? steps), (holding = hold)),
    setInitialState: () => undefined,
    requestStop: (stop) => void (stopping = stop),
    kvUse: () => null,
    hurry: (on) => void (hurrying = on),
    progress: () => ({ decode: 0, steps: done, nSteps: steps, deltas: new Float32Array(0) }),
    trace: () => ({ nSteps: done, exitReason: done < steps ? 'hurried' : 'steps', deltas: new Float32Array(done), exitValues: new Float32Array(0) }),
    deltas: () => new Float32Array(steps * window.size).fill(0.5),
    waveBegin: () => void (wave = new Map()),
    waveUpdate: () => undefined,
    waveEnd: () => void (wave = null),
  } as Partial<NativeContext> as NativeContext;

  const nothing = new Uint8Array(0);
  toy.loaded = {
    context,
    sequence: createSequence(context, true),
    batchSize: 16,
    reserveSteps: () => undefined,
    retune: async () => undefined,
    noteTokens: () => undefined,
    info: {
      contextSize,
      speed: null,
      recurrence: recurrenceInfoSchema.parse({ preludeBlocks: 1, coreBlocks: 1, codaBlocks: 1, stepsDefault: settles, stepsMin: 1, stepsMax: 64, notches: [settles] }),
    },
    model: { isEnd: (id: number) => id === 0 && !endless },
    vocabulary: { bytes: (id: number) => (id === 0 ? nothing : pieces[id]!) },
    chat: { toIds: () => Uint32Array.from(prompt) },
  } as unknown as Loaded;
  return toy;
}

/** A draw of the plain decoder: its own chance, as llama.cpp has its own. */
function sample({ temperature, seed }: SamplerOptions, { ids, probabilities }: Distribution, count: number): number {
  if (temperature === 0) return ids[0]!;
  let left = mix(mix(seed, 77), count) / 2 ** 32;
  for (const [i, probability] of probabilities.entries()) {
    left -= probability;
    if (left < 0) return ids[i]!;
  }
  return ids.at(-1)!;
}

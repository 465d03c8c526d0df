// Decodes a wavefront of positions at once: every pass refines all of their latent states a few steps, and those that settled are frozen.
import type { ExitCriterion } from '../contract/compute.js';
import { stepsLimit } from '../contract/recurrence.js';
import { recentTokens, type Decoder, type DecoderTools, type Depth, type DrawnToken } from './decoder.js';
import { drawFrom, purposes, uniform } from './drawing.js';
import type { WaveOptions } from './native-sampling.js';

export interface WavefrontOptions {
  innerSteps: number;
  headway: number;
  limit: number;
  freezeThreshold: number;
  /** The run's criterion. `latent-diff` takes the place of `freezeThreshold`; the others look at what a pass does not have. */
  exit: ExitCriterion | null;
  stateNoise: number;
  embeddingAverage: number;
  /** New positions start from the state of the position before instead of the seeded one. */
  warmStart: boolean;
  /** Absent: ours. The reference's own are for parity alone. */
  rules?: WaveRules | undefined;
  onPass?: ((pass: WavePass & { frozen: number; standing: boolean }) => void) | undefined;
}

/** What one pass over the window [c, c + n) has shown. */
export interface WavePass {
  /** From 1. */
  number: number;
  /** Relative change of every latent state in this pass. */
  changes: ArrayLike<number>;
  /** The same in the last step of this pass. */
  lastChanges: readonly number[];
  /** Steps a position was refined since its token last changed. */
  steps: readonly number[];
  /** The token that was in the window. */
  window: readonly number[];
  /** The token that follows each position, by this pass. */
  next: readonly number[];
  /** Steps after which a position counts as settled. */
  limit: number;
}

export interface WaveRules {
  /** The latent state of a position does not change any more. */
  settled(pass: WavePass, i: number): boolean;
  /** How many positions leave the front of the window; the tokens behind them are final. */
  frozen(pass: WavePass): number;
  /** How far the states before the pass are shifted against those after it. `position`: of the window; null before the first pass. */
  shift(position: number, before: number | null): number;
  readonly options: Pick<WaveOptions, 'averageNew'> & {
    /** Passes use the slots of the run's last steps. */
    alignSlots: boolean;
    /** The window grows to its limit, which counts the positions that are leaving, too. */
    fillsWindow: boolean;
  };
}

/**
 * A position leaves when its latent state has settled, its own token is final, and all before it left. The token of a position is
 * final when the one before it left and gave the very token whose embedding was refined. So every frozen token was drawn from
 * logits of a settled state that has seen nothing but frozen tokens.
 */
export function ourRules({ freezeThreshold, exit }: Pick<WavefrontOptions, 'freezeThreshold' | 'exit'>): WaveRules {
  // By the run's criterion a position settles as a token of plain decoding does: by the change of one step, after the least number of steps.
  const settled: WaveRules['settled'] =
    exit?.kind === 'latent-diff' ? ({ lastChanges, steps }, i) => lastChanges[i]! < exit.threshold && steps[i]! > exit.minSteps : ({ changes }, i) => changes[i]! < freezeThreshold;
  return {
    settled,
    frozen(pass) {
      const { steps, window, next, limit } = pass;
      let count = 0;
      while (count < window.length && (count === 0 || window[count] === next[count - 1]) && (settled(pass, count) || steps[count]! >= limit)) count += 1;
      return count;
    },
    shift: () => 0,
    options: { averageNew: false, alignSlots: true, fillsWindow: false },
  };
}

/** Weight of the newest pass in the averages. */
const newest = 0.2;

/**
 * How many positions are worth refining: by Little's law, as many are on their way to being frozen as are frozen per pass times the
 * passes one takes from its last change of token. Twice that leaves room for a better stretch; more would be thrown away.
 */
function createFlow(headway: number): { learn(passesOfFrozen: readonly number[]): void; usefulPositions(): number } {
  let frozenPerPass = 1;
  let passes = 2;
  return {
    learn(passesOfFrozen) {
      frozenPerPass += newest * (passesOfFrozen.length - frozenPerPass);
      for (const taken of passesOfFrozen) passes += newest * (taken - passes);
    },
    usefulPositions: () => Math.ceil(2 * frozenPerPass * passes) + headway,
  };
}

/** A position of the window: its token, and what its state has gone through since that token came. */
interface Position extends Depth {
  token: number;
}

/** Nothing is guaranteed beyond the rules: the cache of a frozen token holds the steps of its last pass only, which all later ones see. */
export async function* decodeWavefront(tools: DecoderTools, options: WavefrontOptions): Decoder {
  const rules = options.rules ?? ourRules(options);
  const tail = [...tools.recent];
  const chance = (position: number): number => uniform(tools.seed, position, purposes.token);
  const first = drawFrom(tools.distribution(-1, tail.slice(-recentTokens)), chance(tools.length));
  tail.push(first);
  yield { id: first, ...tools.depth() };

  let window: Position[] = [fresh(first)];
  const flow = createFlow(options.headway);
  let before: number | null = null;
  const native = (inner: number): WaveOptions => ({
    // The cells of the prompt end with the run's last steps; a pass sees those, whatever the cache keeps.
    firstStep: rules.options.alignSlots ? tools.steps() - inner : 0,
    embeddingAverage: options.embeddingAverage,
    stateNoise: options.stateNoise,
    averageNew: rules.options.averageNew,
    carry: options.warmStart ? options.headway : 0,
  });
  let depth = tools.steps();
  let inner = Math.min(options.innerSteps, depth);
  tools.wave.begin(native(inner));
  try {
    for (let number = 1; ; number++) {
      const start = tools.length;
      if (start >= tools.contextSize) return 'context';
      const limit = tools.hurried() ? 1 : tools.steps();
      if (depth !== tools.steps()) {
        depth = tools.steps();
        inner = Math.min(options.innerSteps, depth);
        tools.wave.update(native(inner));
      }
      window = window.slice(0, Math.min(tools.contextSize - start, tools.remaining(), tools.batchSize));
      const tokens = window.map(({ token }) => token);
      const chances = Float64Array.from({ length: window.length }, (_, row) => chance(start + row + 1));
      const found = await tools.refine(tokens, inner, { recent: Uint32Array.from(tail.slice(-recentTokens)), chances, shift: rules.shift(start, before) });
      if (found === 'stopped') return 'stopped';
      const passed = tools.depths(window.length);
      window = window.map(({ token, steps, trace }, i) => ({ token, steps: steps + passed[i]!.steps, exitReason: passed[i]!.exitReason, trace: [...trace, ...passed[i]!.trace] }));

      const next = Array.from(found.ids);
      const lastChanges = passed.map(({ trace }) => trace.at(-1) ?? Infinity);
      const pass: WavePass = { number, changes: found.changes, lastChanges, steps: window.map(({ steps }) => steps), window: tokens, next, limit };
      const frozen = rules.frozen(pass);
      before = start;
      tools.truncate(start + frozen);
      const emitted = window.slice(0, frozen).map((position, i): DrawnToken => ({ id: next[i]!, ...depthOf(position, rules.settled(pass, i)) }));
      tail.push(...emitted.map(({ id }) => id));
      tail.splice(0, tail.length - recentTokens);
      const grown = advance(window, next, frozen, options.headway, (id) => tools.isEnd(id));
      flow.learn(window.slice(0, frozen).map(({ steps }) => steps / inner));
      const most = rules.options.fillsWindow ? options.limit - frozen : Math.min(options.limit, flow.usefulPositions());
      options.onPass?.({ ...pass, frozen, standing: grown.length > most });
      window = grown.slice(0, most);
      yield* emitted;
    }
  } finally {
    // Positions that were frozen are ordinary ones from now on; no others are in the cache.
    tools.wave.end();
  }
}

function fresh(token: number): Position {
  return { token, steps: 0, exitReason: 'none', trace: [] };
}

/** The window of the next pass: what was not frozen, with the tokens this pass gave, and new positions behind it. */
function advance(window: readonly Position[], next: readonly number[], frozen: number, headway: number, isEnd: (id: number) => boolean): Position[] {
  const tokens = [frozen > 0 ? next[frozen - 1]! : window[0]!.token, ...next.slice(frozen)];
  // Nobody knows yet what comes there; the guess costs nothing and is replaced after the next pass.
  for (let i = 1; i < headway; i++) tokens.push(tokens.at(-1)!);
  const end = tokens.findIndex((token, i) => i > 0 && isEnd(token));
  return tokens.slice(0, end < 0 ? undefined : end).map((token, i) => {
    const known = window[frozen + i];
    // A state goes on when its token changes; what it went through does not count for the new one.
    return known?.token === token ? known : fresh(token);
  });
}

function depthOf({ steps, exitReason, trace }: Position, settled: boolean): Depth {
  return { steps, exitReason: settled ? 'converged' : exitReason, trace: trace.slice(0, stepsLimit.max) };
}

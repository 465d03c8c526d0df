// Owns the tokens of one run: append-only buffers, so that a long answer is never copied to add a word.
import { exitReasons, type ExitReason, type TokenRecord } from '../../core/contract/recurrence.js';

/** What to do with a batch: take it, drop it because it is already here, or fetch a snapshot because one is missing. */
export function judgeSeq(lastSeq: number, seq: number): 'append' | 'stale' | 'gap' {
  if (seq <= lastSeq) return 'stale';
  return seq === lastSeq + 1 ? 'append' : 'gap';
}

function grown<T extends Uint8Array | Uint32Array | Float32Array>(array: T, needed: number): T {
  if (needed <= array.length) return array;
  const larger = new (array.constructor as new (length: number) => T)(Math.max(needed, array.length * 2));
  larger.set(array as never);
  return larger;
}

export class TokenLog {
  readonly runId: number;
  lastSeq: number;
  count = 0;
  /** All token texts joined; V8 keeps it as a rope, so `+=` does not copy. */
  text = '';
  minSteps = Number.POSITIVE_INFINITY;
  maxSteps = 0;
  /** Tokens that stopped before their limit. */
  early = 0;
  #sumSteps = 0;
  #longestTrace = 0;
  #starts = new Uint32Array(256);
  #steps = new Uint8Array(256);
  /** Places in `exitReasons`. */
  #exits = new Uint8Array(256);
  #traceStarts = new Uint32Array(256);
  #traces = new Float32Array(4096);

  constructor(runId: number, tokens: readonly TokenRecord[] = [], lastSeq = 0) {
    this.runId = runId;
    this.lastSeq = lastSeq;
    this.append(tokens);
  }

  append(tokens: readonly TokenRecord[]): void {
    const total = this.count + tokens.length;
    this.#starts = grown(this.#starts, total + 1);
    this.#steps = grown(this.#steps, total);
    this.#exits = grown(this.#exits, total);
    this.#traceStarts = grown(this.#traceStarts, total + 1);
    for (const { text, steps, trace, exitReason } of tokens) {
      const at = this.count++;
      this.#starts[at] = this.text.length;
      this.#steps[at] = steps;
      this.#exits[at] = exitReasons.indexOf(exitReason);
      if (exitReason === 'converged' || exitReason === 'hurried') this.early++;
      const traceStart = this.#traceStarts[at]!;
      this.#traces = grown(this.#traces, traceStart + trace.length);
      this.#traces.set(trace, traceStart);
      this.#traceStarts[at + 1] = traceStart + trace.length;
      this.text += text;
      this.#starts[at + 1] = this.text.length;
      this.#sumSteps += steps;
      this.minSteps = Math.min(this.minSteps, steps);
      this.maxSteps = Math.max(this.maxSteps, steps);
      this.#longestTrace = Math.max(this.#longestTrace, trace.length);
    }
  }

  get meanSteps(): number {
    return this.count === 0 ? 0 : this.#sumSteps / this.count;
  }
  /** Steps of the longest trace: the height of the heatmap. */
  get longestTrace(): number {
    return this.#longestTrace;
  }
  get stepsVary(): boolean {
    return this.count > 0 && this.minSteps !== this.maxSteps;
  }
  startOf(index: number): number {
    return this.#starts[index]!;
  }
  endOf(index: number): number {
    return this.#starts[index + 1]!;
  }
  stepsOf(index: number): number {
    return this.#steps[index]!;
  }
  exitOf(index: number): ExitReason {
    return exitReasons[this.#exits[index]!]!;
  }
  textOf(index: number): string {
    return this.text.slice(this.startOf(index), this.endOf(index));
  }
  /** A view, not a copy: relative change per step, unitless. */
  traceOf(index: number): Float32Array {
    return this.#traces.subarray(this.#traceStarts[index], this.#traceStarts[index + 1]);
  }
  /** The token that made the character at an offset of `text`; -1 outside. Tokens without text are skipped. */
  tokenAt(offset: number): number {
    if (offset < 0 || offset >= this.text.length) return -1;
    let low = 0;
    let high = this.count - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

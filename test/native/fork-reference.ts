// The mathematics of a recurrent-depth model in float64, written from the description and for clarity: what the fork is checked against.
import { ExitReference, usesLogits, type ExitRule } from './fork-exit-reference.js';
import type { TinyModel } from './fork-model.js';

type Vector = number[];
interface KeyValue { key: Vector; value: Vector } // the key before the rotation, so that positions may change later

interface Token {
  position: number;
  prelude: KeyValue[];
  coda: KeyValue[];
  core: (KeyValue | undefined)[][]; // [layer][slot]
}

/** states and deltas: [step][token]. `values`: of the exit criterion at its checks; `left`: it was met. */
export interface Decoded { logits: Vector; states: Vector[][]; deltas: Vector[]; values: Vector; left: boolean }

/** One sequence: its tokens and what each of them left in the cache. */
export class Reference {
  tokens: Token[] = [];
  private readonly model: TinyModel;
  private readonly kvBudget: number;

  /** kvBudget: slots per core layer; step t uses slot t mod kvBudget. */
  constructor(model: TinyModel, kvBudget: number) {
    this.model = model;
    this.kvBudget = kvBudget;
  }

  /** Runs a batch of tokens through at most `steps` steps, all of them side by side, and returns the logits of the last. */
  decode(ids: number[], steps: number, initial: (position: number) => Vector, rule?: ExitRule): Decoded {
    const { shape } = this.model;
    const batch = ids.map((id, i): Token & { id: number } => ({
      id, position: (this.tokens.at(-1)?.position ?? -1) + 1 + i, prelude: [], coda: [], core: Array.from({ length: shape.core }, () => []),
    }));
    this.tokens.push(...batch);

    const embedding = this.model.weights.get('token_embd.weight')!.data;
    const d = shape.width;
    let e = batch.map(({ id }) => Array.from(embedding.subarray(id * d, (id + 1) * d), (x) => x * Math.sqrt(d)));
    for (let i = 0; i < shape.prelude; i++)
      e = this.block(i, batch, e, (token, kv) => { token.prelude[i] = kv; }, (token) => token.prelude[i]);

    let x = batch.map(({ position }) => initial(position));
    const begun = x;
    const exit = rule && new ExitReference(rule);
    let left = false;
    let checked: Vector | null = null;
    const states: Vector[][] = [];
    const deltas: Vector[] = [];
    for (let t = 0; t < steps && !left; t++) {
      const slot = t % this.kvBudget;
      let y = x.map((xi, i) => add(this.multiply('adapter_state.weight', xi), this.multiply('adapter_embd.weight', e[i]!)));
      for (let j = 0; j < shape.core; j++)
        y = this.block(shape.prelude + j, batch, y, (token, kv) => { token.core[j]![slot] = kv; }, (token) => latest(token.core[j]!, slot));
      deltas.push(y.map((yi, i) => norm(yi.map((v, k) => v - x[i]![k]!)) / norm(yi)));
      states.push(y);
      x = y;
      if (exit?.isDue(t)) left = exit.check([begun, ...states], () => (checked = this.head(batch, y)));
    }
    // Logits of the last check, not of the last step.
    const logits = rule && usesLogits(rule) && checked ? checked : this.head(batch, x);
    return { logits, states, deltas, values: exit?.values ?? [], left };
  }

  /** The state after the final norm. */
  finalNorm(x: Vector): Vector {
    return this.rmsNorm('output_norm.weight', x);
  }

  /** Coda and head on the states of now; leaves the coda's keys and values. */
  private head(batch: Token[], x: Vector[]): Vector {
    const { shape } = this.model;

    let y = x.map((xi) => this.rmsNorm('output_norm.weight', xi));
    for (let k = 0; k < shape.coda; k++)
      y = this.block(shape.prelude + shape.core + k, batch, y, (token, kv) => { token.coda[k] = kv; }, (token) => token.coda[k]);
    const last = this.rmsNorm('output_norm.weight', y.at(-1)!);
    return this.multiply('token_embd.weight', last);
  }

  /** Drops tokens [start, end) and moves the later ones up. */
  erase(start: number, end: number): void {
    this.tokens = this.tokens.filter((token) => token.position < start || token.position >= end);
    for (const token of this.tokens) if (token.position >= end) token.position -= end - start;
  }

  private block(i: number, batch: Token[], x: Vector[], write: (token: Token, kv: KeyValue) => void, read: (token: Token) => KeyValue | undefined): Vector[] {
    const { width: d, heads, inner } = this.model.shape;
    const size = d / heads;
    const name = (suffix: string): string => `blk.${i}.${suffix}`;
    const bias = this.model.weights.get(name('attn_qkv.bias'))!.data;

    const queries = x.map((xi, n) => {
      const qkv = this.multiply(name('attn_qkv.weight'), this.rmsNorm(name('attn_norm.weight'), xi)).map((v, k) => v + bias[k]!);
      write(batch[n]!, { key: qkv.slice(d, 2 * d), value: qkv.slice(2 * d) });
      return qkv.slice(0, d);
    });

    return x.map((xi, n) => {
      const token = batch[n]!;
      const q = rotate(queries[n]!, token.position, size);
      const seen = this.tokens.filter((other) => other.position <= token.position)
        .map((other) => { const kv = read(other)!; return { key: rotate(kv.key, other.position, size), value: kv.value }; });
      const attended: Vector = new Array<number>(d).fill(0);
      for (let h = 0; h < heads; h++) {
        const part = (v: Vector): Vector => v.slice(h * size, (h + 1) * size);
        const scores = seen.map(({ key }) => dot(part(q), part(key)) / Math.sqrt(size));
        const top = Math.max(...scores);
        const exps = scores.map((s) => Math.exp(s - top));
        const sum = exps.reduce((a, b) => a + b);
        seen.forEach(({ value }, s) => part(value).forEach((v, k) => { attended[h * size + k]! += (exps[s]! / sum) * v; }));
      }
      const x1 = this.rmsNorm(name('post_attention_norm.weight'), add(this.multiply(name('attn_output.weight'), attended), xi));
      const up = this.multiply(name('ffn_up.weight'), this.rmsNorm(name('ffn_norm.weight'), x1));
      const gated = Array.from({ length: inner }, (_, k) => (up[k]! / (1 + Math.exp(-up[k]!))) * up[inner + k]!);
      return this.rmsNorm(name('post_ffw_norm.weight'), add(this.multiply(name('ffn_down.weight'), gated), x1));
    });
  }

  private multiply(name: string, x: Vector): Vector {
    const { dims, data } = this.model.weights.get(name)!;
    const [n, rows] = dims as [number, number];
    return Array.from({ length: rows }, (_, r) => { let s = 0; for (let k = 0; k < n; k++) s += data[r * n + k]! * x[k]!; return s; });
  }

  private rmsNorm(name: string, x: Vector): Vector {
    const { data } = this.model.weights.get(name)!;
    const scale = 1 / Math.sqrt(dot(x, x) / x.length + 1e-6);
    return x.map((v, k) => v * scale * data[k]!);
  }
}

/** A token without an entry in this slot shows the last one below it. */
function latest(slots: (KeyValue | undefined)[], slot: number): KeyValue | undefined {
  for (let s = slot; s >= 0; s--) if (slots[s]) return slots[s];
  return undefined;
}

/** Rotary embedding of adjacent pairs, over the whole head. */
function rotate(x: Vector, position: number, size: number): Vector {
  const y = x.slice();
  for (let k = 0; k < x.length; k += 2) {
    const angle = position * 50000 ** (-(k % size) / size);
    y[k] = x[k]! * Math.cos(angle) - x[k + 1]! * Math.sin(angle);
    y[k + 1] = x[k + 1]! * Math.cos(angle) + x[k]! * Math.sin(angle);
  }
  return y;
}

const dot = (a: Vector, b: Vector): number => a.reduce((s, v, k) => s + v * b[k]!, 0);
const add = (a: Vector, b: Vector): Vector => a.map((v, k) => v + b[k]!);
const norm = (a: Vector): number => Math.sqrt(dot(a, a));

const mask = (1n << 64n) - 1n;

function hash(x: bigint): bigint {
  x = (x + 0x9e3779b97f4a7c15n) & mask;
  x = ((x ^ (x >> 30n)) * 0xbf58476d1ce4e5b9n) & mask;
  x = ((x ^ (x >> 27n)) * 0x94d049bb133111ebn) & mask;
  return x ^ (x >> 31n);
}

/** The initial state of a position: normal, cut at three standard deviations, from nothing but seed and position. */
export function initialState(width: number, seed: number, position: number, std: number): Vector {
  const key = hash(hash(BigInt(seed)) ^ BigInt(position + 1));
  const state: Vector = [];
  for (let counter = 0n; state.length < width; counter += 2n) {
    const [u, v] = [counter, counter + 1n].map((c) => (Number(hash(key ^ hash(c)) >> 11n) + 0.5) / 2 ** 53) as [number, number];
    const r = Math.sqrt(-2 * Math.log(u));
    for (const z of [r * Math.cos(2 * Math.PI * v), r * Math.sin(2 * Math.PI * v)])
      if (Math.abs(z) <= 3 && state.length < width) state.push(Math.fround(std * z));
  }
  return state;
}

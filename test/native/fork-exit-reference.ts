// When a token leaves the recurrence, in float64 and for clarity: the criteria as the description has them.

type Vector = number[];

export interface ExitRule {
  kind: 'latent-diff' | 'cosine' | 'second-order' | 'entropy-diff' | 'kl' | 'minp-kl' | 'argmax-stability';
  threshold: number;
  minSteps: number;
  checkEvery: number;
}
/** As the fork counts them. */
export const criteria: Readonly<Record<ExitRule['kind'], number>> = { 'latent-diff': 1, cosine: 2, 'second-order': 3, 'entropy-diff': 4, kl: 5, 'minp-kl': 6, 'argmax-stability': 7 };
export const usesLogits = ({ kind }: ExitRule): boolean => criteria[kind] >= criteria['entropy-diff'];

/** Follows one batch from step to step. `states[t + 1]` are the states of all tokens after step t, `states[0]` the initial ones. */
export class ExitReference {
  readonly values: number[] = [];
  private readonly rule: ExitRule;
  private hits = 0;
  private stable = 0;
  private before: Vector | null = null;

  constructor(rule: ExitRule) {
    this.rule = rule;
  }

  isDue(t: number): boolean {
    return t >= this.rule.minSteps && (t - this.rule.minSteps) % this.rule.checkEvery === 0;
  }

  /** One check. `logits` of the last token are asked for only by criteria that use them. */
  check(states: readonly Vector[][], logits: () => Vector): boolean {
    const value = usesLogits(this.rule) ? this.ofLogits(logits()) : this.ofStates(states);
    this.values.push(value);
    if (this.rule.kind === 'argmax-stability') return value >= this.rule.threshold;
    this.hits = value < this.rule.threshold ? this.hits + 1 : 0;
    return this.hits >= (this.rule.kind === 'second-order' ? 2 : 1);
  }

  private ofStates(states: readonly Vector[][]): number {
    const [older, old, now] = [states.at(-3), states.at(-2)!, states.at(-1)!];
    if (this.rule.kind === 'second-order' && !older) return NaN;
    return mean(now.map((x, i) => {
      const change = minus(x, old[i]!);
      if (this.rule.kind === 'latent-diff') return norm(change) / norm(x);
      if (this.rule.kind === 'cosine') return 1 - dot(x, old[i]!) / (norm(x) * norm(old[i]!));
      return norm(minus(change, minus(old[i]!, older![i]!))) / norm(x);
    }));
  }

  private ofLogits(logits: Vector): number {
    const { kind } = this.rule;
    const n = logits.length;
    const top = Math.max(...logits);
    if (kind === 'argmax-stability') {
      const best = logits.indexOf(top);
      this.stable = this.before?.[0] === best ? this.stable + 1 : 0;
      this.before = [best];
      return this.stable;
    }
    const exps = logits.map((l) => Math.exp(l - top));
    const sum = total(exps);
    let p = exps.map((e) => e / sum);
    if (kind === 'entropy-diff') {
      const entropy = -total(p.map((x) => x * Math.log(x + 1e-10)));
      const value = Math.abs(entropy - (this.before?.[0] ?? 100));
      this.before = [entropy];
      return value;
    }
    if (kind === 'minp-kl') {
      const least = 0.1 * Math.max(...p);
      p = p.map((x) => (x < least ? 1 / n : x));
      const kept = total(p);
      p = p.map((x) => x / kept);
    }
    const previous = this.before ?? p.map(() => 1 / n);
    this.before = p;
    return total(previous.map((q, i) => q * Math.log(q / p[i]!)));
  }
}

const total = (a: Vector): number => a.reduce((s, v) => s + v, 0);
const mean = (a: Vector): number => total(a) / a.length;
const minus = (a: Vector, b: Vector): Vector => a.map((v, k) => v - b[k]!);
const dot = (a: Vector, b: Vector): number => a.reduce((s, v, k) => s + v * b[k]!, 0);
const norm = (a: Vector): number => Math.sqrt(dot(a, a));

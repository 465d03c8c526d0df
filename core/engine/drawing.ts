// Owns chance: uniform numbers that depend on nothing but a seed and a place, draws from a distribution, and the rule that keeps it when drafts are verified.

/** Candidates a token is drawn from, likeliest first; the probabilities add up to 1. Greedy: one candidate. */
export interface Distribution {
  ids: Uint32Array;
  probabilities: Float64Array;
}

/** What a number is for; a position may need one of each kind. */
export const purposes = { draft: 0, accept: 1, token: 2 } as const;

/** murmur3's 32-bit finaliser (public domain, Appleby). */
function mix(word: number): number {
  let x = word;
  x = Math.imul(x ^ (x >>> 16), 0x85eb_ca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2_ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** In [0, 1), 53 bits. The same seed, position and purpose give the same number, however often and in whatever order it is asked for. */
export function uniform(seed: number, position: number, purpose: number): number {
  const key = mix(mix(mix(seed + 0x9e37_79b9) ^ position) + purpose);
  const high = mix(key ^ 0x5bd1_e995) >>> 5;
  const low = mix(key + 0x2545_f491) >>> 6;
  return (high * 2 ** 26 + low) / 2 ** 53;
}

/** The candidate in whose share of [0, 1) `chance` falls. */
export function drawFrom({ ids, probabilities }: Distribution, chance: number): number {
  let sum = 0;
  for (const [i, probability] of probabilities.entries()) {
    sum += probability;
    if (chance < sum) return ids[i]!;
  }
  // Rounding left a sum just below 1.
  return ids.at(-1)!;
}

export function probabilityOf({ ids, probabilities }: Distribution, id: number): number {
  const at = ids.indexOf(id);
  return at < 0 ? 0 : probabilities[at]!;
}

/**
 * Decides over a token that was drawn from `draft` where it should have come from `target`: accepted with the chance
 * min(1, target/draft), else replaced by a draw from the positive part of target - draft. What comes out is distributed as `target`.
 * Source: Leviathan et al., "Fast Inference from Transformers via Speculative Decoding", appendix A.1. Greedy distributions make it
 * "accepted if equal, else replaced".
 */
export function verify(drafted: number, draft: Distribution, target: Distribution, acceptChance: number, tokenChance: number): { accepted: boolean; id: number } {
  const wanted = probabilityOf(target, drafted);
  const offered = probabilityOf(draft, drafted);
  if (acceptChance * offered < wanted) return { accepted: true, id: drafted };
  return { accepted: false, id: drawFrom(positivePart(target, draft), tokenChance) };
}

/** max(0, target - draft), scaled to 1. Nothing left (the two are equal up to rounding): the target. */
function positivePart(target: Distribution, draft: Distribution): Distribution {
  const drafted = new Map(Array.from(draft.ids, (id, i) => [id, draft.probabilities[i]!]));
  const left = Float64Array.from(target.probabilities, (probability, i) => Math.max(0, probability - (drafted.get(target.ids[i]!) ?? 0)));
  const sum = left.reduce((total, part) => total + part, 0);
  return sum > 0 ? { ids: target.ids, probabilities: left.map((part) => part / sum) } : target;
}

// Owns the choice of how deep and how far to draft: the plan that gives the most tokens for the time, by measured acceptance and cost.

export interface DraftPlan {
  draftSteps: number;
  /** Tokens to draft; 0: drafting does not pay, decode one token plainly. */
  lookahead: number;
}

/** What a round of drafting and verifying came to. */
export interface Round {
  draftSteps: number;
  verifySteps: number;
  drafted: number;
  /** Drafts that were compared: the accepted ones and the one that was not. */
  tested: number;
  accepted: number;
  draftMs: number;
  verifyMs: number;
}

export interface DraftControl {
  plan(verifySteps: number): DraftPlan;
  learn(round: Round): void;
  /** Chance that a draft of this depth is accepted, as known now. */
  acceptance(draftSteps: number): number;
}

export interface DraftControlOptions {
  draftSteps: number;
  /** Most tokens drafted. */
  lookahead: number;
  /** False: always the two numbers above. */
  adapt: boolean;
  /** Cost of one token alone at a depth, in any unit. */
  tokenCost(steps: number): number;
  /** False: costs are as `tokenCost` says, and the same seed gives the same plans. True: they follow the clock. */
  measured: boolean;
  /** What earlier answers taught. */
  memory?: DraftMemory;
}

/** What was learnt, for the next answer of the same model. */
export interface DraftMemory {
  known: Map<number, { accepted: number; tested: number }>;
  /** Milliseconds per unit of cost of a token alone; null: not measured yet. */
  unitMs: number | null;
  /** Share of a token's cost that each further position of a batch takes. */
  share: number;
  /** Widths of batches that were verified before; the first of a width also builds its graphs and says nothing about the next. */
  widths: Set<number>;
}

/** A depth that was never tried counts as this good, with the weight of so many tests: optimism makes it be tried. */
const prior = { acceptance: 0.95, tests: 3 } as const;
/** Above 1: a batch that costs more than its tokens one by one, because its graph had to be built. More is a disturbance. */
const largestShare = 2;
/** Weight of the past after a round with drafts, and after a plain one. What is long ago fades, so a depth that once failed is tried again. */
const fading = { drafted: 0.97, plain: 0.997 } as const;
/** Share of a token's cost that each further position of a batch takes, until measured: weights are read once for all of them (0.4 on one thread of a CPU, less with more). */
const sharedCost = 0.3;
/** Weight of the newest measurement. */
const newest = 0.2;
/** With each token decoded plainly, what was measured of batches comes back to the assumption by this much: else one slow batch would end drafting for good. */
const forgetting = 0.02;

/** Expected tokens of a round of L drafts: 1 + a + ... + a^(L - 1), because the one that fails is replaced. */
export function expectedTokens(acceptance: number, lookahead: number): number {
  let sum = 0;
  for (let i = 0; i < lookahead; i++) sum += acceptance ** i;
  return sum;
}

export function emptyMemory(): DraftMemory {
  return { known: new Map(), unitMs: null, share: sharedCost, widths: new Set() };
}

export function createDraftControl(options: DraftControlOptions): DraftControl {
  const memory = options.memory ?? emptyMemory();
  const { known } = memory;

  function acceptance(draftSteps: number): number {
    const { accepted, tested } = known.get(draftSteps) ?? { accepted: 0, tested: 0 };
    return (accepted + prior.acceptance * prior.tests) / (tested + prior.tests);
  }

  return {
    acceptance,
    plan(verifySteps) {
      if (!options.adapt) return { draftSteps: Math.min(options.draftSteps, verifySteps), lookahead: options.draftSteps < verifySteps ? options.lookahead : 0 };
      const whole = options.tokenCost(verifySteps);
      let best: DraftPlan & { value: number } = { draftSteps: options.draftSteps, lookahead: 0, value: 1 / whole };
      for (const draftSteps of depthsToTry(options.draftSteps, verifySteps)) {
        for (let lookahead = 2; lookahead <= options.lookahead; lookahead++) {
          // Verification goes on where the drafts ended.
          const cost = lookahead * options.tokenCost(draftSteps) + options.tokenCost(verifySteps - draftSteps) * (1 + memory.share * (lookahead - 1));
          const value = expectedTokens(acceptance(draftSteps), lookahead) / cost;
          if (value > best.value) best = { draftSteps, lookahead, value };
        }
      }
      return { draftSteps: best.draftSteps, lookahead: best.lookahead };
    },
    learn({ draftSteps, verifySteps, drafted, tested, accepted, draftMs, verifyMs }) {
      const kept = drafted > 0 ? fading.drafted : fading.plain;
      for (const counts of known.values()) {
        counts.accepted *= kept;
        counts.tested *= kept;
      }
      const counts = known.get(draftSteps) ?? { accepted: 0, tested: 0 };
      known.set(draftSteps, { accepted: counts.accepted + accepted, tested: counts.tested + tested });
      if (!options.measured) return;
      // Drafts and plain tokens say what a token alone costs; a verification, what its further positions add to that.
      const alone = drafted > 0 ? draftMs / (drafted * options.tokenCost(draftSteps)) : verifyMs / options.tokenCost(verifySteps);
      memory.unitMs = memory.unitMs === null ? alone : memory.unitMs + newest * (alone - memory.unitMs);
      if (drafted === 0) memory.share += forgetting * (sharedCost - memory.share);
      if (drafted < 2) return;
      const first = !memory.widths.has(drafted);
      memory.widths.add(drafted);
      if (first) return;
      const added = (verifyMs / (memory.unitMs * options.tokenCost(verifySteps - draftSteps)) - 1) / (drafted - 1);
      memory.share += newest * (Math.min(largestShare, Math.max(0, added)) - memory.share);
    },
  };
}

/** The chosen depth and the powers of two that save at least half of the steps. */
function depthsToTry(chosen: number, verifySteps: number): number[] {
  const depths = new Set<number>();
  for (let steps = 1; steps * 2 <= verifySteps; steps *= 2) depths.add(steps);
  if (chosen < verifySteps) depths.add(chosen);
  return [...depths].toSorted((a, b) => a - b);
}

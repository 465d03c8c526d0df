// Decodes by drafting: a few tokens with few steps, one after the other, then all of them at the run's depth in one batch.
import { recentTokens, type Decoder, type DecoderTools, type DrawnToken } from './decoder.js';
import type { DraftControl, Round } from './draft-control.js';
import { drawFrom, purposes, uniform, verify, type Distribution } from './drawing.js';

export interface SpeculativeOptions {
  control: DraftControl;
  onRound?: ((round: Round & { drafts: number[]; emitted: number[] }) => void) | undefined;
}

/**
 * The distribution of the answer is that of `decodePlain`; greedy answers are the same up to the rounding of batches, with a cache
 * that keeps every step. The first steps of a draft are those it would have at the run's depth: verification goes on from them, with
 * the steps that are missing. So a round of L drafts reads L positions, each for all its steps once, and has no token to add.
 */
export async function* decodeSpeculative(tools: DecoderTools, { control, onRound }: SpeculativeOptions): Decoder {
  const { seed } = tools;
  const tail = [...tools.recent];
  const chance = (position: number, purpose: number): number => uniform(seed, position, purpose);
  let last = drawFrom(tools.distribution(-1, tail), chance(tools.length, purposes.token));
  tail.push(last);
  yield { id: last, ...tools.depth() };

  for (;;) {
    /** Position of the last token, which is not in the cache yet. */
    const start = tools.length;
    if (start >= tools.contextSize) return 'context';
    const verifySteps = tools.steps();
    // In a hurry a token costs hardly more than its draft.
    const plan = tools.hurried() ? { draftSteps: 1, lookahead: 0 } : control.plan(verifySteps);
    const most = Math.min(tools.contextSize - start, tools.batchSize, tools.remaining());
    // A single draft would be verified by a read that gives its token anyway.
    const lookahead = Math.min(plan.lookahead, most) < 2 ? 0 : Math.min(plan.lookahead, most);
    const began = performance.now();

    let drafts: number[] = [];
    let offered: readonly Distribution[] = [];
    if (lookahead > 0) {
      const chances = Float64Array.from({ length: lookahead }, (_, i) => chance(start + i + 1, purposes.draft));
      const found = await tools.draft(last, plan.draftSteps, { recent: Uint32Array.from(tail), chances });
      if (found === 'stopped') return 'stopped';
      drafts = [...found.ids];
      offered = found.distributions;
    }
    const drafted = performance.now();

    const batch = [last, ...drafts.slice(0, -1)];
    if ((await tools.read(batch, { steps: verifySteps, logits: 'all', as: 'verify', resume: drafts.length > 0 })) === 'stopped') return 'stopped';
    const verified = performance.now();
    const depths = tools.depths(batch.length);
    const emitted: DrawnToken[] = [];
    let accepted = 0;
    for (const [row, depth] of depths.entries()) {
      const target = tools.distribution(row, tail);
      const position = start + row + 1;
      const outcome =
        row < drafts.length
          ? verify(drafts[row]!, offered[row]!, target, chance(position, purposes.accept), chance(position, purposes.token))
          : { accepted: false, id: drawFrom(target, chance(position, purposes.token)) };
      tail.push(outcome.id);
      emitted.push({ id: outcome.id, ...depth });
      if (!outcome.accepted) break;
      accepted += 1;
    }
    tail.splice(0, tail.length - recentTokens);
    tools.truncate(start + emitted.length);
    const tested = Math.min(drafts.length, emitted.length);
    const round: Round = { draftSteps: plan.draftSteps, verifySteps, drafted: drafts.length, tested, accepted, draftMs: drafted - began, verifyMs: verified - drafted };
    control.learn(round);
    onRound?.({ ...round, drafts, emitted: emitted.map(({ id }) => id) });
    last = emitted.at(-1)!.id;
    yield* emitted;
  }
}

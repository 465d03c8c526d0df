// Proves that the plan of drafting follows what was measured: far and shallow when drafts are good, none when they do not pay.
import { describe, expect, it } from 'vitest';
import { createDraftControl, expectedTokens, type DraftPlan } from '../../../core/engine/draft-control.js';

const options = { draftSteps: 4, lookahead: 8, adapt: true, measured: false, tokenCost: (steps: number) => 4 + 4 * steps };

/** Rounds with drafts that are right by this chance, spread evenly. Returns the last plans. */
function live(acceptanceOf: (draftSteps: number) => number, extra: Partial<typeof options> = {}, rounds = 300): DraftPlan[] {
  const control = createDraftControl({ ...options, ...extra });
  const plans: DraftPlan[] = [];
  let debt = 0;
  for (let i = 0; i < rounds; i++) {
    const plan = control.plan(32);
    plans.push(plan);
    let accepted = 0;
    for (; accepted < plan.lookahead; accepted++) {
      debt += acceptanceOf(plan.draftSteps);
      if (debt < 1) break;
      debt -= 1;
    }
    control.learn({ draftSteps: plan.draftSteps, verifySteps: 32, drafted: plan.lookahead, tested: Math.min(plan.lookahead, accepted + 1), accepted, draftMs: 0, verifyMs: 0 });
  }
  return plans.slice(-60);
}

const mean = (plans: DraftPlan[], key: keyof DraftPlan): number => plans.reduce((sum, plan) => sum + plan[key], 0) / plans.length;

describe('the plan of drafting', () => {
  it('expects 1 + a + a² + ... tokens of a round', () => {
    expect(expectedTokens(0.5, 3)).toBeCloseTo(1.75);
    expect(expectedTokens(1, 3)).toBe(3);
    expect(expectedTokens(0, 5)).toBe(1);
  });

  it('drafts as far as it may, at the cheapest depth, when every draft is right', () => {
    const plans = live(() => 1);
    expect(mean(plans, 'lookahead')).toBeGreaterThan(7);
    expect(mean(plans, 'draftSteps')).toBeLessThan(2);
  });

  it('finds the depth from which drafts are right', () => {
    expect(mean(live((steps) => (steps >= 4 ? 0.95 : 0.05)), 'draftSteps')).toBeGreaterThan(3);
  });

  it('mostly decodes plainly when no draft is right', () => {
    expect(live(() => 0).filter(({ lookahead }) => lookahead === 0).length).toBeGreaterThan(40);
  });

  it('tries again after drafts have become right', () => {
    let good = false;
    const control = createDraftControl(options);
    for (let i = 0; i < 800; i++) {
      good ||= i === 400;
      const { draftSteps, lookahead } = control.plan(32);
      control.learn({ draftSteps, verifySteps: 32, drafted: lookahead, tested: Math.min(1, lookahead) + (good ? Math.max(0, lookahead - 1) : 0), accepted: good ? lookahead : 0, draftMs: 0, verifyMs: 0 });
    }
    expect(control.plan(32).lookahead).toBe(8);
  });

  it('stays with what was chosen if it may not adapt, and never drafts as deep as it verifies', () => {
    const control = createDraftControl({ ...options, adapt: false });
    expect(control.plan(32)).toEqual({ draftSteps: 4, lookahead: 8 });
    expect(control.plan(4).lookahead).toBe(0);
    expect(control.plan(2)).toEqual({ draftSteps: 2, lookahead: 0 });
    expect(createDraftControl(options).plan(1).lookahead).toBe(0);
  });

  it('drafts less far when further positions turn out to cost as much as tokens', () => {
    const control = createDraftControl({ ...options, measured: true });
    for (let i = 0; i < 60; i++) {
      const { draftSteps, lookahead } = control.plan(32);
      const cost = (steps: number): number => 4 + 4 * steps;
      const accepted = Math.floor(lookahead * 0.7);
      control.learn({ draftSteps, verifySteps: 32, drafted: lookahead, tested: Math.min(lookahead, accepted + 1), accepted, draftMs: lookahead * cost(draftSteps), verifyMs: cost(32) * (1 + lookahead) });
    }
    expect(control.plan(32).lookahead).toBe(0);
  });

  it('tries again after batches that were slow for a while, and takes no notice of the first batch of a width', () => {
    const control = createDraftControl({ ...options, measured: true });
    const cost = (steps: number): number => 4 + 4 * steps;
    const round = (lookahead: number, draftSteps: number, batch: number): Parameters<typeof control.learn>[0] => ({
      draftSteps, verifySteps: 32, drafted: lookahead, tested: lookahead, accepted: lookahead, draftMs: lookahead * cost(draftSteps), verifyMs: cost(32 - draftSteps) * batch,
    });
    control.learn(round(8, 4, 20));
    expect(control.plan(32).lookahead).toBeGreaterThan(1);
    for (let i = 0; i < 20; i++) control.learn(round(8, 4, 20));
    expect(control.plan(32).lookahead).toBe(0);
    for (let i = 0; i < 300; i++) control.learn({ ...round(0, 4, 1), verifyMs: cost(32) });
    expect(control.plan(32).lookahead).toBeGreaterThan(1);
  });
});

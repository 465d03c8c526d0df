// Owns fitting the score model: logistic regression over the features of candidates, on the tuning half alone.
import { featureNames, type Features } from '../../retrieval/features.js';
import type { ScoreModel } from '../../retrieval/score.js';
import type { Outcome } from './measure.js';

interface Example {
  features: Features;
  answers: boolean;
  weight: number;
}

const rounds = 6000;
const rate = 0.5;
/** Pulls towards zero: few questions, many features. */
const decay = 0.003;
/** More of it can only speak against a passage. */
const negative: ReadonlySet<string> = new Set(['missing']);

/** Signs are held: a passage that covers more of the question is never worth less. */
export function fitModel(examples: readonly Example[]): ScoreModel {
  const weights = Object.fromEntries(featureNames.map((name) => [name, 0])) as Features;
  let bias = 0;
  const total = examples.reduce((sum, { weight }) => sum + weight, 0);
  for (let round = 0; round < rounds; round += 1) {
    const slope = Object.fromEntries(featureNames.map((name) => [name, 0])) as Features;
    let biasSlope = 0;
    for (const { features, answers, weight } of examples) {
      const sum = featureNames.reduce((all, name) => all + weights[name] * features[name], bias);
      const error = ((1 / (1 + Math.exp(-sum)) - Number(answers)) * weight) / total;
      biasSlope += error;
      for (const name of featureNames) slope[name] += error * features[name];
    }
    bias -= rate * biasSlope;
    for (const name of featureNames) {
      const next = weights[name] - rate * (slope[name] + decay * weights[name]);
      weights[name] = negative.has(name) ? Math.min(0, next) : Math.max(0, next);
    }
  }
  return { bias: round3(bias), weights: Object.fromEntries(featureNames.map((name) => [name, round3(weights[name])])) };
}

const round3 = (value: number): number => Math.round(value * 1000) / 1000;

/** Every candidate of the answerable questions: which of them holds the answer. */
export function rankExamples(outcomes: readonly Outcome[]): Example[] {
  return outcomes
    .filter(({ question, candidates }) => !question.unanswerable && candidates.some(({ gold }) => gold))
    .flatMap(({ candidates }) => candidates.map(({ features, gold }) => ({ features, answers: gold, weight: gold ? 1 : 2 / candidates.length })));
}

/** The best candidate of every question: does it answer? Both kinds of question weigh the same. */
export function foundExamples(outcomes: readonly Outcome[]): Example[] {
  const first = outcomes.filter(({ candidates }) => candidates.length > 0);
  const none = first.filter(({ question }) => question.unanswerable).length;
  return first.map(({ question, candidates }) => ({ features: candidates[0]!.features, answers: !question.unanswerable, weight: question.unanswerable ? 1 / Math.max(1, none) : 1 / Math.max(1, first.length - none) }));
}

/** Where wrong abstentions stay within what is allowed and right ones are most. */
export function fitThreshold(outcomes: readonly Outcome[], wrongly: number): number {
  const scores = outcomes.filter(({ question }) => !question.unanswerable).map(({ foundScore }) => foundScore).toSorted((a, b) => a - b);
  const kept = scores[Math.floor(scores.length * wrongly)] ?? 0;
  const below = outcomes.map(({ foundScore }) => foundScore).filter((score) => score < kept).toSorted((a, b) => b - a)[0] ?? 0;
  return round3((kept + below) / 2);
}

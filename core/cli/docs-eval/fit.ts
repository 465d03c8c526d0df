// Owns fitting the score model: logistic regression over the features of candidates, on the tuning half alone.
import { featureNames, type Features } from '../../retrieval/features.js';
import { scoreOf, type ScoreModel } from '../../retrieval/score.js';
import type { Candidate, Outcome } from './measure.js';
import { allowedShares, areaOf, sharesAt, thresholdOf } from './trade-off.js';

interface Example {
  features: Features;
  answers: boolean;
  weight: number;
}

const rounds = 800;
const rate = 1.5;
/** Pulls towards zero: few questions, many features. */
const decay = 0.003;
/** More of it can only speak against a passage. */
const negative: ReadonlySet<string> = new Set(['missing', 'absent']);

/** Signs are held: a passage that covers more of the question is never worth less. */
function fitModel(examples: readonly Example[]): ScoreModel {
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
function rankExamples(outcomes: readonly Outcome[]): Example[] {
  return outcomes
    .filter(({ question, candidates }) => !question.unanswerable && candidates.some(({ gold }) => gold))
    .flatMap(({ candidates }) => candidates.map(({ features, gold }) => ({ features, answers: gold, weight: gold ? 1 : 2 / candidates.length })));
}

interface CrossValidated {
  wronglyNone: number;
  rightlyNone: number;
  rightlyNoneWithoutGold: number;
  area: number;
  /** Recognised, by the share of the answerable ones that a threshold set on these very scores turns away. */
  curve: { allowed: number; recognised: number }[];
}

export interface Fitted {
  rank: ScoreModel;
  found: ScoreModel;
  threshold: number;
  /** Of the tuning half, each fifth judged by a model of the other four. */
  crossValidated: CrossValidated;
  /** The same, counting only questions that nobody had at hand when rules and synonyms were written: the others do too well. */
  crossValidatedFresh: CrossValidated;
}

const folds = 5;
/** Share of answerable questions that may be turned away wrongly on the tuning half. */
const allowed = 0.05;

export function fit(outcomes: readonly Outcome[]): Fitted {
  const rank = fitModel(rankExamples(outcomes));
  const first = (candidates: readonly Candidate[]): Features | undefined => candidates.toSorted((a, b) => scoreOf(b.features, rank) - scoreOf(a.features, rank))[0]?.features;
  const tops = outcomes.map(({ question, candidates, withoutGold }) => ({ unanswerable: question.unanswerable, fresh: question.fresh, top: first(candidates), without: first(withoutGold) }));
  const train = (some: typeof tops): { found: ScoreModel; threshold: number } => {
    const none = some.filter(({ unanswerable }) => unanswerable).length;
    const examples = some.flatMap(({ unanswerable, top, without }): Example[] => [
      ...(top === undefined ? [] : [{ features: top, answers: !unanswerable, weight: unanswerable ? 1 / Math.max(1, none) : 1 / Math.max(1, some.length - none) }]),
      ...(without === undefined || unanswerable ? [] : [{ features: without, answers: false, weight: 0.5 / Math.max(1, some.length - none) }]),
    ]);
    const found = fitModel(examples);
    return { found, threshold: thresholdOf(some.filter(({ unanswerable }) => !unanswerable).map(({ top }) => (top === undefined ? 0 : scoreOf(top, found))), allowed) };
  };
  const judged: Judged[] = [];
  for (let fold = 0; fold < folds; fold += 1) {
    const { found, threshold } = train(tops.filter((_, index) => index % folds !== fold));
    const score = (top: Features | undefined): number => (top === undefined ? 0 : scoreOf(top, found));
    for (const { unanswerable, fresh, top, without } of tops.filter((_, index) => index % folds === fold)) {
      judged.push({ unanswerable, fresh, score: score(top), isNone: score(top) < threshold, isNoneWithoutGold: score(without) < threshold });
    }
  }
  return { rank, ...train(tops), crossValidated: summed(judged), crossValidatedFresh: summed(judged.filter(({ fresh }) => fresh)) };
}

interface Judged {
  unanswerable: boolean;
  fresh: boolean;
  score: number;
  isNone: boolean;
  isNoneWithoutGold: boolean;
}

function summed(judged: readonly Judged[]): CrossValidated {
  const answerable = judged.filter(({ unanswerable }) => !unanswerable);
  const unanswerable = judged.filter((one) => one.unanswerable);
  const share = (some: readonly Judged[], fits: (one: Judged) => boolean): number => round3(some.filter(fits).length / Math.max(1, some.length));
  return {
    wronglyNone: share(answerable, ({ isNone }) => isNone),
    rightlyNone: share(unanswerable, ({ isNone }) => isNone),
    rightlyNoneWithoutGold: share(answerable, ({ isNoneWithoutGold }) => isNoneWithoutGold),
    area: round3(areaOf(judged)),
    curve: allowedShares.map((each) => ({ allowed: each, recognised: round3(sharesAt(judged, thresholdOf(answerable.map(({ score }) => score), each)).recognised) })),
  };
}

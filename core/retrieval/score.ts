// Owns the calibrated score of a passage and the threshold of "not in your documents". Fitted by `plumb docs-eval --fit` on the tuning half.
import { featureNames, type Features } from './features.js';

export interface ScoreModel {
  bias: number;
  weights: Partial<Features>;
}

/** Which of the candidates holds the answer. */
export const rankModel: ScoreModel = {
  bias: -6,
  weights: { passage: 2, sentence: 2.5, heading: 0.5, document: 2, exactPassage: 0.5, exactDocument: 2, near: 1, answer: 0.8, fused: 1, missing: -0.5, pairs: 0.5, alone: 0.5 },
};

/** Whether the best of them answers at all. */
export const foundModel: ScoreModel = { bias: -6, weights: rankModel.weights };
export const foundThreshold = 0.5;

export function scoreOf(features: Features, model: ScoreModel): number {
  const sum = featureNames.reduce((total, name) => total + (model.weights[name] ?? 0) * features[name], model.bias);
  return 1 / (1 + Math.exp(-sum));
}

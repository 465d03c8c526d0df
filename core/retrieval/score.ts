// Owns the calibrated score of a passage and the threshold of "not in your documents". Fitted by `plumb docs-eval --fit` on the tuning half.
import { featureNames, type Features } from './features.js';

export interface ScoreModel {
  bias: number;
  weights: Partial<Features>;
}

/** Which of the candidates holds the answer. */
export const rankModel: ScoreModel = {
  bias: -7.685,
  weights: { passage: 2.106, sentence: 2.546, heading: 0.213, exactPassage: 1.894, exactDocument: 1.012, near: 0.738, answer: 1.025, fused: 1.557, missing: -0.322, absent: -0.226, asked: 0.169, alone: 0.957 },
};

/** Whether the best of them answers at all. */
export const foundModel: ScoreModel = {
  bias: -4.522,
  weights: { passage: 0.992, sentence: 0.674, document: 0.941, exactPassage: 1.213, exactDocument: 1.213, answer: 1.25, missing: -0.999, absent: -1.473, asked: 1.854 },
};
export const foundThreshold = 0.131;

export function scoreOf(features: Features, model: ScoreModel): number {
  const sum = featureNames.reduce((total, name) => total + (model.weights[name] ?? 0) * features[name], model.bias);
  return 1 / (1 + Math.exp(-sum));
}

// Owns the calibrated score of a passage and the threshold of "not in your documents". Fitted by `plumb docs-eval --fit` on the tuning half.
import { featureNames, type Features } from './features.js';

export interface ScoreModel {
  bias: number;
  weights: Partial<Features>;
}

/** Which of the candidates holds the answer. */
export const rankModel: ScoreModel = {
  bias: -6.371,
  weights: { passage: 2.015, sentence: 2.538, exactPassage: 1.696, exactDocument: 0.889, near: 1.343, answer: 0.81, fused: 0.936, missing: -1.258, absent: -0.626, asked: 0.319, alone: 0.951 },
};

/** Whether the best of them answers at all. */
export const foundModel: ScoreModel = {
  bias: -2.944,
  weights: { passage: 0.742, sentence: 0.557, document: 0.807, exactPassage: 1.073, exactDocument: 1.073, answer: 0.643, missing: -2.2, absent: -1.727, asked: 1.02, askedDocument: 0.802 },
};
export const foundThreshold = 0.18;

export function scoreOf(features: Features, model: ScoreModel): number {
  const sum = featureNames.reduce((total, name) => total + (model.weights[name] ?? 0) * features[name], model.bias);
  return 1 / (1 + Math.exp(-sum));
}

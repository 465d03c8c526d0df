// Owns the calibrated score of a passage and the threshold of "not in your documents". Fitted by `plumb docs-eval --fit` on the tuning half.
import { featureNames, type Features } from './features.js';

export interface ScoreModel {
  bias: number;
  weights: Partial<Features>;
}

/** Which of the candidates holds the answer. */
export const rankModel: ScoreModel = {
  bias: -6.457,
  weights: { passage: 2, sentence: 2.516, exactPassage: 1.671, exactDocument: 0.884, identified: 0.523, near: 1.307, answer: 0.768, fused: 0.96, missing: -1.175, absent: -0.621, asked: 0.415, alone: 0.904 },
};

/** Whether the best of them answers at all. */
export const foundModel: ScoreModel = {
  bias: -2.909,
  weights: { passage: 0.715, sentence: 0.555, document: 0.751, exactPassage: 1.087, exactDocument: 1.087, answer: 0.534, missing: -2.313, absent: -1.643, asked: 0.728, askedDocument: 1.299 },
};
export const foundThreshold = 0.184;

export function scoreOf(features: Features, model: ScoreModel): number {
  const sum = featureNames.reduce((total, name) => total + (model.weights[name] ?? 0) * features[name], model.bias);
  return 1 / (1 + Math.exp(-sum));
}

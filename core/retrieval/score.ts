// Owns the calibrated score of a passage and the threshold of "not in your documents". Fitted by `plumb docs-eval --fit` on the tuning half.
import { featureNames, type Features } from './features.js';

export interface ScoreModel {
  bias: number;
  weights: Partial<Features>;
}

/** Which of the candidates holds the answer. */
export const rankModel: ScoreModel = {
  bias: -4.667,
  weights: { passage: 1.891, sentence: 1.735, heading: 0.127, document: 0.11, exactPassage: 1.524, exactDocument: 0.834, identified: 0.954, near: 0.392, answer: 0.559, fused: 0.541, missing: -1.311, absent: -0.87, asked: 0.384, pairs: 0.051, alone: 0.973 },
};

/** Whether the best of them answers at all. */
export const foundModel: ScoreModel = {
  bias: -1.219,
  weights: { document: 0.372, exactPassage: 0.915, exactDocument: 0.915, answer: 0.485, missing: -2.732, absent: -1.233, asked: 0.985, askedDocument: 0.815 },
};
/** A twentieth of the answerable questions of the tuning half lie below. */
export const foundThreshold = 0.141;
/** Below it what was found may not be what was asked for: a fifth of the answerable questions of the tuning half lie there. */
export const unsureThreshold = 0.258;

export function scoreOf(features: Features, model: ScoreModel): number {
  const sum = featureNames.reduce((total, name) => total + (model.weights[name] ?? 0) * features[name], model.bias);
  return 1 / (1 + Math.exp(-sum));
}

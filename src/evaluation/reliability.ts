// Whether probabilities mean what they say: predictions in bins of equal width by their confidence (the highest
// probability), and in each how many were right. The expected calibration error is the mean gap between the two,
// weighted by the bins' rows (Naeini et al. 2015; with 15 bins as in Guo et al. 2017, arXiv 1706.04599, eq. 3).

import { probabilitiesOf, type ScoredRows } from "./temperature.ts";

/** Predictions whose confidence lies above `from` and at or below `to`. */
export interface ReliabilityBin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** Mean confidence of the bin's predictions, 0..1. */
  readonly confidence: number;
  /** Share of them that are right, 0..1. */
  readonly accuracy: number;
}

export interface Reliability {
  /** Expected calibration error, 0..1. */
  readonly error: number;
  /** By rising confidence, empty ones left out. */
  readonly bins: readonly ReliabilityBin[];
}

/** Bins between 0 and 1. */
export const reliabilityBins = 15;

/** How far the probabilities softmax(scores) of the likeliest classes are from how often these are right. */
export function reliabilityOf({ scores, labels, classes }: ScoredRows): Reliability {
  const sums = Array.from({ length: reliabilityBins }, () => ({ count: 0, confidence: 0, right: 0 }));
  for (let row = 0; row < labels.length; row++) {
    const probabilities = probabilitiesOf(scores.subarray(row * classes, (row + 1) * classes), 1);
    const confidence = Math.max(...probabilities);
    const bin = sums[Math.min(reliabilityBins - 1, Math.max(0, Math.ceil(confidence * reliabilityBins) - 1))];
    bin.count++;
    bin.confidence += confidence;
    if (probabilities.indexOf(confidence) === labels[row]) bin.right++;
  }
  const error = sums.reduce((sum, { confidence, right }) => sum + Math.abs(confidence - right), 0) / labels.length;
  const bins = sums.flatMap(({ count, confidence, right }, i) => {
    const [from, to] = [i / reliabilityBins, (i + 1) / reliabilityBins];
    return count === 0 ? [] : [{ from, to, count, confidence: confidence / count, accuracy: right / count }];
  });
  return { error, bins };
}

// Columns brought to mean 0 and deviation 1 with the statistics of the training rows, so that a
// penalty means the same whatever the scale of the features, and no column counts more for its unit.

import type { Rows } from "./neighbours.ts";

/**
 * Mean and deviation of each column [width]; the deviation of
 * a column that never changes is 1, so that it stays at zero.
 */
export interface Scaling {
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
}

/** Statistics of the columns of `features` [rows, width]. */
export function scalingOf(features: Rows, width: number): Scaling {
  const rows = features.length / width;
  const mean = new Float64Array(width);
  const squares = new Float64Array(width);
  for (let start = 0; start < features.length; start += width) {
    for (let j = 0; j < width; j++) mean[j] += features[start + j];
  }
  for (let j = 0; j < width; j++) mean[j] /= rows;
  for (let start = 0; start < features.length; start += width) {
    for (let j = 0; j < width; j++) squares[j] += (features[start + j] - mean[j]) ** 2;
  }
  return { mean, deviation: squares.map((sum) => Math.sqrt(sum / rows) || 1) };
}

/** A scaled copy of `features` [rows, width]. */
export function scaled(features: Rows, { mean, deviation }: Scaling): Float32Array {
  const width = mean.length;
  const copy = new Float32Array(features.length);
  for (let start = 0; start < features.length; start += width) {
    for (let j = 0; j < width; j++) copy[start + j] = (features[start + j] - mean[j]) / deviation[j];
  }
  return copy;
}

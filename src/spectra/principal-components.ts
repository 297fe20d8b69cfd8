// Principal components: fit on many feature rows once, project others into the same
// basis (one basis for all pictures). The rows of `components` are the leading
// eigenvectors of the covariance (divisor rows - 1), x -> components (x - mean).
import { covariance, type FeatureRows, rowCovariance } from "./spectrum.ts";
import { symmetricEigen } from "./symmetric-eigen.ts";

/** A basis of `count` orthonormal directions, the one of largest variance first. */
export interface PrincipalBasis {
  readonly width: number;
  readonly count: number;
  /** [width] */
  readonly mean: Float64Array;
  /** [count, width], each with its largest entry positive, so that refitting the same rows keeps the signs. */
  readonly components: Float64Array;
  /** Variance along each direction [count]. */
  readonly variance: Float64Array;
  /** Share of the total variance along each direction [count], in 0..1. */
  readonly share: Float64Array;
}

/**
 * Fits `count` principal components to feature rows [rows,
 * width]. Throws `UserError` on fewer than two rows, NaN or Inf.
 */
export function principalComponents(features: FeatureRows, width: number, count: number): PrincipalBasis {
  return fromFewRows(features, width, count) ?? fromCovariance(features, width, count);
}

function fromCovariance(features: FeatureRows, width: number, count: number): PrincipalBasis {
  const { mean, covariance: matrix } = covariance(features, width);
  const { values, vectors } = symmetricEigen(matrix, width);
  // Rounding leaves tiny negative values where the features have no variance at all.
  const variances = values.map((value) => Math.max(value, 0));
  const total = Math.max(
    variances.reduce((sum, value) => sum + value, 0),
    Number.MIN_VALUE,
  );
  const variance = variances.slice(0, count);
  return {
    width,
    count: variance.length,
    mean,
    components: vectors.slice(0, variance.length * width),
    variance,
    share: variance.map((value) => value / total),
  };
}

/** Below this part of the largest variance a direction out of few rows is mostly rounding. */
const leastVariance = 1e-9;

/**
 * The same out of the matrix [rows, rows] of the rows' products, whose eigenvectors weigh the rows: for the patches of
 * one picture much smaller than the covariance. Undefined where it is not smaller, or directions hold next to no
 * variance.
 */
function fromFewRows(features: FeatureRows, width: number, count: number): PrincipalBasis | undefined {
  const rows = features.length / width;
  if (!(rows < width && count < rows)) return undefined;
  const { mean, centred, products } = rowCovariance(features, width);
  const { values, vectors } = symmetricEigen(products, rows);
  if (!(values[count - 1] > leastVariance * values[0])) return undefined;
  const total = values.reduce((sum, value) => sum + Math.max(value, 0), 0);
  const components = new Float64Array(count * width);
  for (let k = 0; k < count; k++) {
    const direction = components.subarray(k * width, (k + 1) * width);
    for (let row = 0; row < rows; row++) {
      const weight = vectors[k * rows + row];
      for (let j = 0; j < width; j++) direction[j] += weight * centred[row * width + j];
    }
    const largest = direction.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
    const scale = Math.sign(largest) / Math.hypot(...direction);
    for (let j = 0; j < width; j++) direction[j] *= scale;
  }
  const variance = values.slice(0, count);
  return { width, count, mean, components, variance, share: variance.map((value) => value / total) };
}

/** Coordinates [rows, count] of feature rows [rows, width] in a basis that was fitted to these or other rows. */
export function project(basis: PrincipalBasis, features: FeatureRows): Float32Array {
  const { width, count, mean, components } = basis;
  const rows = features.length / width;
  const coordinates = new Float32Array(rows * count);
  for (let row = 0; row < rows; row++) {
    for (let k = 0; k < count; k++) {
      let sum = 0;
      for (let j = 0; j < width; j++) sum += (features[row * width + j] - mean[j]) * components[k * width + j];
      coordinates[row * count + k] = sum;
    }
  }
  return coordinates;
}

// The spectrum of a set of feature rows: how many directions the features really use, and how far each spreads.
// RankMe (Garrido et al. 2023, arXiv 2210.02885, eq. 1): exp(-sum p log p), p = s / sum(s) + 1e-7 over the singular
// values s of the uncentred matrix. Effective rank (Roy & Vetterli 2007) is the same without the 1e-7.
import { UserError } from "../errors/index.ts";
import { symmetricEigenvalues } from "./symmetric-eigen.ts";

/** Feature rows one after another, [rows, width], in either precision; sums are kept in float64. */
export type FeatureRows = Float32Array | Float64Array;

/** Mean [width] and covariance [width, width] with divisor rows - 1. */
export interface Moments {
  readonly mean: Float64Array;
  readonly covariance: Float64Array;
}

const rankMeEpsilon = 1e-7;

/**
 * RankMe of feature rows [rows, width]: 1 (all features on one
 * line) to min(rows, width). Throws `UserError` on NaN or Inf.
 */
export function rankMe(features: FeatureRows, width: number): number {
  return entropyRank(singularValues(features, width), rankMeEpsilon);
}

/** Effective rank of feature rows [rows, width]: RankMe without its epsilon. Throws `UserError` on NaN or Inf. */
export function effectiveRank(features: FeatureRows, width: number): number {
  return entropyRank(singularValues(features, width), 0);
}

/**
 * Singular values of the uncentred matrix [rows, width], descending, min(rows, width) of them: roots of the eigenvalues
 * of the smaller Gram matrix, so those below about 1e-8 of the largest are rounding. Throws `UserError` on NaN or Inf.
 */
export function singularValues(features: FeatureRows, width: number): Float64Array {
  const rows = rowCount(features, width);
  const gram =
    rows < width ? productOfColumns(transposed(features, rows, width), rows) : productOfColumns(features, width);
  return symmetricEigenvalues(gram, Math.min(rows, width)).map((value) => Math.sqrt(Math.max(value, 0)));
}

/**
 * Standard deviation (divisor rows) of each of the `width` dimensions [width]; zero in all of them is total collapse.
 */
export function standardDeviations(features: FeatureRows, width: number): Float64Array {
  const rows = rowCount(features, width);
  const mean = meanRow(features, width);
  const squares = new Float64Array(width);
  for (let start = 0; start < features.length; start += width) {
    for (let j = 0; j < width; j++) squares[j] += (features[start + j] - mean[j]) ** 2;
  }
  return squares.map((sum) => Math.sqrt(sum / rows));
}

/** Mean and covariance of feature rows [rows, width]; needs two rows or more. */
export function covariance(features: FeatureRows, width: number): Moments {
  const { rows, mean, centred } = centredRows(features, width);
  return { mean, covariance: productOfColumns(centred, width).map((sum) => sum / (rows - 1)) };
}

/**
 * Rows [rows, width] less their mean, and their products with each other [rows, rows] over rows - 1; two rows or more.
 */
export function rowCovariance(
  features: FeatureRows,
  width: number,
): { readonly mean: Float64Array; readonly centred: Float64Array; readonly products: Float64Array } {
  const { rows, mean, centred } = centredRows(features, width);
  const products = productOfColumns(transposed(centred, rows, width), rows).map((sum) => sum / (rows - 1));
  return { mean, centred, products };
}

function centredRows(
  features: FeatureRows,
  width: number,
): { readonly rows: number; readonly mean: Float64Array; readonly centred: Float64Array } {
  const rows = rowCount(features, width, 2);
  const mean = meanRow(features, width);
  const centred = new Float64Array(features.length);
  for (let i = 0; i < centred.length; i++) centred[i] = features[i] - mean[i % width];
  return { rows, mean, centred };
}

/** exp of the entropy of s / sum(s) + epsilon. All-zero features count as one direction. */
function entropyRank(singular: Float64Array, epsilon: number): number {
  const total = Math.max(
    singular.reduce((sum, value) => sum + value, 0),
    Number.MIN_VALUE,
  );
  let entropy = 0;
  for (const value of singular) {
    const share = value / total + epsilon;
    if (share > 0) entropy -= share * Math.log(share);
  }
  return Math.exp(entropy);
}

/** X' X for X [rows, width] as a full symmetric [width, width]; four rows a pass, so that the sums stay in cache. */
function productOfColumns(features: FeatureRows, width: number): Float64Array {
  const product = new Float64Array(width * width);
  const block = 4 * width;
  const padded = new Float64Array(block);
  for (let start = 0; start < features.length; start += block) {
    padded.fill(0);
    padded.set(features.subarray(start, start + block));
    for (let i = 0; i < width; i++) addOuterRow(product, padded, width, i);
  }
  for (let i = 0; i < width; i++) for (let j = 0; j < i; j++) product[i * width + j] = product[j * width + i];
  return product;
}

function addOuterRow(product: Float64Array, block: Float64Array, width: number, row: number): void {
  const [a, b, c, d] = [block[row], block[width + row], block[2 * width + row], block[3 * width + row]];
  const start = row * width;
  for (let j = row; j < width; j++) {
    product[start + j] += a * block[j] + b * block[width + j] + c * block[2 * width + j] + d * block[3 * width + j];
  }
}

function transposed(features: FeatureRows, rows: number, width: number): Float64Array {
  const columns = new Float64Array(rows * width);
  for (let i = 0; i < rows; i++) for (let j = 0; j < width; j++) columns[j * rows + i] = features[i * width + j];
  return columns;
}

function meanRow(features: FeatureRows, width: number): Float64Array {
  const sums = new Float64Array(width);
  for (let start = 0; start < features.length; start += width) {
    for (let j = 0; j < width; j++) sums[j] += features[start + j];
  }
  return sums.map((sum) => (sum * width) / features.length);
}

function rowCount(features: FeatureRows, width: number, least = 1): number {
  const rows = features.length / width;
  if (Number.isInteger(rows) && rows >= least) return rows;
  throw new UserError({
    where: "spectrum of the features",
    expected: `${least} or more whole rows of width ${width}`,
    received: `${features.length} numbers`,
    remedy: "give more pictures, or the width that the features were made with",
  });
}

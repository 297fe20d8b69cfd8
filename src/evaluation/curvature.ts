// How the logistic objective curves, as the inverse that L-BFGS
// is given. For each class the Hessian over the weights is near
//   H = G / classes + penalty,   G = X' X / rows
// (exact where all classes are equally probable, up to their common direction). Narrow features:
// the Cholesky factor of H. Wide ones: a randomised Nystrom approximation G = B B' of low rank
// (Frangella, Tropp and Udell 2023, arXiv 2110.02820, algorithm 2.1) and the identity of Woodbury;
// it suffices there, because features by the thousand need strong penalties.

import { randomStream } from "../random/index.ts";
import { type Runtime, withProgram } from "../runtime/index.ts";
import { input, matmul, mul, type Tensor } from "../tensor/index.ts";
import { choleskyFactor, solve, solveLower } from "./cholesky.ts";

/** Gives, for a penalty, the multiplication of a vector [width] by an approximate H^-1, in place. */
export type Curvature = (penalty: number) => (vector: Float64Array) => void;

/** Rows of standardised features with their shares of the mean: features [rows, width], share [rows, 1]. */
export interface WeightedRows {
  readonly features: Float32Array;
  readonly share: Float32Array;
}

interface Sizes {
  readonly rows: number;
  readonly width: number;
  readonly classes: number;
}

/** Wider features get the low-rank form: the factor's width^3 / 3 operations would take longer than the fit. */
const widestFactored = 1_024;
const rank = 256;

/** Measures the curvature on blocks of `rows` rows each. */
export function measureCurvature(runtime: Runtime, blocks: readonly WeightedRows[], sizes: Sizes): Promise<Curvature> {
  return sizes.width <= widestFactored ? factored(runtime, blocks, sizes) : sketched(runtime, blocks, sizes);
}

async function factored(runtime: Runtime, blocks: readonly WeightedRows[], sizes: Sizes): Promise<Curvature> {
  const { rows, width, classes } = sizes;
  const features = input("features", [rows, width]);
  const weighted = mul(features, input("share", [rows, 1]));
  const gram = await sumOverBlocks(runtime, blocks, matmul(weighted, features, { transposeA: true }));
  return (penalty) => {
    const hessian = gram.map((entry) => entry / classes);
    for (let i = 0; i < width; i++) hessian[i * width + i] += penalty;
    const factor = choleskyFactor(hessian, width);
    return (vector) => solve(factor, vector);
  };
}

/** H = B B' / classes + rest, where the rest is the penalty and the mean of the variance that B leaves out. */
async function sketched(runtime: Runtime, blocks: readonly WeightedRows[], sizes: Sizes): Promise<Curvature> {
  const { rows, width, classes } = sizes;
  const stream = randomStream(0, "curvature");
  const probes = Float32Array.from({ length: width * rank }, () => stream.normal());
  const features = input("features", [rows, width]);
  const seen = mul(matmul(features, input("probes", [width, rank])), input("share", [rows, 1]));
  const images = await sumOverBlocks(runtime, blocks, matmul(features, seen, { transposeA: true }), { probes });
  const basis = nystromBasis(probes, images, width);
  const inner = columnProducts(basis, basis, width);
  const held = basis.reduce((sum, value) => sum + value * value, 0);
  const left = Math.max(0, (width - held) / (width - rank));
  return (penalty) => {
    const rest = penalty + left / classes;
    const core = inner.slice();
    for (let i = 0; i < rank; i++) core[i * rank + i] += rest * classes;
    const factor = choleskyFactor(core, rank);
    // Woodbury: (B B' / classes + rest)^-1 v = (v - B (rest classes + B' B)^-1 B' v) / rest
    return (vector) => {
      const coordinates = transposedTimes(basis, vector);
      solve(factor, coordinates);
      subtractTimes(vector, basis, coordinates);
      for (let i = 0; i < width; i++) vector[i] /= rest;
    };
  };
}

/**
 * B [width, rank] with B B' = Y (P' Y)^-1 Y' for probes P and their images Y = G P; a small shift keeps P' Y definite.
 */
function nystromBasis(probes: Float32Array, images: Float64Array, width: number): Float64Array {
  const shift = 1e-6 * width;
  const basis = images.map((value, i) => value + shift * probes[i]);
  const factor = choleskyFactor(columnProducts(probes, basis, width), rank);
  for (let row = 0; row < width; row++) solveLower(factor, basis.subarray(row * rank, (row + 1) * rank));
  return basis;
}

/** A' B [rank, rank] for A and B [width, rank]. */
function columnProducts(a: ArrayLike<number>, b: ArrayLike<number>, width: number): Float64Array {
  const products = new Float64Array(rank * rank);
  for (let row = 0; row < width; row++) {
    for (let i = 0; i < rank; i++) {
      const factor = a[row * rank + i];
      for (let j = 0; j <= i; j++) products[i * rank + j] += factor * b[row * rank + j];
    }
  }
  return products;
}

function transposedTimes(basis: Float64Array, vector: Float64Array): Float64Array {
  const product = new Float64Array(rank);
  for (let row = 0; row < vector.length; row++) {
    for (let j = 0; j < rank; j++) product[j] += vector[row] * basis[row * rank + j];
  }
  return product;
}

function subtractTimes(vector: Float64Array, basis: Float64Array, coordinates: Float64Array): void {
  for (let row = 0; row < vector.length; row++) {
    let sum = 0;
    for (let j = 0; j < rank; j++) sum += basis[row * rank + j] * coordinates[j];
    vector[row] -= sum;
  }
}

/** The sum over blocks of what a graph makes of each. */
async function sumOverBlocks(
  runtime: Runtime,
  blocks: readonly WeightedRows[],
  product: Tensor,
  fixed: Readonly<Record<string, Float32Array>> = {},
): Promise<Float64Array> {
  const sum = new Float64Array(product.shape[0] * product.shape[1]);
  const part = new Float32Array(sum.length);
  await withProgram(runtime, { product }, async (program) => {
    for (const { features, share } of blocks) {
      await program.run({ features, share, ...fixed }, { product: part });
      for (let i = 0; i < sum.length; i++) sum[i] += part[i];
    }
  });
  return sum;
}

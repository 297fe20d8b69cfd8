// AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101, algorithm 2) with the teacher's
// moving average in the same pass, as a program over one chunk of the flat store:
//   p <- p (1 - rate decay)      m <- b1 m + (1 - b1) g      v <- b2 v + (1 - b2) g^2
//   p <- p - rate / (1 - b1^t) * m / (sqrt(v / (1 - b2^t)) + eps)         teacher <- k teacher + (1 - k) p

import { add, div, input, matmul, mul, sqrt, square, sub, type Tensor } from "../tensor/index.ts";

export interface AdamOptions {
  readonly betas: readonly [number, number];
  readonly eps: number;
}

export interface UpdateOptions extends AdamOptions {
  /** Elements of a chunk. */
  readonly chunk: number;
  /** Whether the chunk has a teacher that follows it. */
  readonly teacher: boolean;
  /** Whether gradients are scaled first (clipping). */
  readonly scaled: boolean;
}

/**
 * The update of a chunk: inputs `parameters`, `first`, `second`, `gradients` and with
 * a teacher `teacher`, each [chunk], and the scalars of `updateScalars`; outputs
 * `newParameters` and so on, each of which may be the memory of its input.
 */
export function updateOfChunk({ betas: [b1, b2], chunk, teacher, scaled }: UpdateOptions): Record<string, Tensor> {
  const chunkOf = (name: string) => input(name, [chunk]);
  const scalar = (name: string) => input(name, [1]);
  const gradient = scaled ? mul(chunkOf("gradients"), scalar("scale")) : chunkOf("gradients");
  const first = add(mul(chunkOf("first"), b1), mul(gradient, 1 - b1));
  const second = add(mul(chunkOf("second"), b2), mul(square(gradient), 1 - b2));
  // sqrt(v / c2) + eps = (sqrt(v) + eps sqrt(c2)) / sqrt(c2): the corrections move into two scalars.
  const direction = div(first, add(sqrt(second), scalar("epsilon")));
  const parameters = sub(mul(chunkOf("parameters"), scalar("keep")), mul(direction, scalar("rate")));
  const updated = { newParameters: parameters, newFirst: first, newSecond: second };
  if (!teacher) return updated;
  const followed = add(mul(chunkOf("teacher"), scalar("momentum")), mul(parameters, scalar("follow")));
  return { ...updated, newTeacher: followed };
}

/** What one step's update is told. */
export interface StepSettings {
  /** Counted from 1. */
  readonly step: number;
  /** Learning rate, 0 or more. */
  readonly rate: number;
  /** Weight decay, 0 or more. */
  readonly decay: number;
  /** The teacher's share of itself, 0..1. */
  readonly momentum: number;
  /** Factor of the gradients, 1 when nothing is clipped. */
  readonly scale: number;
}

/** The scalars of one step's update, each [1]. */
export function updateScalars(
  { betas: [b1, b2], eps }: AdamOptions,
  settings: StepSettings,
): Record<string, Float32Array> {
  const { step, rate, decay, momentum, scale } = settings;
  const correction = Math.sqrt(1 - b2 ** step);
  const scalars = {
    keep: 1 - rate * decay,
    rate: (rate * correction) / (1 - b1 ** step),
    epsilon: eps * correction,
    momentum,
    follow: 1 - momentum,
    scale,
  };
  return Object.fromEntries(Object.entries(scalars).map(([name, value]) => [name, Float32Array.of(value)]));
}

/**
 * Sums of squares of a gradient store, piece by piece, in float32: output `norms` [pieces, 1, 1]; the caller adds them
 * in float64. A piece's sum is its product with itself, which takes a fifth of the time of a reduction.
 *
 * @param length elements of the store, a multiple of a large power of 2: a piece is the largest that divides it
 */
export function squaredNorms(length: number): Record<string, Tensor> {
  let piece = longestPiece;
  while (length % piece !== 0) piece /= 2;
  const pieces = input("gradients", [length / piece, 1, piece]);
  return { norms: matmul(pieces, pieces, { transposeB: true }) };
}

/** Elements that are added in float32, a power of 2: fewer cost more time, more cost digits. */
const longestPiece = 8192;

/** Factor that brings a gradient of norm `norm` down to at most `limit` (torch's clip_grad_norm_). */
export function clipScale(norm: number, limit: number | undefined): number {
  return limit === undefined ? 1 : Math.min(1, limit / (norm + 1e-6));
}

/** Official groups: biases and vectors are not decayed; matrices, convolutions and the mask token are. */
export function isDecayed(name: string, shape: readonly number[]): boolean {
  return shape.length > 1 && !name.includes("bias");
}

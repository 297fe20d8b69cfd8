// Distances between predicted and target representations, per element, with exact gradients and few passes over memory.

import { abs, clip, mul, square, stopGradient, sub, type Tensor } from "../tensor/index.ts";

export type DistanceName = "smooth_l1" | "l2" | "l1";

/** Elementwise distance of two tensors of one shape; its gradient flows into both. */
export const distances: Readonly<Record<DistanceName, (predicted: Tensor, target: Tensor) => Tensor>> = {
  smooth_l1: (predicted, target) => smoothL1(sub(predicted, target)),
  l2: (predicted, target) => square(sub(predicted, target)),
  l1: (predicted, target) => abs(sub(predicted, target)),
};

/**
 * 0.5 d^2 where |d| < 1, |d| - 0.5 beyond (beta 1). With c = d cut to [-1, 1] both branches are
 * c (d - c / 2), and c is also the derivative: held fixed, the product has it as its gradient.
 */
function smoothL1(difference: Tensor): Tensor {
  const cut = stopGradient(clip(difference, -1, 1));
  return mul(cut, sub(difference, mul(cut, 0.5)));
}

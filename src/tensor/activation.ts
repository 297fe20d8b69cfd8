// Nonlinear functions of networks. GELU is the exact form x * Phi(x), Phi the normal distribution function
// (Hendrycks and Gimpel 2016, arXiv 1606.08415), not its tanh approximation: the checkpoints were trained with it.

import { greater, where } from "./comparison.ts";
import { add, exp, mul, square, sub } from "./elementwise.ts";
import { constant, type Tensor } from "./graph.ts";
import { type Unary, unary } from "./unary.ts";

/** The error function: 2 / sqrt(pi) times the integral of e^(-t^2) from 0 to x. */
export const erf: Unary = unary("erf", {
  onnx: "Erf",
  gradient: (x, _y, dy) => mul(mul(dy, 2 / Math.sqrt(Math.PI)), exp(mul(square(x), -1))),
  apply: erfOf,
  cost: 8,
});
/** The hyperbolic tangent. */
export const tanh: Unary = unary("tanh", {
  onnx: "Tanh",
  gradient: (_x, y, dy) => mul(dy, sub(1, square(y))),
  apply: Math.tanh,
  cost: 8,
});
/** 1 / (1 + e^-x). */
export const sigmoid: Unary = unary("sigmoid", {
  onnx: "Sigmoid",
  gradient: (_x, y, dy) => mul(dy, mul(y, sub(1, y))),
  apply: (x) => 1 / (1 + Math.exp(-x)),
  cost: 8,
});
/** max(x, 0); at 0 no gradient flows. */
export const relu: Unary = unary("relu", {
  onnx: "Relu",
  gradient: (x, _y, dy) => where(greater(x, constant(0)), dy, constant(0)),
  apply: (x) => Math.max(0, x),
  cost: 1,
});
/** x * Phi(x), with the exact error function. */
export const gelu: Unary = unary("gelu", {
  onnx: "Gelu",
  gradient: (x, _y, dy) => mul(mul(dy, 0.5), twiceGeluSlope(x)),
  again: (x) => mul(mul(scaledForErf(x), twiceChance(x)), Math.SQRT1_2),
  apply: geluOf,
  cost: 10,
});

/**
 * 2 (Phi(x) + x phi(x)) in few passes over memory: with t = x / sqrt(2) it is
 *   1 + erf(t) + t exp(log(2 / sqrt(pi)) - t^2),
 * and the half that is left goes into the product that made the upstream gradient.
 */
function twiceGeluSlope(x: Tensor): Tensor {
  const t = scaledForErf(x);
  const bell = exp(sub(Math.log(2 / Math.sqrt(Math.PI)), square(t)));
  return add(twiceChance(x), mul(t, bell));
}

/** 2 Phi(x) = 1 + erf(x / sqrt(2)) */
function twiceChance(x: Tensor): Tensor {
  return add(erf(scaledForErf(x)), 1);
}

function scaledForErf(x: Tensor): Tensor {
  return mul(x, Math.SQRT1_2);
}

function geluOf(x: number): number {
  return 0.5 * x * (1 + erfOf(x / Math.SQRT2));
}

/**
 * Error function in double precision: its Taylor series near zero, a continued fraction of erfc beyond (both to 1e-16).
 */
export function erfOf(x: number): number {
  const a = Math.abs(x);
  if (a < 2.5) {
    let term = a;
    let sum = a;
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum) && n < 200; n++) {
      term *= (-a * a) / n;
      sum += term / (2 * n + 1);
    }
    return (Math.sign(x) * 2 * sum) / Math.sqrt(Math.PI);
  }
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (a + fraction);
  return Math.sign(x) * (1 - Math.exp(-a * a) / ((a + fraction) * Math.sqrt(Math.PI)));
}

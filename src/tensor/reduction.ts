// Reductions over axes: sum, mean, largest, smallest. Default:
// over every axis, to a scalar; `keep` leaves axes of size 1.

import { cast, equal } from "./comparison.ts";
import { add, div, exp, log, mul, square, sub } from "./elementwise.ts";
import type { Shape, Signature, Tensor } from "./graph.ts";
import { expand, reshape } from "./movement.ts";
import { type Context, operation, type TensorFunction } from "./operation.ts";
import { axesOf, elements, requireType, stridesOf } from "./shapes.ts";

/** What is reduced, and what is left of it. */
export interface ReductionOptions {
  /** Counted from the back where negative; every axis when absent. */
  readonly axes?: number | readonly number[];
  /** Whether reduced axes stay, of size 1; else they are gone. */
  readonly keep?: boolean;
}
type Reduction = TensorFunction<[x: Tensor, options?: ReductionOptions]>;
type Attributes = { readonly axes: readonly number[]; readonly keep: boolean };

interface ReductionParts {
  readonly onnx: string;
  readonly gradient: (x: Tensor, kept: Tensor, dy: Tensor, count: number) => Tensor;
  readonly start: number;
  readonly step: (sum: number, value: number) => number;
  readonly finish?: (sum: number, count: number) => number;
}

function reduction(name: string, { onnx, gradient, start, step, finish = (sum) => sum }: ReductionParts): Reduction {
  return operation(name, {
    call: (x: Tensor, { axes, keep = false }: ReductionOptions = {}) => ({
      inputs: [x],
      attributes: { axes: axesOf(name, x, axes), keep },
    }),
    shape: ([x], { axes, keep }) => {
      requireType(name, x, "f32", "i32", "i64");
      return { shape: reducedShape(x.shape, axes, keep), dtype: x.dtype };
    },
    gradient: ([x], y, dy, { axes }) => {
      const kept = reducedShape(x.shape, axes, true);
      const count = elements(x.shape) / elements(kept);
      return [gradient(x, reshape(y, kept), reshape(dy, kept), count)];
    },
    lower: (emitter, [x], { attributes: { axes, keep } }) =>
      emitter.node(onnx, [x, emitter.integers(axes)], { keepdims: keep ? 1 : 0 }),
    reference: ([x], context) => reduceReference(x, context, start, step, finish),
    flops: ({ inputs }) => elements(inputs[0].shape),
  });
}

/** The sum over the axes. */
export const sum: Reduction = reduction("sum", {
  onnx: "ReduceSum",
  gradient: (x, _y, dy) => expand(dy, x.shape),
  start: 0,
  step: (total, value) => total + value,
});
/** The mean over the axes. */
export const mean: Reduction = reduction("mean", {
  onnx: "ReduceMean",
  gradient: (x, _y, dy, count) => expand(mul(dy, 1 / count), x.shape),
  start: 0,
  step: (total, value) => total + value,
  finish: (total, count) => total / count,
});
/** Sum of squares, in one pass. */
export const sumOfSquares: Reduction = reduction("sumOfSquares", {
  onnx: "ReduceSumSquare",
  gradient: (x, _y, dy) => mul(mul(x, 2), dy),
  start: 0,
  step: (total, value) => total + value * value,
});
/** The largest element; where several are equal they share the gradient. */
export const max: Reduction = reduction("max", {
  onnx: "ReduceMax",
  gradient: shareOfEqual,
  start: Number.NEGATIVE_INFINITY,
  step: Math.max,
});
/** The smallest element; where several are equal they share the gradient. */
export const min: Reduction = reduction("min", {
  onnx: "ReduceMin",
  gradient: shareOfEqual,
  start: Number.POSITIVE_INFINITY,
  step: Math.min,
});

/** Mean squared distance from the mean (divisor n, not n - 1). */
export function variance(x: Tensor, options: ReductionOptions = {}): Tensor {
  return mean(square(sub(x, mean(x, { ...options, keep: true }))), options);
}

/** log(sum(exp(x))), shifted by the largest element so that nothing overflows. */
export function logSumExp(x: Tensor, { axes, keep = false }: ReductionOptions = {}): Tensor {
  const top = max(x, axes === undefined ? { keep: true } : { axes, keep: true });
  const kept = add(log(sum(exp(sub(x, top)), axes === undefined ? { keep: true } : { axes, keep: true })), top);
  return keep ? kept : reshape(kept, reducedShape(x.shape, axesOf("logSumExp", x, axes), false));
}

/** The shape that is left when axes (counted from the front) are reduced. */
export function reducedShape(shape: Shape, axes: readonly number[], keep: boolean): Shape {
  return keep
    ? shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
    : shape.filter((_, axis) => !axes.includes(axis));
}

function shareOfEqual(x: Tensor, y: Tensor, dy: Tensor): Tensor {
  const chosen = cast(equal(x, y), "f32");
  const axes = x.shape.flatMap((size, axis) => (size === y.shape[axis] ? [] : [axis]));
  return axes.length === 0 ? dy : mul(chosen, div(dy, sum(chosen, { axes, keep: true })));
}

function reduceReference(
  x: Float64Array,
  { attributes: { axes }, inputs }: Context<Attributes>,
  start: number,
  step: (total: number, value: number) => number,
  finish: (total: number, count: number) => number,
): Float64Array {
  const [{ shape }]: readonly Signature[] = inputs;
  const kept = reducedShape(shape, axes, true);
  const keptStrides = stridesOf(kept);
  const strides = stridesOf(shape);
  const totals = new Float64Array(elements(kept)).fill(start);
  for (let element = 0; element < x.length; element++) {
    const target = shape.reduce(
      (sum, _, axis) =>
        sum + (kept[axis] === 1 ? 0 : (Math.floor(element / strides[axis]) % shape[axis]) * keptStrides[axis]),
      0,
    );
    totals[target] = step(totals[target], x[element]);
  }
  return totals.map((total) => finish(total, x.length / totals.length));
}

// Operations that move elements without changing them: reshape, transpose, slice, concat, split, pad, expand, and the
// identity that stops gradients. Each one's gradient is another of them.

import { broadcastPositions } from "./broadcasting.ts";
import type { DType, Shape, Signature, Tensor } from "./graph.ts";
import { operation, type TensorFunction, type WideFunction, wideOperation } from "./operation.ts";
import { sum } from "./reduction.ts";
import { axisOf, broadcastShapes, elements, sameShape, shapeError, stridesOf } from "./shapes.ts";

const noFlops = () => 0;

/** The same elements in row-major order under another shape; one size may be -1 and is worked out. */
export const reshape: TensorFunction<[x: Tensor, shape: Shape]> = operation("reshape", {
  call: (x: Tensor, shape: Shape) => ({ inputs: [x], attributes: { shape: completeShape(x, shape) } }),
  shape: ([x], { shape }) => ({ shape, dtype: x.dtype }),
  gradient: ([x], _y, dy) => [reshape(dy, x.shape)],
  // By itself a size of 0 means "as before".
  lower: (emitter, [x], { attributes: { shape } }) =>
    emitter.node("Reshape", [x, emitter.integers(shape)], shape.includes(0) ? { allowzero: 1 } : {}),
  reference: ([x]) => x,
  flops: noFlops,
});

/** Axes in a new order; without one, the last two are swapped. */
export const transpose: TensorFunction<[x: Tensor, order?: readonly number[]]> = operation("transpose", {
  call: (x: Tensor, order: readonly number[] = swappedLastTwo(x.shape.length)) => {
    if (![...order].sort((a, b) => a - b).every((axis, i) => axis === i) || order.length !== x.shape.length) {
      throw shapeError("transpose", `an order of ${x.shape.length} axes`, `[${order.join(", ")}]`, []);
    }
    return { inputs: [x], attributes: { order } };
  },
  shape: ([x], { order }) => ({ shape: order.map((axis) => x.shape[axis]), dtype: x.dtype }),
  gradient: (_inputs, _y, dy, { order }) => [transpose(dy, inverseOrder(order))],
  lower: (emitter, [x], { attributes: { order } }) => emitter.node("Transpose", [x], { perm: order }),
  reference: ([x], { attributes: { order }, inputs, outputs }) => {
    const strides = stridesOf(inputs[0].shape);
    return gatherByStrides(
      x,
      outputs[0].shape,
      order.map((axis) => strides[axis]),
      0,
    );
  },
  flops: noFlops,
});

export interface SliceOptions {
  readonly axis: number;
  readonly from?: number;
  /** Exclusive; counts from the back when negative. */
  readonly to?: number;
  readonly step?: number;
}

/** A range of one axis, `from` to before `to`, every `step`-th. */
export const slice: TensorFunction<[x: Tensor, options: SliceOptions]> = operation("slice", {
  call: (x: Tensor, { axis, from = 0, to, step = 1 }: SliceOptions) => {
    const place = axisOf("slice", x, axis);
    const size = x.shape[place];
    const bounds = [from, to ?? size].map((bound) => (bound < 0 ? bound + size : bound));
    if (bounds[0] < 0 || bounds[1] > size || bounds[0] >= bounds[1] || step < 1) {
      throw shapeError("slice", `a range within 0 to ${size} of axis ${axis}`, `${from} to ${to} by ${step}`, []);
    }
    return { inputs: [x], attributes: { axis: place, from: bounds[0], to: bounds[1], step } };
  },
  shape: ([x], { axis, from, to, step }) => ({
    shape: x.shape.with(axis, Math.ceil((to - from) / step)),
    dtype: x.dtype,
  }),
  gradient: ([x], y, dy, { axis, from, to, step }) => {
    const spread = step === 1 ? dy : spreadOut(dy, axis, step, to - from);
    const end = from + (step === 1 ? y.shape[axis] : to - from);
    return [pad(spread, { axis, before: from, after: x.shape[axis] - end })];
  },
  lower: (emitter, [x], { attributes: { axis, from, to, step } }) =>
    emitter.node("Slice", [x, ...[[from], [to], [axis], [step]].map((bound) => emitter.integers(bound))]),
  reference: ([x], { attributes: { axis, from, step }, inputs, outputs }) => {
    const strides = stridesOf(inputs[0].shape);
    return gatherByStrides(x, outputs[0].shape, strides.with(axis, strides[axis] * step), from * strides[axis]);
  },
  flops: noFlops,
});

/** Tensors one after the other along an axis. */
export const concat: TensorFunction<[parts: readonly Tensor[], axis?: number]> = operation("concat", {
  call: (parts: readonly Tensor[], axis = 0) => ({
    inputs: parts,
    attributes: { axis: axisOf("concat", parts[0], axis) },
  }),
  shape: (parts, { axis }) => {
    const [first] = parts;
    const odd = parts.find(({ shape }) => !sameShape(shape.with(axis, 0), first.shape.with(axis, 0)));
    if (odd) throw shapeError("concat", `[${first.shape}] but for axis ${axis}`, `[${odd.shape}]`, []);
    return {
      shape: first.shape.with(
        axis,
        parts.reduce((size, { shape }) => size + shape[axis], 0),
      ),
      dtype: first.dtype,
    };
  },
  gradient: (parts, _y, dy, { axis }) => {
    const sizes = parts.map(({ shape }) => shape[axis]);
    return split(dy, sizes, axis);
  },
  lower: (emitter, inputs, { attributes: { axis } }) => emitter.node("Concat", inputs, { axis }),
  reference: (parts, { attributes: { axis }, inputs, outputs }) => {
    const { shape } = outputs[0];
    const inner = elements(shape.slice(axis + 1));
    const result = new Float64Array(elements(shape));
    let start = 0;
    for (const [i, values] of parts.entries()) {
      const run = inputs[i].shape[axis] * inner;
      for (let outer = 0; outer * run < values.length; outer++) {
        result.set(values.subarray(outer * run, (outer + 1) * run), outer * shape[axis] * inner + start);
      }
      start += run;
    }
    return result;
  },
  flops: noFlops,
});

/** Parts of the given sizes along an axis. */
export const split: WideFunction<[x: Tensor, sizes: readonly number[], axis?: number]> = wideOperation("split", {
  call: (x: Tensor, sizes: readonly number[], axis = 0) => {
    const place = axisOf("split", x, axis);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    if (total !== x.shape[place]) {
      throw shapeError("split", `sizes that add up to ${x.shape[place]}`, `[${sizes.join(", ")}]`, []);
    }
    return { inputs: [x], attributes: { axis: place, sizes } };
  },
  shape: ([x], { axis, sizes }) => sizes.map((size) => ({ shape: x.shape.with(axis, size), dtype: x.dtype })),
  gradient: (_inputs, outputs, upstream, { axis }) => [
    concat(
      outputs.map((part, i) => upstream[i] ?? zerosLike(part)),
      axis,
    ),
  ],
  lower: (emitter, [x], { attributes: { axis, sizes } }) =>
    emitter.nodes("Split", [x, emitter.integers(sizes)], sizes.length, { axis }),
  reference: ([x], { attributes: { axis }, inputs, outputs }) => {
    const strides = stridesOf(inputs[0].shape);
    let start = 0;
    return outputs.map(({ shape }) => {
      const part = gatherByStrides(x, shape, strides, start * strides[axis]);
      start += shape[axis];
      return part;
    });
  },
  flops: noFlops,
});

export interface PadOptions {
  readonly axis: number;
  readonly before?: number;
  readonly after?: number;
}

/** Zeros before and after along one axis. */
export const pad: TensorFunction<[x: Tensor, options: PadOptions]> = operation("pad", {
  call: (x: Tensor, { axis, before = 0, after = 0 }: PadOptions) => ({
    inputs: [x],
    attributes: { axis: axisOf("pad", x, axis), before, after },
  }),
  shape: ([x], { axis, before, after }) => ({
    shape: x.shape.with(axis, before + x.shape[axis] + after),
    dtype: x.dtype,
  }),
  gradient: ([x], _y, dy, { axis, before }) => [slice(dy, { axis, from: before, to: before + x.shape[axis] })],
  lower: (emitter, [x], { attributes: { axis, before, after } }) =>
    emitter.node("Pad", [x, emitter.integers([before, after]), "", emitter.integers([axis])]),
  reference: ([x], { attributes: { axis, before }, inputs, outputs }) => {
    const { shape } = outputs[0];
    const run = elements(inputs[0].shape.slice(axis));
    const wide = elements(shape.slice(axis));
    const skip = before * elements(shape.slice(axis + 1));
    const result = new Float64Array(elements(shape));
    for (let outer = 0; outer * run < x.length; outer++) {
      result.set(x.subarray(outer * run, (outer + 1) * run), outer * wide + skip);
    }
    return result;
  },
  flops: noFlops,
});

/** Repeats axes of size 1 (and adds axes in front) up to `shape`. */
export const expand: TensorFunction<[x: Tensor, shape: Shape]> = operation("expand", {
  call: (x: Tensor, shape: Shape) => ({ inputs: [x], attributes: { shape } }),
  shape: ([x], { shape }) => {
    if (!sameShape(broadcastShapes("expand", x.shape, shape), shape)) {
      throw shapeError("expand", `a shape that [${x.shape}] fits into`, `[${shape}]`, []);
    }
    return { shape, dtype: x.dtype };
  },
  gradient: (_inputs, _y, dy) => [dy],
  lower: (emitter, [x], { attributes: { shape } }) => emitter.node("Expand", [x, emitter.integers(shape)]),
  reference: ([x], { inputs, outputs }) =>
    Float64Array.from(broadcastPositions(inputs[0].shape, outputs[0].shape), (at) => x[at]),
  flops: noFlops,
});

/** The same value, through which no gradient flows. */
export const stopGradient: TensorFunction<[x: Tensor]> = operation("stopGradient", {
  call: (x: Tensor) => ({ inputs: [x], attributes: {} }),
  shape: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  gradient: () => [],
  lower: (_emitter, [x]) => x,
  reference: ([x]) => x,
  flops: noFlops,
});

/** Sums what broadcasting repeated, back to `shape`. */
export function unbroadcast(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const added = x.shape.length - shape.length;
  const axes = x.shape.flatMap((size, axis) =>
    axis < added || (shape[axis - added] === 1 && size !== 1) ? [axis] : [],
  );
  return reshape(axes.length === 0 ? x : sum(x, { axes, keep: true }), shape);
}

export function zerosLike({ shape, dtype }: Signature): Tensor {
  return expand(zero(dtype), shape);
}

function zero(dtype: DType): Tensor {
  return {
    shape: [],
    dtype,
    output: 0,
    node: { kind: "constant", values: [0], inputs: [], outputs: [{ shape: [], dtype }] },
  };
}

function completeShape(x: Signature, shape: Shape): Shape {
  const known = shape.reduce((product, size) => (size === -1 ? product : product * size), 1);
  const complete = shape.map((size) => (size === -1 ? elements(x.shape) / known : size));
  if (elements(complete) !== elements(x.shape) || complete.some((size) => !Number.isInteger(size))) {
    throw shapeError("reshape", `a shape of ${elements(x.shape)} elements for [${x.shape}]`, `[${shape}]`, []);
  }
  return complete;
}

function swappedLastTwo(rank: number): number[] {
  return Array.from({ length: rank }, (_, axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis));
}

export function inverseOrder(order: readonly number[]): number[] {
  return order.map((_, axis) => order.indexOf(axis));
}

/** Puts the elements of an axis `step` apart, zeros between, and cuts the axis at `length`. */
function spreadOut(x: Tensor, axis: number, step: number, length: number): Tensor {
  const apart = pad(reshape(x, x.shape.toSpliced(axis + 1, 0, 1)), { axis: axis + 1, after: step - 1 });
  const flat = reshape(apart, x.shape.with(axis, x.shape[axis] * step));
  return flat.shape[axis] === length
    ? flat
    : flat.shape[axis] > length
      ? slice(flat, { axis, to: length })
      : pad(flat, { axis, after: length - flat.shape[axis] });
}

/** Reads `x` at every index of `shape`, where a step along an axis moves by that axis's stride. */
function gatherByStrides(x: Float64Array, shape: Shape, strides: readonly number[], start: number): Float64Array {
  const own = stridesOf(shape);
  return Float64Array.from(
    { length: elements(shape) },
    (_, element) =>
      x[shape.reduce((at, size, axis) => at + (Math.floor(element / own[axis]) % size) * strides[axis], start)],
  );
}

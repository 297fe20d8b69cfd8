// Reading and writing by index: gather, its adjoint scatter-add, arg-max and the k largest.
// Indices are whole-number tensors (i32 or i64) and never get a gradient.

import { cast, equal } from "./comparison.ts";
import { mul } from "./elementwise.ts";
import { constant, type DType, type Signature, type Tensor } from "./graph.ts";
import { reshape, transpose } from "./movement.ts";
import { operation, type TensorFunction, type WideFunction, wideOperation } from "./operation.ts";
import { sum } from "./reduction.ts";
import { axisOf, elements, requireType, shapeError } from "./shapes.ts";

/** x read along an axis at `indices`: the axis is replaced by the shape of the indices. Indices lie in [0, size). */
export const gather: TensorFunction<[x: Tensor, indices: Tensor, axis?: number]> = operation("gather", {
  call: (x: Tensor, indices: Tensor, axis = 0) => ({
    inputs: [x, indices],
    attributes: { axis: axisOf("gather", x, axis) },
  }),
  shape: ([x, indices], { axis }) => {
    requireType("gather", indices, "i32", "i64");
    return { shape: x.shape.toSpliced(axis, 1, ...indices.shape), dtype: x.dtype };
  },
  gradient: ([x, indices], _y, dy, { axis }) => [scatterAdd(indices, dy, x.shape[axis], axis)],
  lower: (emitter, inputs, { attributes: { axis } }) => emitter.node("Gather", inputs, { axis }),
  reference: ([x, indices], { attributes: { axis }, inputs, outputs }) => {
    const { outer, size, inner } = around(inputs[0], axis);
    const result = new Float64Array(elements(outputs[0].shape));
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < indices.length; i++) {
        const from = (o * size + indices[i]) * inner;
        result.set(x.subarray(from, from + inner), (o * indices.length + i) * inner);
      }
    }
    return result;
  },
  flops: () => 0,
});

/**
 * The adjoint of gather: zeros of `size` along `axis`, to which the rows of `updates` are added at `indices`. Repeated
 * indices add up. Lowered to ScatterElements, which is exact with threads; ScatterND races on repeated indices.
 */
export const scatterAdd: TensorFunction<[indices: Tensor, updates: Tensor, size: number, axis?: number]> = operation(
  "scatterAdd",
  {
    call: (indices: Tensor, updates: Tensor, size: number, axis = 0) => ({
      inputs: [indices, updates],
      attributes: { size, axis },
    }),
    shape: ([indices, updates], { size, axis }) => {
      requireType("scatterAdd", indices, "i32", "i64");
      return { shape: updates.shape.toSpliced(axis, indices.shape.length, size), dtype: updates.dtype };
    },
    gradient: ([indices], _y, dy, { axis }) => [undefined, gather(dy, indices, axis)],
    lower: (emitter, [indices, updates], { attributes: { size, axis }, inputs, outputs }) => {
      const { outer, inner } = around(outputs[0], axis);
      const count = elements(inputs[0].shape);
      const shape = [outer, count, inner];
      const rows = emitter.node("Reshape", [updates, emitter.integers(shape)]);
      const column = emitter.node("Reshape", [indices, emitter.integers([1, count, 1])]);
      const places = emitter.node("Expand", [column, emitter.integers(shape)]);
      const zeros = emitter.node("Expand", [emitter.constant(0), emitter.integers([outer, size, inner])]);
      const added = emitter.node("ScatterElements", [zeros, places, rows], { axis: 1, reduction: "add" });
      return emitter.node("Reshape", [added, emitter.integers(outputs[0].shape)]);
    },
    reference: ([indices, updates], { attributes: { size, axis }, outputs }) => {
      const { outer, inner } = around(outputs[0], axis);
      const result = new Float64Array(outer * size * inner);
      for (let o = 0; o < outer; o++) {
        for (let i = 0; i < indices.length; i++) {
          for (let k = 0; k < inner; k++) {
            result[(o * size + indices[i]) * inner + k] += updates[(o * indices.length + i) * inner + k];
          }
        }
      }
      return result;
    },
    flops: ({ inputs }) => elements(inputs[1].shape),
  },
);

/** Position of the largest element along an axis (the first of equals), as i64. */
export const argMax: TensorFunction<[x: Tensor, axis?: number]> = operation("argMax", {
  call: (x: Tensor, axis = -1) => ({ inputs: [x], attributes: { axis: axisOf("argMax", x, axis) } }),
  shape: ([x], { axis }) => ({ shape: x.shape.toSpliced(axis, 1), dtype: "i64" }),
  gradient: () => [],
  lower: (emitter, inputs, { attributes: { axis } }) => emitter.node("ArgMax", inputs, { axis, keepdims: 0 }),
  reference: ([x], { attributes: { axis }, inputs }) => sortedAlong(x, inputs[0], axis, 1).places,
  flops: ({ inputs }) => elements(inputs[0].shape),
});

/** The k largest along an axis, largest first: their values, and their positions as i64. */
export const topK: WideFunction<[x: Tensor, k: number, axis?: number]> = wideOperation("topK", {
  call: (x: Tensor, k: number, axis = -1) => {
    const place = axisOf("topK", x, axis);
    if (!(k >= 1 && k <= x.shape[place])) throw shapeError("topK", `k from 1 to ${x.shape[place]}`, k, []);
    return { inputs: [x], attributes: { k, axis: place } };
  },
  shape: ([x], { k, axis }) => [
    { shape: x.shape.with(axis, k), dtype: x.dtype },
    { shape: x.shape.with(axis, k), dtype: "i64" as DType },
  ],
  gradient: ([x], [, places], [dy], { axis }) =>
    dy === undefined ? [] : [spreadAlong(places, dy, x.shape[axis], axis)],
  lower: (emitter, [x], { attributes: { k, axis } }) => emitter.nodes("TopK", [x, emitter.integers([k])], 2, { axis }),
  reference: ([x], { attributes: { k, axis }, inputs }) => {
    const { values, places } = sortedAlong(x, inputs[0], axis, k);
    return [values, places];
  },
  flops: ({ inputs }) => elements(inputs[0].shape),
});

/** 1 where the position along the new last axis equals the index, 0 elsewhere: [...] -> [..., size]. */
export function oneHot(indices: Tensor, size: number): Tensor {
  const positions = constant(
    Int32Array.from({ length: size }, (_, i) => i),
    [size],
    indices.dtype,
  );
  return cast(equal(reshape(indices, [...indices.shape, 1]), positions), "f32");
}

/** values at `places` of an axis of `size`, zero elsewhere; places are distinct along the axis. */
function spreadAlong(places: Tensor, values: Tensor, size: number, axis: number): Tensor {
  const last = [...values.shape.keys()].filter((other) => other !== axis);
  const hot = oneHot(places, size);
  const weighted = mul(reshape(values, [...values.shape, 1]), hot);
  const summed = sum(weighted, { axes: axis, keep: false });
  return last.length === axis ? summed : moveLastTo(summed, axis);
}

function moveLastTo(x: Tensor, axis: number): Tensor {
  const order = [...x.shape.keys()].slice(0, -1);
  return transpose(x, order.toSpliced(axis, 0, x.shape.length - 1));
}

function around({ shape }: Signature, axis: number): { outer: number; size: number; inner: number } {
  return { outer: elements(shape.slice(0, axis)), size: shape[axis], inner: elements(shape.slice(axis + 1)) };
}

function sortedAlong(x: Float64Array, signature: Signature, axis: number, k: number) {
  const { outer, size, inner } = around(signature, axis);
  const values = new Float64Array(outer * k * inner);
  const places = new Float64Array(outer * k * inner);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const at = (p: number) => x[(o * size + p) * inner + i];
      const order = Array.from({ length: size }, (_, p) => p).sort((a, b) => at(b) - at(a) || a - b);
      for (let rank = 0; rank < k; rank++) {
        values[(o * k + rank) * inner + i] = at(order[rank]);
        places[(o * k + rank) * inner + i] = order[rank];
      }
    }
  }
  return { values, places };
}

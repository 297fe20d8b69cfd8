// References of elementwise operations: which element of a broadcast input belongs to an element of the output.

import type { Shape } from "./graph.ts";
import type { Context } from "./operation.ts";
import { elements, stridesOf } from "./shapes.ts";

/** For each element of `to`, the position of the element of `from` that is broadcast there. */
export function broadcastPositions(from: Shape, to: Shape): Int32Array {
  const offset = to.length - from.length;
  const strides = stridesOf(from).map((stride, axis) => (from[axis] === 1 ? 0 : stride));
  const positions = new Int32Array(elements(to));
  const index = new Array<number>(to.length).fill(0);
  let position = 0;
  for (let element = 0; element < positions.length; element++) {
    positions[element] = position;
    for (let axis = to.length - 1; axis >= 0; axis--) {
      const stride = axis >= offset ? strides[axis - offset] : 0;
      index[axis]++;
      position += stride;
      if (index[axis] < to[axis]) break;
      position -= stride * to[axis];
      index[axis] = 0;
    }
  }
  return positions;
}

/** Applies a scalar function to the inputs, each broadcast to the shape of the output. */
export function elementwiseReference(
  apply: (...values: number[]) => number,
): (inputs: readonly Float64Array[], context: Context<unknown>) => Float64Array {
  return (inputs, context) => {
    const to = context.outputs[0].shape;
    const positions = context.inputs.map(({ shape }) => broadcastPositions(shape, to));
    return Float64Array.from({ length: elements(to) }, (_, element) =>
      apply(...inputs.map((values, i) => values[positions[i][element]])),
    );
  };
}

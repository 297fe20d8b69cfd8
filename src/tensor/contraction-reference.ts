// What matrix products mean: plain float64 loops.

import { broadcastPositions } from "./broadcasting.ts";
import type { Shape } from "./graph.ts";
import type { Context } from "./operation.ts";
import { elements } from "./shapes.ts";

type Flags = {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly scale: number;
};

export function productReference([a, b]: readonly Float64Array[], context: Context<Flags>): Float64Array {
  const { transposeA, transposeB, scale } = context.attributes;
  const [shapeA, shapeB] = context.inputs.map(({ shape }) => shape);
  const { shape } = context.outputs[0];
  const [rows, columns] = shape.slice(-2);
  const inner = transposeA ? shapeA[shapeA.length - 2] : shapeA[shapeA.length - 1];
  const batch = shape.slice(0, -2);
  const [placesA, placesB] = [shapeA, shapeB].map((own) => matrixStarts(own, batch));
  const result = new Float64Array(elements(shape));
  for (let matrix = 0; matrix < placesA.length; matrix++) {
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) {
        let total = 0;
        for (let k = 0; k < inner; k++) {
          const left = a[placesA[matrix] + (transposeA ? k * rows + r : r * inner + k)];
          total += left * b[placesB[matrix] + (transposeB ? c * inner + k : k * columns + c)];
        }
        result[(matrix * rows + r) * columns + c] = scale * total;
      }
    }
  }
  return result;
}

export function gemmReference([a, b, c]: readonly Float64Array[], context: Context<Flags>): Float64Array {
  const product = productReference([a, b], context);
  const addend = broadcastPositions(context.inputs[2].shape, context.outputs[0].shape);
  return product.map((value, i) => value + c[addend[i]]);
}

function matrixStarts(shape: Shape, batch: Shape): number[] {
  const size = elements(shape.slice(-2));
  return Array.from(broadcastPositions(shape.slice(0, -2), batch), (matrix) => matrix * size);
}

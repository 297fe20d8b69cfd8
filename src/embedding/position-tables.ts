// A position table for another grid than its own, as the reference makes it: bicubic (a = -0.75), pixels aligned by
// their centres, the scale taken from the two sizes, no antialiasing, borders repeated
// (torch.nn.functional.interpolate).

import type { Grid } from "../nn/index.ts";

const sharpness = -0.75;

/**
 * Resamples a table of positions.
 *
 * @param table [from.rows * from.columns, width]
 * @returns [to.rows * to.columns, width]
 */
export function resampledPositions(table: Float32Array, from: Grid, to: Grid): Float32Array {
  const width = table.length / (from.rows * from.columns);
  const [rows, columns] = [tapsOf(from.rows, to.rows), tapsOf(from.columns, to.columns)];
  const result = new Float32Array(to.rows * to.columns * width);
  const sum = new Float64Array(width);
  for (const [row, rowTaps] of rows.entries()) {
    for (const [column, columnTaps] of columns.entries()) {
      sum.fill(0);
      for (const vertical of rowTaps) {
        for (const horizontal of columnTaps) {
          const weight = vertical.weight * horizontal.weight;
          const start = (vertical.index * from.columns + horizontal.index) * width;
          for (let i = 0; i < width; i++) sum[i] += weight * table[start + i];
        }
      }
      result.set(sum, (row * to.columns + column) * width);
    }
  }
  return result;
}

interface Tap {
  readonly index: number;
  readonly weight: number;
}

/** For each output along an axis, the four inputs that it is made of. */
function tapsOf(inputs: number, outputs: number): Tap[][] {
  return Array.from({ length: outputs }, (_, output) => {
    const centre = ((output + 0.5) * inputs) / outputs - 0.5;
    const first = Math.floor(centre);
    return [-1, 0, 1, 2].map((step) => ({
      index: Math.min(inputs - 1, Math.max(0, first + step)),
      weight: cubic(Math.abs(centre - (first + step))),
    }));
  });
}

/** Keys's cubic convolution kernel (1981). */
function cubic(distance: number): number {
  const [a, x] = [sharpness, distance];
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

// Choices of some pictures out of a whole batch's, when the masks come from a fixture instead of a sampler.

import type { Choice } from "../../src/objectives/index.ts";

/** Rows of pictures `from` to before `to` in every set; rows are ordered set outermost, picture innermost. */
export function takePictures(
  whole: Readonly<Record<string, Choice>>,
  batch: number,
  from: number,
  to: number,
): Record<string, Choice> {
  return Object.fromEntries(
    Object.entries(whole).map(([name, { shape, dtype, values }]) => {
      const [rows, ...rest] = shape;
      const each = rest.reduce((product, size) => product * size, 1);
      const chosen = Array.from({ length: rows }, (_, row) => row).filter(
        (row) => row % batch >= from && row % batch < to,
      );
      const taken = chosen.flatMap((row) => [...values.subarray(row * each, (row + 1) * each)]);
      const part = values instanceof Int32Array ? Int32Array.from(taken) : Float32Array.from(taken);
      return [name, { shape: [chosen.length, ...rest], dtype, values: part }];
    }),
  );
}

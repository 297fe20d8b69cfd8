// Vectors of length 1, whose products are their cosine similarities.

import { UserError } from "../errors/index.ts";

/**
 * Rows divided by their lengths.
 *
 * @param rows [n, width]
 * @throws UserError where a row has no direction: it is zero, or not finite
 */
export function unitRows(rows: Float32Array, width: number): Float32Array {
  const unit = new Float32Array(rows.length);
  for (let start = 0; start < rows.length; start += width) {
    let squares = 0;
    for (let j = start; j < start + width; j++) squares += rows[j] ** 2;
    const length = Math.sqrt(squares);
    if (!(length > 0 && length < Number.POSITIVE_INFINITY)) throw withoutDirection(length);
    for (let j = start; j < start + width; j++) unit[j] = rows[j] / length;
  }
  return unit;
}

function withoutDirection(length: number): UserError {
  return new UserError({
    where: "a picture's vector",
    expected: "finite numbers that are not all zero",
    received: `a length of ${length}`,
    remedy: "the model's weights are damaged or not trained to the end: use another checkpoint or model",
  });
}

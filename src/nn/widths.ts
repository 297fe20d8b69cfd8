// Widths that a transformer can have: cut into heads of one size, and into the four parts of a position table.

import { UserError } from "../errors/index.ts";

/**
 * Throws UserError where a width cannot be cut into `heads` heads, or into sine and cosine of row and column.
 *
 * @param where for the error: `recipe field "model.width"`
 */
export function checkWidth(where: string, width: number, heads: number, headsField: string): void {
  checkMultiple(where, width, [heads, 4], `4 (position tables) and of the ${heads} heads (${headsField})`);
}

/** Throws UserError where a size is no multiple of all divisors; `words` says of what. */
export function checkMultiple(where: string, value: number, divisors: readonly number[], words: string): void {
  const step = divisors.reduce(leastCommonMultiple);
  if (value % step === 0) return;
  const below = Math.floor(value / step) * step;
  const remedy = below === 0 ? `use ${below + step}` : `use ${below} or ${below + step}`;
  throw new UserError({
    where,
    expected: `a multiple of ${words}`,
    received: value,
    remedy,
  });
}

function leastCommonMultiple(a: number, b: number): number {
  let [greater, smaller] = [a, b];
  while (smaller !== 0) [greater, smaller] = [smaller, greater % smaller];
  return (a * b) / greater;
}

// One line of the parity report: how far a result lies from the reference's, and how far it may.

/** A compared tensor group; it agrees when the difference is not above the tolerance (NaN agrees with nothing). */
export interface Comparison {
  readonly name: string;
  /** Largest difference, in the unit that `name` or the tolerance's source says: absolute unless told otherwise. */
  readonly difference: number;
  readonly tolerance: number;
}

/** Numbers of a result or of a fixture. */
export type Numbers = ArrayLike<number> | BigInt64Array;

/** Whether a comparison lies within its tolerance. */
export function agrees({ difference, tolerance }: Comparison): boolean {
  return difference <= tolerance;
}

/** The largest |a - b|; infinite where the lengths differ or a number is missing, NaN where one is NaN. */
export function largestDifference(a: Numbers, b: Numbers): number {
  if (a.length !== b.length || a.length === 0) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let at = 0; at < a.length; at++) {
    const difference = Math.abs(Number(a[at]) - Number(b[at]));
    if (!(difference <= largest)) largest = difference;
    if (Number.isNaN(largest)) return largest;
  }
  return largest;
}

/** The largest |a - b| as a share of the largest |b|; absolute where every b is zero. */
export function relativeDifference(a: Numbers, b: Numbers): number {
  let scale = 0;
  for (let at = 0; at < b.length; at++) scale = Math.max(scale, Math.abs(Number(b[at])));
  return largestDifference(a, b) / (scale > 0 ? scale : 1);
}

/**
 * The comparison of a group of tensors as one line: the worst of them, as a share of its own tolerance, stands for all.
 */
export function worstOf(name: string, comparisons: readonly Comparison[]): Comparison {
  const [first, ...rest] = comparisons;
  if (first === undefined) return { name: `${name} (nothing to compare)`, difference: Number.NaN, tolerance: 0 };
  const worst = rest.reduce((held, next) => (excess(next) > excess(held) ? next : held), first);
  const whichOne = worst.difference === 0 ? "" : `, worst ${worst.name}`;
  return { ...worst, name: comparisons.length > 1 ? `${name} (${comparisons.length}${whichOne})` : name };
}

function excess({ difference, tolerance }: Comparison): number {
  if (Number.isNaN(difference)) return Number.POSITIVE_INFINITY;
  if (tolerance > 0) return difference / tolerance;
  return difference > 0 ? Number.POSITIVE_INFINITY : 0;
}

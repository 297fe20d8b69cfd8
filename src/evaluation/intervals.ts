// How sure an accuracy is: the 95% interval of a proportion, k right out of n.
// Wilson 1927, "Probable inference, the law of succession, and statistical inference":
// (p + z^2/2n +- z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n). Unlike p +- z sqrt(p(1-p)/n) it stays within 0..1 and is
// not empty at 0 or n.
import { UserError } from "../errors/index.ts";

/** An accuracy in 0..1 with its 95% interval [low, high]; the form that `jepa eval --json` prints. */
export interface Figure {
  readonly accuracy: number;
  readonly interval: readonly [low: number, high: number];
}

/** The standard normal's 97.5th percentile. */
const z = 1.959963984540054;

/**
 * Accuracy of `right` out of `total` with its Wilson interval.
 * Throws `UserError` unless 0 <= right <= total and total >= 1.
 */
export function accuracyFigure(right: number, total: number): Figure {
  requireCounts(right, total);
  const accuracy = right / total;
  const centre = accuracy + (z * z) / (2 * total);
  const reach = z * Math.sqrt((accuracy * (1 - accuracy)) / total + (z / (2 * total)) ** 2);
  const scale = 1 + (z * z) / total;
  // At 0 and at n the bound is exact; rounding would leave it an ulp outside the accuracy itself.
  const low = right === 0 ? 0 : (centre - reach) / scale;
  const high = right === total ? 1 : (centre + reach) / scale;
  return { accuracy, interval: [low, high] };
}

/** Accuracy of guessed classes, with its interval. */
export function figureOf(guesses: Int32Array, truth: Int32Array): Figure {
  return accuracyFigure(guesses.filter((guess, i) => guess === truth[i]).length, truth.length);
}

/**
 * Whether two accuracies' 95% intervals lie apart. Stricter than a paired test on the same pictures: intervals that
 * overlap a little may still differ, intervals apart surely do.
 */
export function distinguishable(a: Figure, b: Figure): boolean {
  return a.interval[0] > b.interval[1] || b.interval[0] > a.interval[1];
}

function requireCounts(right: number, total: number): void {
  if (Number.isInteger(right) && Number.isInteger(total) && right >= 0 && right <= total && total >= 1) return;
  throw new UserError({
    where: "accuracy",
    expected: "a count of right answers among one or more samples",
    received: `${right} of ${total}`,
    remedy: "evaluate on at least one labelled picture",
  });
}

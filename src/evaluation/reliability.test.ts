// Claims: bins hold every prediction once and by the formula; the error is the gap between confidence and accuracy.

import { expect, test } from "vitest";
import { reliabilityBins, reliabilityOf } from "./reliability.ts";

/** Two classes with the given probability of the first. */
const scoresOf = (shares: readonly number[]) =>
  Float64Array.from(shares.flatMap((p) => [Math.log(p), Math.log(1 - p)]));

test("a confidence of 0.9 that is right half of the time is off by 0.4", () => {
  const scores = scoresOf([0.9, 0.9, 0.9, 0.9]);
  const { error, bins } = reliabilityOf({ scores, labels: Int32Array.of(0, 0, 1, 1), classes: 2 });
  expect(error).toBeCloseTo(0.4, 12);
  expect(bins).toEqual([{ from: 13 / 15, to: 14 / 15, count: 4, confidence: expect.closeTo(0.9, 12), accuracy: 0.5 }]);
});

test("gaps of bins are weighted by their rows, and do not cancel between bins", () => {
  const scores = scoresOf([0.7, 0.7, 0.7, 0.9]);
  const { error, bins } = reliabilityOf({ scores, labels: Int32Array.of(0, 0, 0, 1), classes: 2 });
  expect(bins.map(({ count }) => count)).toEqual([3, 1]);
  expect(error).toBeCloseTo((3 * 0.3 + 0.9) / 4, 12);
});

test("certainty and a tie have a bin", () => {
  const scores = Float64Array.of(900, 0, 0, 0);
  const { bins } = reliabilityOf({ scores, labels: Int32Array.of(0, 0), classes: 2 });
  expect(bins.map(({ confidence }) => confidence)).toEqual([0.5, 1]);
  expect(bins.at(-1)?.to).toBe(1);
  expect(reliabilityBins).toBe(15);
});

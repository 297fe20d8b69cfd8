import fc from "fast-check";
import { expect, test } from "vitest";
import { UserError } from "../errors/index.ts";
import { accuracyFigure, distinguishable } from "./intervals.ts";

test("the interval of 15 of 20 is Wilson's, as worked by hand", () => {
  // z^2 = 3.841459: centre (.75 + 3.841459/40) / 1.192073, reach 1.959964 sqrt(.1875/20 + 3.841459/1600) / 1.192073.
  const { accuracy, interval } = accuracyFigure(15, 20);
  expect(accuracy).toBe(0.75);
  expect(interval[0]).toBeCloseTo(0.531299, 6);
  expect(interval[1]).toBeCloseTo(0.888138, 6);
});

test("none and all of n give one-sided intervals that are not empty", () => {
  // At p = 0 the upper bound is z^2 / (n + z^2).
  expect(accuracyFigure(0, 10).interval).toEqual([0, expect.closeTo(3.841459 / 13.841459, 6)]);
  expect(accuracyFigure(10, 10).interval).toEqual([expect.closeTo(10 / 13.841459, 6), 1]);
});

test("the interval holds the accuracy, stays in 0..1 and mirrors when right and wrong change places", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (total, share) => {
      const right = Math.round(share * total);
      const { accuracy, interval } = accuracyFigure(right, total);
      const mirrored = accuracyFigure(total - right, total).interval;
      expect(interval[0]).toBeGreaterThanOrEqual(0);
      expect(interval[1]).toBeLessThanOrEqual(1);
      expect(interval[0]).toBeLessThanOrEqual(accuracy);
      expect(interval[1]).toBeGreaterThanOrEqual(accuracy);
      expect(interval[0]).toBeCloseTo(1 - mirrored[1], 12);
    }),
  );
});

test("accuracies are distinguishable exactly when their intervals lie apart, in either order", () => {
  const low = accuracyFigure(390, 1000); // .360 to .421
  const near = accuracyFigure(430, 1000); // .400 to .461
  const high = accuracyFigure(490, 1000); // .459 to .521
  expect(distinguishable(low, near)).toBe(false);
  expect(distinguishable(low, high)).toBe(true);
  expect(distinguishable(high, low)).toBe(true);
});

test.each([
  [-1, 10],
  [11, 10],
  [0, 0],
  [0.5, 1],
  [Number.NaN, 10],
])("%s right of %s is refused with what to do", (right, total) => {
  expect(() => accuracyFigure(right, total)).toThrow(UserError);
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { frame, roundRange, ticks } from "./axes.ts";

test.each([
  [0, 1, 5, [0, 0.2, 0.4, 0.6, 0.8, 1]],
  [0, 4800, 5, [0, 1000, 2000, 3000, 4000]],
  [0.25, 0.5, 5, [0.25, 0.3, 0.35, 0.4, 0.45, 0.5]],
  [7, 7, 5, [7]],
])("from %s to %s in about %s steps the ticks are %j", (low, high, most, expected) => {
  expect(ticks(low, high, most)).toEqual(expected);
});

test("a rounded range holds the values it was made from, and is never empty", () => {
  const value = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(value, value, (a, b) => {
      const [low, high] = roundRange(Math.min(a, b), Math.max(a, b), 10);
      // Widening works on multiples of the step; at its edges 1e-9 of a step may be shaved off.
      const slack = 1e-8 * (high - low);
      expect(low).toBeLessThanOrEqual(Math.min(a, b) + slack);
      expect(high).toBeGreaterThanOrEqual(Math.max(a, b) - slack);
      expect(high).toBeGreaterThan(low);
    }),
  );
});

test("the frame puts the lowest value at the bottom left and the highest at the top right", () => {
  const axis = (low: number, high: number) => ({ name: "n", low, high, written: String });
  const plot = frame({ width: 300, height: 200 }, axis(10, 20), axis(0, 1));
  expect([plot.x(10), plot.x(20)]).toEqual([plot.left, plot.right]);
  expect([plot.y(0), plot.y(1)]).toEqual([plot.bottom, plot.top]);
  expect(plot.bottom).toBeGreaterThan(plot.top);
});

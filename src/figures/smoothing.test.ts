import fc from "fast-check";
import { expect, test } from "vitest";
import { finitePoints, smoothedAt, thinned } from "./smoothing.ts";

const straight = (slope: number) => {
  const x = Float64Array.from({ length: 50 }, (_, i) => 10 * i);
  return { x, y: x.map((place) => 3 + slope * place) };
};

test("a straight line is its own fit, at both ends too", () => {
  fc.assert(
    fc.property(fc.double({ min: -2, max: 2, noNaN: true }), (slope) => {
      const line = straight(slope);
      smoothedAt(line, line.x, 25).forEach((value, i) => {
        expect(value).toBeCloseTo(line.y[i], 8);
      });
    }),
  );
});

test("the fit stays within the raw values, so that a share never falls below zero", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 60 }), (values) => {
      const points = { x: Float64Array.from(values.keys()), y: Float64Array.from(values) };
      for (const value of smoothedAt(points, points.x, 2)) {
        expect(value).toBeGreaterThanOrEqual(Math.min(...values));
        expect(value).toBeLessThanOrEqual(Math.max(...values));
      }
    }),
  );
});

test("a window far from every point falls back on what there is", () => {
  const single = { x: Float64Array.of(5), y: Float64Array.of(7) };
  expect([...smoothedAt(single, Float64Array.of(5, 6), 0.1)]).toEqual([7, 7]);
});

test("thinning keeps the highest and lowest of all points and their order", () => {
  const x = Float64Array.from({ length: 10_000 }, (_, i) => i);
  const y = x.map((place) => (place === 4321 ? 99 : place === 8765 ? -99 : Math.sin(place)));
  const kept = thinned({ x, y }, 100);
  expect(kept.x.length).toBeLessThanOrEqual(200);
  expect(kept.y).toContain(99);
  expect(kept.y).toContain(-99);
  expect(kept.x).toEqual(kept.x.slice().sort());
});

test("points without a number are left out with their x", () => {
  const { x, y } = finitePoints([1, 2, 3, 4], [5, Number.NaN, Number.POSITIVE_INFINITY, 6]);
  expect([[...x], [...y]]).toEqual([
    [1, 4],
    [5, 6],
  ]);
});

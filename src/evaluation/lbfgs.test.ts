// Claims: the search finds the minimum of a quadratic and of Rosenbrock's valley; knowledge of the curvature saves
// iterations and changes nothing else; it ends at once where it begins, and by itself where nothing is gained any more.

import { expect, test } from "vitest";
import { minimise, type Objective } from "./lbfgs.ts";

/** sum of curvature_i / 2 (x_i - i)^2 */
const curvatures = Float64Array.from({ length: 8 }, (_, i) => 10 ** (i - 4));
const quadratic: Objective = async (x, gradient) =>
  x.reduce((sum, value, i) => {
    gradient[i] = curvatures[i] * (value - i);
    return sum + (curvatures[i] / 2) * (value - i) ** 2;
  }, 1);

/** Rosenbrock 1960: (1 - x)^2 + 100 (y - x^2)^2, least at (1, 1). */
const valley: Objective = async ([x, y], gradient) => {
  gradient[0] = -2 * (1 - x) - 400 * x * (y - x * x);
  gradient[1] = 200 * (y - x * x);
  return 1 + (1 - x) ** 2 + 100 * (y - x * x) ** 2;
};

const thorough = { iterations: 200, tolerance: 1e-13 };

test("finds the end of Rosenbrock's valley", async () => {
  const { x, value } = await minimise(valley, Float64Array.of(-1.2, 1), thorough);
  expect(x[0]).toBeCloseTo(1, 5);
  expect(x[1]).toBeCloseTo(1, 5);
  expect(value).toBeCloseTo(1, 10);
});

test("with the exact curvature a quadratic takes one step, without it many, to the same place", async () => {
  const start = new Float64Array(8);
  const precondition = (vector: Float64Array) => vector.set(vector.map((value, i) => value / curvatures[i]));
  const led = await minimise(quadratic, start, { iterations: 1, tolerance: 0, precondition });
  const alone = await minimise(quadratic, start, thorough);
  for (let i = 0; i < 8; i++) expect(led.x[i]).toBeCloseTo(i, 12);
  expect(alone.iterations).toBeGreaterThan(8);
  for (let i = 3; i < 8; i++) expect(alone.x[i]).toBeCloseTo(i, 3);
});

test("ends where it starts when that is the minimum, and leaves the start as it was", async () => {
  const start = Float64Array.from({ length: 8 }, (_, i) => i);
  const { x, iterations } = await minimise(quadratic, start, thorough);
  expect([...x]).toEqual([...start]);
  expect(iterations).toBeLessThanOrEqual(5);
});

test("a looser tolerance ends earlier", async () => {
  const start = Float64Array.of(-1.2, 1);
  const loose = await minimise(valley, start, { iterations: 200, tolerance: 0.5 });
  const tight = await minimise(valley, start, thorough);
  expect(loose.iterations).toBeLessThan(tight.iterations);
});

// Claims: the factor times its transpose is the matrix, and
// `solve` undoes the multiplication, for matrices of any size.

import fc from "fast-check";
import { expect, test } from "vitest";
import { randomStream } from "../random/index.ts";
import { choleskyFactor, solve, solveLower } from "./cholesky.ts";

/** A' A + I of random numbers [size + 3, size]: condition below about 100, so float64 leaves 1e-12. */
function definite(size: number, seed: number): Float64Array {
  const stream = randomStream(seed, "definite");
  const factor = Float64Array.from({ length: (size + 3) * size }, () => stream.normal());
  return Float64Array.from({ length: size * size }, (_, at) => {
    const [i, j] = [Math.floor(at / size), at % size];
    let sum = i === j ? 1 : 0;
    for (let row = 0; row < size + 3; row++) sum += factor[row * size + i] * factor[row * size + j];
    return sum;
  });
}

test("solve gives back the vector that the matrix was multiplied with", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), fc.nat(), (size, seed) => {
      const matrix = definite(size, seed);
      const stream = randomStream(seed, "vector");
      const expected = Float64Array.from({ length: size }, () => stream.normal());
      const vector = expected.map((_, i) => expected.reduce((sum, value, j) => sum + matrix[i * size + j] * value, 0));
      solve(choleskyFactor(matrix.slice(), size), vector);
      for (let i = 0; i < size; i++) expect(vector[i]).toBeCloseTo(expected[i], 9);
    }),
    { numRuns: 50 },
  );
});

test("a worked example: [[4, 2], [2, 10]] = L L' with L = [[2, 0], [1, 3]]", () => {
  const factor = choleskyFactor(Float64Array.of(4, 2, 2, 10), 2);
  expect([factor.rows[0], factor.rows[2], factor.rows[3]]).toEqual([2, 1, 3]);
  const vector = Float64Array.of(4, 11);
  solveLower(factor, vector);
  expect([...vector]).toEqual([2, 3]);
});

test("a direction without any extent neither stops the factor nor blows up its solution", () => {
  const vector = Float64Array.of(2, 2);
  solve(choleskyFactor(Float64Array.of(2, 2, 2, 2), 2), vector);
  expect(vector.every((value) => Math.abs(value) <= 2)).toBe(true);
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { UserError } from "../errors/index.ts";
import { symmetricEigen, symmetricEigenvalues } from "./symmetric-eigen.ts";

const square = fc
  .integer({ min: 1, max: 12 })
  .chain((size) =>
    fc
      .array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: size * size, maxLength: size * size })
      .map((entries) => symmetric(Float64Array.from(entries), size)),
  );

function symmetric(entries: Float64Array, size: number) {
  for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) entries[i * size + j] = entries[j * size + i];
  return { matrix: entries, size };
}

test("[[2, 1], [1, 2]] has 3 along (1, 1) and 1 along (1, -1)", () => {
  const { values, vectors } = symmetricEigen(Float64Array.of(2, 1, 1, 2), 2);
  const half = Math.SQRT1_2;
  expect([...values]).toEqual([expect.closeTo(3, 12), expect.closeTo(1, 12)]);
  expect([...vectors.slice(0, 2)]).toEqual([expect.closeTo(half, 12), expect.closeTo(half, 12)]);
  expect(vectors[2] * vectors[3]).toBeCloseTo(-0.5, 12);
});

test("the path graph's Laplacian has eigenvalues 2 - 2 cos(pi k / n)", () => {
  const size = 9;
  const matrix = new Float64Array(size * size);
  for (let i = 0; i + 1 < size; i++) {
    matrix[i * size + i] += 1;
    matrix[(i + 1) * size + i + 1] += 1;
    matrix[i * size + i + 1] = matrix[(i + 1) * size + i] = -1;
  }
  const expected = Array.from({ length: size }, (_, k) => 2 - 2 * Math.cos((Math.PI * k) / size)).reverse();
  const values = symmetricEigenvalues(matrix, size);
  expected.forEach((value, k) => {
    expect(values[k]).toBeCloseTo(value, 12);
  });
});

test("A v = lambda v, the vectors are orthonormal and the values descend, for any symmetric matrix", () => {
  fc.assert(
    fc.property(square, ({ matrix, size }) => {
      const { values, vectors } = symmetricEigen(matrix, size);
      // Backward stable: residuals are a few rounding errors of the largest entry (10) times the size (12).
      for (let k = 0; k < size; k++) {
        const vector = vectors.subarray(k * size, (k + 1) * size);
        if (k > 0) expect(values[k - 1]).toBeGreaterThanOrEqual(values[k]);
        for (let i = 0; i < size; i++) {
          const row = matrix.subarray(i * size, (i + 1) * size);
          expect(Math.abs(dot(row, vector) - values[k] * vector[i])).toBeLessThan(1e-12 * 120);
        }
        for (let other = 0; other <= k; other++) {
          const product = dot(vector, vectors.subarray(other * size, (other + 1) * size));
          expect(Math.abs(product - (other === k ? 1 : 0))).toBeLessThan(1e-12);
        }
      }
    }),
  );
});

test("values alone equal the values beside vectors", () => {
  fc.assert(
    fc.property(square, ({ matrix, size }) => {
      expect(symmetricEigenvalues(matrix, size)).toEqual(symmetricEigen(matrix, size).values);
    }),
  );
});

test("the sign of each vector makes its largest entry positive, so refitting does not flip it", () => {
  fc.assert(
    fc.property(square, ({ matrix, size }) => {
      const { vectors } = symmetricEigen(matrix, size);
      for (let k = 0; k < size; k++) {
        const vector = vectors.subarray(k * size, (k + 1) * size);
        expect(Math.max(...vector)).toBe(Math.max(...vector.map(Math.abs)));
      }
    }),
  );
});

test("entries near the ends of the float range neither overflow nor vanish", () => {
  for (const scale of [1e-300, 1e300]) {
    const values = symmetricEigenvalues(
      Float64Array.of(2, 1, 0, 1, 2, 1, 0, 1, 2).map((entry) => entry * scale),
      3,
    );
    expect(values[0] / scale).toBeCloseTo(2 + Math.SQRT2, 12);
    expect(values[1] / scale).toBeCloseTo(2, 12);
    expect(values[2] / scale).toBeCloseTo(2 - Math.SQRT2, 12);
  }
});

test("a zero matrix has zero eigenvalues and an orthonormal basis", () => {
  expect(symmetricEigen(new Float64Array(9), 3).values).toEqual(new Float64Array(3));
});

test("a NaN in the features is named with what to do", () => {
  expect(() => symmetricEigenvalues(Float64Array.of(1, Number.NaN, Number.NaN, 1), 2)).toThrow(UserError);
});

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}

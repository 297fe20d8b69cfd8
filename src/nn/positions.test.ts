// Claims: the column comes first, patch order is row-major, and similarity depends on the offset between patches alone.

import fc from "fast-check";
import { expect, test } from "vitest";
import { sinCosPositions } from "./positions.ts";

const { sin, cos } = Math;
const row = (table: Float32Array, width: number, patch: number) => [
  ...table.subarray(patch * width, (patch + 1) * width),
];

test("patch (row 1, column 2) is [e(2), e(1)] with sines before cosines", () => {
  const table = sinCosPositions({ rows: 2, columns: 3 }, 8);
  expect(table).toHaveLength(2 * 3 * 8);
  // width 8: two waves, of 1 and 10000^(-1/2) = 0.01 radians a patch
  const expected = [sin(2), sin(0.02), cos(2), cos(0.02), sin(1), sin(0.01), cos(1), cos(0.01)];
  expect(row(table, 8, 1 * 3 + 2)).toEqual([...Float32Array.from(expected)]);
});

test("the first patch is zeros and ones", () => {
  expect(row(sinCosPositions({ rows: 1, columns: 1 }, 12), 12, 0)).toEqual([0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1]);
});

test("the product of two positions depends on their offset alone", () => {
  const [rows, columns, width] = [9, 7, 32];
  const table = sinCosPositions({ rows, columns }, width);
  const product = (a: number, b: number) =>
    row(table, width, a).reduce((sum, value, at) => sum + value * table[b * width + at], 0);
  const place = fc.record({ down: fc.nat(rows - 2), right: fc.nat(columns - 2) });
  fc.assert(
    fc.property(place, place, (first, second) => {
      const [a, b] = [first, second].map(({ down, right }) => down * columns + right);
      // float32 entries of size 1: 32 products are right to about 32 * 6e-8
      expect(product(a + columns + 1, b + columns + 1)).toBeCloseTo(product(a, b), 5);
    }),
  );
});

test("a width that cannot be cut into sines and cosines of two axes is refused", () => {
  expect(() => sinCosPositions({ rows: 2, columns: 2 }, 30)).toThrowErrorMatchingInlineSnapshot(
    `[UserError: sinCosPositions: expected a width that is a multiple of 4, received 30: use 32]`,
  );
});

// Claims: one draw sets scale and aspect together, sides round half to even and are cut to the
// placement's longest side; the list of possible sizes is complete and its probabilities are exact.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { blockSize, positions, possibleSizes, type SizeRule } from "./block-size.ts";

const published: SizeRule = { scale: [0.15, 0.2], aspect: [0.75, 1.5], placement: "reference" };
const publishedContext: SizeRule = { scale: [0.85, 1], aspect: [1, 1], placement: "reference" };

describe("blockSize", () => {
  // Draws of PyTorch's generator for seeds 0 and 3; the sizes are those of the reference on a 16 x 16 grid.
  test.each([
    [0.4962565898895264, { height: 7, width: 6 }], // area floor(44.75) = 44, aspect 1.122: sqrt(49.4), sqrt(39.2)
    [0.0042635202407837, { height: 5, width: 7 }], // area floor(38.45) = 38, aspect 0.753: sqrt(28.6), sqrt(50.5)
  ])("gives the reference's size for draw %d", (draw, size) => {
    expect(blockSize(published, { rows: 16, columns: 16 }, draw)).toEqual(size);
  });

  test("rounds half to even, as the reference's language does", () => {
    const rule: SizeRule = { scale: [0.05, 0.05], aspect: [1.25, 1.25], placement: "reference" };
    // area 5: sqrt(5 * 1.25) = 2.5 -> 2; area 7 with aspect 1.75: sqrt(7 * 1.75) = 3.5 -> 4
    expect(blockSize(rule, { rows: 10, columns: 10 }, 0).height).toBe(2);
    const next: SizeRule = { ...rule, scale: [0.07, 0.07], aspect: [1.75, 1.75] };
    expect(blockSize(next, { rows: 10, columns: 10 }, 0).height).toBe(4);
  });

  test("never spans the grid in the reference, and may in whole-grid placement", () => {
    const grid = { rows: 6, columns: 9 };
    const whole: SizeRule = { scale: [1, 1], aspect: [0.6, 0.6], placement: "whole-grid" };
    expect(blockSize(whole, grid, 0)).toEqual({ height: 6, width: 9 });
    expect(blockSize({ ...whole, placement: "reference" }, grid, 0)).toEqual({ height: 5, width: 8 });
  });
});

test("the reference leaves out the last position of a block, whole-grid placement does not", () => {
  expect(positions("reference", 8, 3)).toBe(5);
  expect(positions("whole-grid", 8, 3)).toBe(6);
  expect(positions("whole-grid", 8, 8)).toBe(1);
});

describe("possibleSizes", () => {
  test("lists the two target sizes of the 8 x 8 grid with their shares", () => {
    // The height turns from 3 to 4 where area * aspect passes 12.25: area 11 (from draw 0.4375 on) and aspect 0.75 +
    // 0.75 r = 12.25 / 11 = 1.113636..., so at r = 0.4848..., of which the lattice of 2^-24 leaves less than 1e-7 open.
    const sizes = possibleSizes(published, { rows: 8, columns: 8 });
    expect(sizes.map(({ height, width }) => [height, width])).toEqual([
      [3, 3],
      [4, 3],
    ]);
    expect(Math.abs(sizes[0].probability - (12.25 / 11 - 0.75) / 0.75)).toBeLessThan(1e-7);
  });

  test("knows that a context is always the largest square of a small grid in the reference", () => {
    expect(possibleSizes(publishedContext, { rows: 14, columns: 14 })).toEqual([
      { height: 13, width: 13, probability: 1 },
    ]);
  });

  const range = (least: number, most: number) =>
    fc
      .tuple(fc.double({ min: least, max: most, noNaN: true }), fc.double({ min: least, max: most, noNaN: true }))
      .map(([a, b]): [number, number] => [Math.min(a, b), Math.max(a, b)]);
  const rules = fc.record({
    scale: range(0.01, 1),
    aspect: range(0.2, 4),
    placement: fc.constantFrom("reference" as const, "whole-grid" as const),
  });
  const grids = fc.record({ rows: fc.integer({ min: 1, max: 20 }), columns: fc.integer({ min: 1, max: 20 }) });

  test("holds the size of every draw, and its probabilities sum to one", () => {
    const draw = fc.integer({ min: 0, max: 2 ** 24 - 1 }).map((word) => word / 2 ** 24);
    fc.assert(
      fc.property(rules, grids, fc.array(draw, { minLength: 1, maxLength: 50 }), (rule, grid, draws) => {
        const sizes = possibleSizes(rule, grid);
        const names = new Set(sizes.map(({ height, width }) => `${height} x ${width}`));
        for (const uniform of draws) {
          const { height, width } = blockSize(rule, grid, uniform);
          expect(names).toContain(`${height} x ${width}`);
        }
        expect(sizes.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 12);
      }),
    );
  });

  test("holds every draw where the aspect hardly varies and its rounding decides", () => {
    const rule = {
      scale: [0.09896261093539628, 0.1255539896991953],
      aspect: [3.9999999999999885, 3.999999999999999],
      placement: "reference",
    } as const;
    const grid = { rows: 4, columns: 2 };
    expect(possibleSizes(rule, grid)).toContainEqual(
      expect.objectContaining(blockSize(rule, grid, 0.9791666865348816)),
    );
  });

  test("gives the probability that counting a fine grid of draws gives", () => {
    fc.assert(
      fc.property(rules, grids, (rule, grid) => {
        const steps = 4096;
        const counted = new Map<string, number>();
        for (let step = 0; step < steps; step++) {
          const { height, width } = blockSize(rule, grid, step / steps);
          counted.set(`${height} x ${width}`, (counted.get(`${height} x ${width}`) ?? 0) + 1 / steps);
        }
        for (const { height, width, probability } of possibleSizes(rule, grid)) {
          // A size's draws are a few intervals, and each end can hide
          // up to one step of the count (at most 41 sides change).
          expect(Math.abs(probability - (counted.get(`${height} x ${width}`) ?? 0))).toBeLessThan(42 / steps);
        }
      }),
      { numRuns: 30 },
    );
  });
});

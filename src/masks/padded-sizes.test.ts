// Claims: the sizes are the cheapest there are, hold every set that can be drawn, and come from the seed alone.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { randomStream } from "../random/index.ts";
import { maskOptions } from "./options.ts";
import { leastPadding, paddedSizes, padMasks } from "./padded-sizes.ts";
import { sampleMasks } from "./sample.ts";

const published = maskOptions.parse({ kind: "multi-block" });
const grid14 = { rows: 14, columns: 14 };

/** What the lengths cost once padded, by the documented weights: n + n^2 / (6 * 192). */
const expense = (lengths: readonly number[], sizes: readonly number[]): number =>
  lengths.reduce((sum, length) => {
    const size = sizes.find((each) => each >= length) ?? Number.NaN;
    return sum + size + size ** 2 / 1152;
  }, 0);

describe("leastPadding", () => {
  test("is as cheap as the best of all choices of sizes", () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(lengths, fc.integer({ min: 1, max: 4 }), (seen, count) => {
        const values = [...new Set(seen)].sort((a, b) => a - b);
        const choices = Array.from({ length: 2 ** values.length }, (_, bits) =>
          values.filter((_, at) => (bits >> at) % 2 === 1),
        ).filter((sizes) => sizes.length <= count && sizes.at(-1) === values.at(-1));
        const best = Math.min(...choices.map((sizes) => expense(seen, sizes)));
        const sizes = leastPadding(seen, count);
        expect(sizes.length).toBeLessThanOrEqual(count);
        expect(expense(seen, sizes)).toBeCloseTo(best, 6);
      }),
    );
  });

  test("with room for every length pads nothing", () => {
    expect(leastPadding([5, 9, 5, 7], 8)).toEqual([5, 7, 9]);
  });
});

describe("paddedSizes", () => {
  test("are the only size there is with fixed sizes", () => {
    const fixed = maskOptions.parse({ kind: "fixed" });
    expect(paddedSizes(fixed, { rows: 8, columns: 8 }, 16, 0, 4)).toEqual({ context: [24], target: [12] });
  });

  test("depend on the seed alone", () => {
    expect(paddedSizes(published, grid14, 16, 3, 4)).toEqual(paddedSizes(published, grid14, 16, 3, 4));
  });

  test("end at the largest blocks that can be drawn, 13 x 13 and 8 x 5 on 14 x 14", () => {
    const { context, target } = paddedSizes(published, grid14, 16, 0, 4);
    expect([context.at(-1), target.at(-1)]).toEqual([169, 40]);
    // Above the four sizes for the lengths met, a set too long for one is padded by an eighth at most, and a rounding.
    for (let at = 4; at < context.length; at++)
      expect(context[at]).toBeLessThanOrEqual(Math.ceil(context[at - 1] * 1.125));
  });

  test.each(["first", "none"] as const)(
    "hold other batches than those simulated, truncation %s, at little cost",
    (truncation) => {
      const options = maskOptions.parse({ kind: "multi-block", truncation });
      const sizes = paddedSizes(options, grid14, 16, 0, 4);
      const random = { size: randomStream(1, "size"), place: randomStream(1, "place") };
      const lengths: number[] = [];
      for (let batch = 0; batch < 200; batch++) {
        const masks = sampleMasks(options, grid14, 16, random);
        lengths.push(masks.context.tokens);
        const padded = padMasks(masks, sizes);
        expect(sizes.context).toContain(padded.context.tokens);
        for (const target of padded.targets) expect(sizes.target).toContain(target.tokens);
        expect(padded.context.lengths).toEqual(masks.context.lengths);
      }
      // Four sizes for lengths of 40 to 80 tokens leave less than a tenth to padding.
      expect(
        expense(lengths, sizes.context) /
          expense(
            lengths,
            [...new Set(lengths)].sort((a, b) => a - b),
          ),
      ).toBeLessThan(1.1);
    },
  );
});

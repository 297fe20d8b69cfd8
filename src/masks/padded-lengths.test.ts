// Claims: the pairs hold every batch they were made from, are
// nearly the cheapest there are, and come from the seed alone.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { randomStream } from "../random/index.ts";
import { maskOptions } from "./options.ts";
import { choosePadding, mergedPairs, type PaddedLengths, padMasks } from "./padded-lengths.ts";
import { sampleMasks } from "./sample.ts";

const published = maskOptions.parse({ kind: "multi-block" });
const grid14 = { rows: 14, columns: 14 };
const cost = ({ context, target }: PaddedLengths): number => context + 4 * (context + target);
const padding = { batch: 16, seed: 0, count: 3, cost };

/** What batches of these lengths cost, each in the cheapest pair that holds it. */
const expense = (seen: readonly PaddedLengths[], pairs: readonly PaddedLengths[]): number =>
  seen.reduce((sum, { context, target }) => {
    const holding = pairs.filter((pair) => pair.context >= context && pair.target >= target);
    return sum + Math.min(...holding.map(cost));
  }, 0);

describe("mergedPairs", () => {
  const length = fc.integer({ min: 1, max: 200 });
  const batches = fc.array(fc.record({ context: length, target: length }), { minLength: 1, maxLength: 12 });

  test("holds every batch in no more pairs than asked, and more pairs never cost more", () => {
    fc.assert(
      fc.property(batches, fc.integer({ min: 1, max: 4 }), (seen, count) => {
        const pairs = mergedPairs(seen, { count, cost });
        expect(pairs.length).toBeLessThanOrEqual(count);
        expect(expense(seen, pairs)).toBeLessThan(Number.POSITIVE_INFINITY);
        expect(expense(seen, mergedPairs(seen, { count: count + 1, cost }))).toBeLessThanOrEqual(expense(seen, pairs));
      }),
    );
  });

  test("with room for every pair pads nothing", () => {
    const seen = [5, 9, 7].map((context) => ({ context, target: 20 - context }));
    expect(mergedPairs([...seen, ...seen], { count: 3, cost })).toEqual(seen);
  });

  test("sees that large targets go with small contexts", () => {
    const seen = [
      { context: 80, target: 30 },
      { context: 79, target: 29 },
      { context: 40, target: 50 },
      { context: 41, target: 49 },
    ];
    expect(mergedPairs(seen, { count: 2, cost })).toEqual([
      { context: 80, target: 30 },
      { context: 41, target: 50 },
    ]);
  });
});

describe("choosePadding", () => {
  test("gives the only lengths there are with fixed sizes", () => {
    const fixed = maskOptions.parse({ kind: "fixed" });
    expect(choosePadding(fixed, { rows: 8, columns: 8 }, padding)).toEqual([{ context: 24, target: 12 }]);
  });

  test("depends on the seed alone", () => {
    expect(choosePadding(published, grid14, padding)).toEqual(choosePadding(published, grid14, padding));
  });

  test.each(["first", "none"] as const)(
    "suits other batches than those simulated, truncation %s, at little cost",
    (truncation) => {
      const options = maskOptions.parse({ kind: "multi-block", truncation });
      const pairs = choosePadding(options, grid14, padding);
      const random = { size: randomStream(1, "size"), place: randomStream(1, "place") };
      const drawn: PaddedLengths[] = [];
      const given: PaddedLengths[] = [];
      for (let batch = 0; batch < 200; batch++) {
        const masks = sampleMasks(options, grid14, 16, random);
        const padded = padMasks(masks, pairs);
        const target = Math.max(...masks.targets.map(({ tokens }) => tokens));
        drawn.push({ context: masks.context.tokens, target });
        given.push({ context: padded.context.tokens, target: padded.targets[0].tokens });
        expect(padded.context.lengths).toEqual(masks.context.lengths);
        expect(new Set(padded.targets.map(({ tokens }) => tokens)).size).toBe(1);
      }
      const others = given.filter((one) => !pairs.some((pair) => cost(pair) === cost(one)));
      expect(others.length).toBeLessThanOrEqual(4);
      expect(expense(drawn, given) / expense(drawn, drawn)).toBeLessThan(1.12);
    },
  );
});

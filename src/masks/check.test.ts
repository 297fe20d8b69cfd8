// Claims: what cannot be drawn is refused with a value that can; what the check accepts is drawn without a fault.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UserError } from "../errors/index.ts";
import { randomStream } from "../random/index.ts";
import { checkMasks } from "./check.ts";
import { type MaskOptions, type MaskOptionsInput, maskOptions } from "./options.ts";
import { sampleMasks } from "./sample.ts";

const square = (side: number) => ({ rows: side, columns: side });
const faultOf = (written: MaskOptionsInput, side: number): string => {
  try {
    checkMasks(maskOptions.parse(written), square(side));
    return "none";
  } catch (fault) {
    if (!(fault instanceof UserError)) throw fault;
    return fault.message;
  }
};

describe("published settings", () => {
  test.each([9, 12, 14, 16, 28, 32])("are accepted on a grid of %d", (side) => {
    expect(faultOf({ kind: "multi-block" }, side)).toBe("none");
  });

  // The official sampler never returns on these: always up to 6, for 89% of its seeds on 7, for 48% on 8.
  test.each([
    [4, 0],
    [6, 3],
    [7, 5],
    [8, 8],
  ])("are refused on a grid of %d, naming the largest minKeep %d that works", (side, largest) => {
    expect(faultOf({ kind: "multi-block" }, side)).toContain(`received 10: use at most ${largest}, `);
    expect(faultOf({ kind: "multi-block", minKeep: largest }, side)).toBe("none");
    expect(faultOf({ kind: "multi-block", minKeep: largest + 1 }, side)).not.toBe("none");
  });
});

test("messages", () => {
  const written: [MaskOptionsInput, number][] = [
    [{ kind: "multi-block" }, 7],
    [{ kind: "multi-block", targetScale: [0.01, 0.02] }, 8],
    [{ kind: "multi-block", targetScale: [0.5, 0.6], minKeep: 4 }, 8],
    [{ kind: "fixed", targetTokens: 13 }, 8],
    [{ kind: "fixed", contextTokens: 60 }, 8],
    [{ kind: "fixed", contextTokens: 45 }, 8],
  ];
  expect(written.map(([options, side]) => faultOf(options, side))).toMatchInlineSnapshot(`
    [
      "masks.minKeep: expected less than the 6 patches of a 2 x 3 target block that can be drawn on the 7 x 7 grid, received 10: use at most 5, a larger targetScale, smaller patches or masks.kind "fixed"",
      "masks.targetScale: expected shares that give at least one patch on the 8 x 8 grid, received one that gives a 0 x 0 block: use larger shares or smaller patches",
      "masks.minKeep: expected less than what 4 targets usually leave of a context on the 8 x 8 grid, received 4: use a smaller minKeep, fewer or smaller targets, or smaller patches",
      "masks.targetTokens: expected height times width of a block of aspect 0.75 to 1.5 on the 8 x 8 grid, received 13: use one of 1, 4, 6, 9, 12, 16, 20, 24, 25, 30, 35, 36, 42, 48, 49, 56, 64",
      "masks.contextTokens: expected at most the 52 patches that a target of 12 leaves on the 8 x 8 grid, received 60: use fewer context or target tokens, or smaller patches",
      "masks.contextTokens: expected no more patches than 4 targets of 12 usually leave free on the 8 x 8 grid, received 45: use fewer context tokens, fewer or smaller targets, or smaller patches",
    ]
  `);
});

test("options that pass the check are drawn without a fault", () => {
  const scale = fc.tuple(fc.double({ min: 0.05, max: 0.6, noNaN: true }), fc.double({ min: 0, max: 0.3, noNaN: true }));
  const options = fc.oneof(
    fc.record({
      kind: fc.constant("multi-block" as const),
      targetScale: scale.map(([low, more]): [number, number] => [low, low + more]),
      targets: fc.integer({ min: 1, max: 6 }),
      minKeep: fc.integer({ min: 0, max: 12 }),
      placement: fc.constantFrom("reference" as const, "whole-grid" as const),
    }),
    fc.record({
      kind: fc.constant("fixed" as const),
      contextTokens: fc.integer({ min: 1, max: 40 }),
      targetTokens: fc.integer({ min: 1, max: 30 }),
      targets: fc.integer({ min: 1, max: 6 }),
    }),
  );
  fc.assert(
    fc.property(options, fc.integer({ min: 2, max: 12 }), fc.nat(), (written, side, seed) => {
      const parsed: MaskOptions = maskOptions.parse(written);
      fc.pre(faultOf(written, side) === "none");
      const random = { size: randomStream(seed, "size"), place: randomStream(seed, "place") };
      for (let batch = 0; batch < 5; batch++) sampleMasks(parsed, square(side), 4, random);
    }),
    { numRuns: 50 },
  );
});

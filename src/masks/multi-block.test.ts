// Claims: draws come in the official order; contexts keep clear of targets until that
// cannot be; every search ends; each truncation keeps what it says; whole-grid
// placement reaches the last row and column and the reference never does.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type RandomStream, randomStream } from "../random/index.ts";
import { sampleMultiBlock } from "./multi-block.ts";
import type { Grid, MultiBlockOptions } from "./options.ts";
import { multiBlockOptions } from "./options.ts";
import type { MaskBatch, TokenSets } from "./token-sets.ts";

const published = multiBlockOptions.parse({ kind: "multi-block" });
const streams = (seed: number) => ({ size: randomStream(seed, "size"), place: randomStream(seed, "place") });

/** A stream that gives the listed integers, then zeros; uniform draws are always 0. */
function scripted(integers: readonly number[]): RandomStream & { readonly bounds: number[] } {
  const bounds: number[] = [];
  const integer = (bound: number) => {
    bounds.push(bound);
    return integers[bounds.length - 1] ?? 0;
  };
  return { bounds, integer, uniform: () => 0, u32: () => 0, normal: () => 0 };
}

const rows = (sets: TokenSets): number[][] =>
  Array.from(sets.lengths, (length, row) => [...sets.indices.subarray(row * sets.tokens, row * sets.tokens + length)]);

/** 4 x 4 grid, blocks that may span it, two targets of 4 x 2, one context of 4 x 4, sets of 4 patches or more. */
const grid4: Grid = { rows: 4, columns: 4 };
const halves: MultiBlockOptions = {
  ...published,
  targets: 2,
  targetScale: [0.5, 0.5],
  aspect: [2, 2],
  contextScale: [1, 1],
  minKeep: 3,
  placement: "whole-grid",
};

describe("order of draws", () => {
  test("top and left of each target, then of the context, picture by picture", () => {
    const place = scripted([0, 1, 0, 1, 0, 0]); // both targets on columns 1 and 2, the context on everything
    const masks = sampleMultiBlock(halves, grid4, 2, { size: scripted([]), place });
    expect(rows(masks.targets[0])[0]).toEqual([1, 2, 5, 6, 9, 10, 13, 14]);
    expect(rows(masks.context)[0]).toEqual([0, 3, 4, 7, 8, 11, 12, 15]);
    // Of a 4 x 2 target there is 1 top and 3 lefts; of the context 1 and 1.
    expect(place.bounds).toEqual([1, 3, 1, 3, 1, 1, 1, 3, 1, 3, 1, 1]);
  });

  test("the same streams give the same masks", () => {
    const draw = () => sampleMultiBlock(published, { rows: 14, columns: 14 }, 4, streams(7));
    expect(draw()).toEqual(draw());
  });
});

describe("relaxation", () => {
  test("after 20 failed positions the last target is given up first", () => {
    const place = scripted([0, 0, 0, 2]); // targets on the left and the right half: nothing is free
    const masks = sampleMultiBlock(halves, grid4, 1, { size: scripted([]), place });
    expect(rows(masks.context)).toEqual([[2, 3, 6, 7, 10, 11, 14, 15]]); // what target 0 leaves
    expect(masks.contextDraws).toBe(21);
    expect(masks.relaxations).toBe(1);
  });

  test("a context that no target leaves room for ends as its whole block", () => {
    const everywhere: MultiBlockOptions = { ...halves, targetScale: [1, 1], aspect: [1, 1] };
    const masks = sampleMultiBlock(everywhere, grid4, 3, streams(1));
    expect(rows(masks.context)).toEqual(Array(3).fill([...Array(16).keys()]));
    expect(masks.contextDraws).toBe(3 * 41);
    expect(masks.relaxations).toBe(3 * 2);
  });

  test.each([
    [3, 4, 1],
    [4, 16, 21],
  ])("with minKeep %d a context of 4 patches ends as one of %d after %d positions", (minKeep, length, draws) => {
    const wide: MultiBlockOptions = {
      ...halves,
      targets: 1,
      targetScale: [0.75, 0.75],
      aspect: [4 / 3, 4 / 3],
      minKeep,
    };
    const masks = sampleMultiBlock(wide, grid4, 1, streams(1)); // a 4 x 3 target in a context of 4 x 4
    expect([masks.context.tokens, masks.contextDraws]).toEqual([length, draws]);
  });

  test("with allowOverlap a context is its whole block at once", () => {
    const masks = sampleMultiBlock({ ...halves, allowOverlap: true }, grid4, 1, streams(1));
    expect(masks.context.tokens).toBe(16);
    expect(masks.contextDraws).toBe(1);
  });
});

test("a block no larger than minKeep is refused at once, with the largest minKeep that this size allows", () => {
  expect(() => sampleMultiBlock(published, { rows: 6, columns: 6 }, 1, streams(0))).toThrowErrorMatchingInlineSnapshot(
    `[UserError: masks.minKeep: expected less than the 4 patches of a 2 x 2 target block that can be drawn on the 6 x 6 grid, received 10: use at most 3, a larger targetScale, smaller patches or masks.kind "fixed"]`,
  );
});

describe("truncation", () => {
  const grid = { rows: 14, columns: 14 };
  const drawn = (truncation: MultiBlockOptions["truncation"], seed: number): MaskBatch =>
    sampleMultiBlock({ ...published, truncation }, grid, 8, streams(seed));

  test("none keeps each picture's own length and pads with patch 0", () => {
    const { context } = drawn("none", 3);
    expect(context.tokens).toBe(Math.max(...context.lengths));
    expect(new Set(context.lengths).size).toBeGreaterThan(1);
    for (const [row, length] of context.lengths.entries()) {
      const padding = context.indices.subarray(row * context.tokens + length, (row + 1) * context.tokens);
      expect(padding.every((patch) => patch === 0)).toBe(true);
    }
  });

  test("first keeps the beginning of every set, random a part of it, both as long as the shortest", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const full = rows(drawn("none", seed).context);
        const shortest = Math.min(...full.map((set) => set.length));
        expect(rows(drawn("first", seed).context)).toEqual(full.map((set) => set.slice(0, shortest)));
        for (const [row, part] of rows(drawn("random", seed).context).entries()) {
          expect(part).toHaveLength(shortest);
          expect(part).toEqual(full[row].filter((patch) => part.includes(patch)));
        }
      }),
      { numRuns: 20 },
    );
  });

  test("first starves the lower rows of the context, random does not", () => {
    const share = (truncation: MultiBlockOptions["truncation"]): number => {
      let lower = 0;
      let all = 0;
      for (let seed = 0; seed < 200; seed++) {
        const { indices } = drawn(truncation, seed).context;
        all += indices.length;
        // The context block is rows 0 to 12 of the reference's 14 x 14 grid: those below its middle row.
        lower += indices.filter((patch) => patch >= 7 * grid.columns).length;
      }
      return lower / all;
    };
    // Rows 7..12 are 6 of 13, and targets are placed alike above and below; 1,600 contexts leave about 0.005 to chance.
    expect(share("random")).toBeGreaterThan(0.44);
    expect(share("first")).toBeLessThan(0.36);
  });
});

describe("placement", () => {
  const seen = (placement: MultiBlockOptions["placement"], grid: Grid): Set<number> => {
    const patches = new Set<number>();
    for (let seed = 0; seed < 60; seed++) {
      const masks = sampleMultiBlock({ ...published, placement }, grid, 4, streams(seed));
      for (const sets of [masks.context, ...masks.targets])
        for (const set of rows(sets)) set.map((p) => patches.add(p));
    }
    return patches;
  };

  test.each([12, 14, 16])("the reference never reaches the last row and column of a %d x %d grid", (side) => {
    const patches = [...seen("reference", { rows: side, columns: side })];
    expect(Math.max(...patches.map((patch) => Math.floor(patch / side)))).toBe(side - 2);
    expect(Math.max(...patches.map((patch) => patch % side))).toBe(side - 2);
  });

  test("whole-grid placement reaches every patch", () => {
    expect(seen("whole-grid", { rows: 12, columns: 14 }).size).toBe(12 * 14);
  });
});

describe("every set", () => {
  const options: fc.Arbitrary<MultiBlockOptions> = fc
    .record({
      contexts: fc.integer({ min: 1, max: 3 }),
      targets: fc.integer({ min: 1, max: 6 }),
      minKeep: fc.integer({ min: 0, max: 5 }),
      placement: fc.constantFrom("reference" as const, "whole-grid" as const),
      truncation: fc.constantFrom("first" as const, "random" as const, "none" as const),
    })
    .map((fields) => ({ ...published, ...fields }));
  const grids = fc.record({ rows: fc.integer({ min: 8, max: 18 }), columns: fc.integer({ min: 8, max: 18 }) });

  test("is ascending, larger than minKeep, and targets of a picture are blocks that its contexts keep clear of", () => {
    fc.assert(
      fc.property(options, grids, fc.integer({ min: 1, max: 6 }), fc.nat(), (chosen, grid, batch, seed) => {
        const masks = sampleMultiBlock(chosen, grid, batch, streams(seed));
        expect(masks.context.lengths).toHaveLength(chosen.contexts * batch);
        for (const sets of [masks.context, ...masks.targets]) {
          for (const set of rows(sets)) {
            expect(set).toEqual([...new Set(set)].sort((a, b) => a - b));
            expect(set.length).toBeGreaterThan(chosen.minKeep);
            expect(set[set.length - 1]).toBeLessThan(grid.rows * grid.columns);
          }
        }
        if (masks.relaxations > 0) return;
        for (const [row, set] of rows(masks.context).entries()) {
          const targets = new Set(masks.targets.flatMap((target) => rows(target)[row % batch]));
          expect(set.some((patch) => targets.has(patch))).toBe(false);
        }
      }),
    );
  });
});

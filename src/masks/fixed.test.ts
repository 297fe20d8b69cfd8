// Claims: sizes never vary, targets are rectangles, the context is clear of them and uniform
// over what they leave, and a grid too full for the context still gives masks of these sizes.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { randomStream } from "../random/index.ts";
import { fixedShapes, sampleFixed } from "./fixed.ts";
import { fixedBlockOptions } from "./options.ts";

const defaults = fixedBlockOptions.parse({ kind: "fixed" });
const grid8 = { rows: 8, columns: 8 };
const setOf = (indices: Int32Array, row: number, tokens: number) => indices.subarray(row * tokens, (row + 1) * tokens);

describe("sampleFixed", () => {
  test("draws 24 context and 4 x 12 target patches on 8 x 8, apart, each target a 3 x 4 or 4 x 3 block", () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 8 }), (seed, batch) => {
        const masks = sampleFixed(defaults, grid8, batch, randomStream(seed));
        expect([masks.context.tokens, ...masks.targets.map(({ tokens }) => tokens)]).toEqual([24, 12, 12, 12, 12]);
        for (let picture = 0; picture < batch; picture++) {
          const context = [...setOf(masks.context.indices, picture, 24)];
          expect(context).toEqual([...new Set(context)].sort((a, b) => a - b));
          for (const { indices } of masks.targets) {
            const target = [...setOf(indices, picture, 12)];
            const rows = new Set(target.map((patch) => Math.floor(patch / 8))).size;
            const columns = new Set(target.map((patch) => patch % 8)).size;
            expect([[3, 4].join(), [4, 3].join()]).toContain([rows, columns].join());
            expect(target.filter((patch) => context.includes(patch))).toEqual([]);
          }
        }
      }),
    );
  });

  test("reaches every patch, the last row and column too", () => {
    const { context, targets } = sampleFixed(defaults, grid8, 200, randomStream(1));
    expect(new Set(targets.flatMap(({ indices }) => [...indices])).size).toBe(64);
    expect(new Set(context.indices).size).toBe(64);
  });

  test("takes the first layout that leaves just enough for the context", () => {
    const filled = { ...defaults, targets: 1, contextTokens: 52 };
    expect(sampleFixed(filled, grid8, 3, randomStream(1)).contextDraws).toBe(3);
  });

  test("stacks the targets where spread ones can never leave room for the context", () => {
    const crowded = { ...defaults, contextTokens: 52 }; // 64 - 12: only one block's worth of targets fits
    const { context, targets } = sampleFixed(crowded, grid8, 3, randomStream(1));
    expect(context.tokens).toBe(52);
    for (const { indices } of targets) expect(indices).toEqual(targets[0].indices);
  });
});

test("the shapes of 12 patches on a flat grid are those that fit it", () => {
  const wide = { ...defaults, aspect: [0.1, 10] as const };
  expect(fixedShapes(wide, { rows: 2, columns: 30 })).toEqual([{ height: 2, width: 6 }]);
  expect(fixedShapes(wide, { rows: 3, columns: 30 })).toEqual([
    { height: 2, width: 6 },
    { height: 3, width: 4 },
  ]);
});

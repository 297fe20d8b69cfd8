// Claims: the masks shown are those of the run's first step, without padding; coverage counts what the sampler draws,
// so the known blind last row and column of the reference's placement show; a method without masks has neither.

import { expect, test } from "vitest";
import { objectives } from "../objectives/index.ts";
import { randomStream } from "../random/index.ts";
import { type Recipe, recipeSchema } from "../runs/index.ts";
import { colouredPictures } from "./protocol.fixture.ts";
import { maskCoverageOf, maskFigureOf } from "./run-masks.ts";

function recipeWith(masks: Readonly<Record<string, unknown>>, crop: number): Recipe {
  return recipeSchema(objectives).parse({
    objective: "ijepa",
    data: { source: "cifar10", crop },
    model: { width: 8, depth: 1, heads: 2, patch: 4 },
    predictor: { width: 8, depth: 1 },
    masks,
    training: { steps: 1, batch: 64 },
  });
}

const fixed = recipeWith({ kind: "fixed", contextTokens: 6, targets: 2, targetTokens: 4 }, 24);
const pictures = colouredPictures("colours", 10);

test("pictures are shown with the masks of the first step's batch", async () => {
  const figure = await maskFigureOf(fixed, pictures);
  const method = objectives[fixed.objective].bind(fixed);
  const drawn = method.choices((name) => randomStream(0, name, 0), 64).forPictures(0, 64);
  expect(figure?.samples).toHaveLength(6);
  expect(figure?.samples[1]?.context).toEqual(drawn.contextTokens.values.subarray(6, 12));
  expect(figure?.samples[1]?.targets[1]).toEqual(drawn.targetTokens.values.subarray(65 * 4, 66 * 4));
  expect([figure?.size, figure?.grid]).toEqual([24, { rows: 6, columns: 6 }]);
});

test("padding is not shown: sets of varying length hold each patch once", async () => {
  const varying = recipeWith({ kind: "multi-block", truncation: "none", minKeep: 2 }, 48);
  for (const { context, targets } of (await maskFigureOf(varying, pictures))?.samples ?? []) {
    for (const set of [context, ...targets]) expect(new Set(Array.from(set)).size).toBe(set.length);
  }
});

test("coverage of fixed sizes adds up to the tokens drawn", () => {
  const coverage = maskCoverageOf(fixed);
  const total = (shares: ArrayLike<number>) => Array.from(shares).reduce((sum, share) => sum + share, 0);
  expect(total(coverage?.context ?? [])).toBeCloseTo(6, 9);
  // Two blocks of four patches that may overlap.
  expect(total(coverage?.target ?? [])).toBeLessThanOrEqual(8);
  expect(total(coverage?.target ?? [])).toBeGreaterThan(4);
});

test("the reference's placement never makes a target of the last row and column, and coverage shows it", () => {
  const coverage = maskCoverageOf(recipeWith({ kind: "multi-block", minKeep: 2 }, 48));
  const target = Array.from(coverage?.target ?? []);
  const isLast = (cell: number) => cell >= 12 * 11 || cell % 12 === 11;
  expect(target.filter((_, cell) => isLast(cell)).every((share) => share === 0)).toBe(true);
  expect(target.filter((_, cell) => !isLast(cell)).every((share) => share > 0)).toBe(true);
});

test("a method that draws no masks has no figure of them", async () => {
  const without: Recipe = { ...fixed, masks: undefined };
  expect(maskCoverageOf(without)).toBeUndefined();
  expect(await maskFigureOf(without, pictures)).toBeUndefined();
});

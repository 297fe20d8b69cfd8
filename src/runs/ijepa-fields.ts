// The fields of a recipe that are I-JEPA's own (Assran et al. 2023, arXiv 2301.08243), with the published values as defaults.

import { z } from "zod";
import { checkMasks, type MaskOptions, maskOptions } from "../masks/index.ts";
import { checkWidth, type RecipeSizes } from "./recipe-sizes.ts";

/** What a recipe says about I-JEPA. */
export interface IjepaFields {
  readonly predictor: { readonly width: number; readonly depth: number; readonly heads?: number | undefined };
  readonly masks: MaskOptions;
  readonly loss: "smooth_l1" | "l2" | "l1";
  readonly targetNormalisation: "layer" | "batch";
  /** null: no teacher and no stop-gradient, the encoder chases itself. */
  readonly teacher: { readonly momentum: readonly [number, number] } | null;
}

const count = z.int().min(1);
const share = z.number().min(0).max(1);

const fields = z.strictObject({
  predictor: z.strictObject({
    width: count.max(16_384).describe("length of a token's vector in the predictor; a multiple of 4 and of its heads"),
    depth: count.max(1_000).describe("transformer blocks of the predictor"),
    heads: count.max(1_024).optional().describe("attention heads of the predictor; none: as many as the encoder's"),
  }),
  masks: maskOptions.prefault({ kind: "multi-block" }).describe("how contexts and targets are drawn"),
  loss: z
    .enum(["smooth_l1", "l2", "l1"])
    .default("smooth_l1")
    .describe('distance to the targets: "smooth_l1" (the published checkpoints), "l2" (the paper) or "l1"'),
  targetNormalisation: z
    .enum(["layer", "batch"])
    .default("layer")
    .describe(
      'targets are normalised over each token\'s features ("layer", official) or each feature over the batch ("batch")',
    ),
  teacher: z
    .strictObject({
      momentum: z
        .tuple([share, share])
        .describe("the teacher's share of itself at the first and the last step, along a line"),
    })
    .nullable()
    .prefault({ momentum: [0.996, 1] })
    .describe(
      "the encoder's running average, which gives the targets; null: none and no stop-gradient, which collapses",
    ),
});

/** I-JEPA's entry in a recipe schema. */
export const ijepaRecipe: {
  readonly options: z.ZodObject;
  check(recipe: RecipeSizes): void;
} = {
  options: fields,
  check(recipe) {
    const { predictor, masks } = ijepaFields(recipe);
    const { heads, patch } = recipe.model;
    if (predictor.heads === undefined) checkWidth("predictor.width", predictor.width, heads, "model.heads");
    else checkWidth("predictor.width", predictor.width, predictor.heads, "predictor.heads");
    const side = recipe.data.crop / patch;
    checkMasks(masks, { rows: side, columns: side });
  },
};

/** I-JEPA's own fields of a checked recipe. */
export function ijepaFields(recipe: object): IjepaFields {
  return fields.strip().parse(recipe);
}

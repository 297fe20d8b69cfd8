// The options of the mask samplers: what a recipe says about masks, with the published settings as
// defaults. `multi-block` is I-JEPA's sampler (Assran et al. 2023, arXiv 2301.08243, section 3 and
// appendix A); its known defects are mended by name (`placement`, `truncation`). `fixed` draws sets
// of the same size every time, for grids too small for the first.

import { z } from "zod";

/** A grid of patches; patch (row, column) has index `row * columns + column`. */
export interface Grid {
  readonly rows: number;
  readonly columns: number;
}

/** Lower and upper end of a uniform draw, both included. */
export type Range = readonly [number, number];

/** What the multi-block sampler draws; see `multiBlockOptions` for each field. */
export interface MultiBlockOptions {
  readonly kind: "multi-block";
  readonly contexts: number;
  readonly contextScale: Range;
  readonly targets: number;
  readonly targetScale: Range;
  readonly aspect: Range;
  readonly minKeep: number;
  readonly allowOverlap: boolean;
  readonly placement: "reference" | "whole-grid";
  readonly truncation: "first" | "random" | "none";
}

/** What the fixed-size sampler draws; see `fixedBlockOptions` for each field. */
export interface FixedBlockOptions {
  readonly kind: "fixed";
  readonly contextTokens: number;
  readonly targets: number;
  readonly targetTokens: number;
  readonly aspect: Range;
}

/** Options of either sampler, told apart by `kind`. */
export type MaskOptions = MultiBlockOptions | FixedBlockOptions;

/** What a person writes: `kind` and whatever differs from the defaults. */
export type MaskOptionsInput = Written<MultiBlockOptions> | Written<FixedBlockOptions>;

type Written<Options extends MaskOptions> = Pick<Options, "kind"> & {
  readonly [Field in keyof Options]?: Options[Field] | undefined;
};

/** More targets than this do not fit the sampler's bit sets (one bit a target). */
const mostTargets = 30;

const aspect = range(z.number().positive())
  .default([0.75, 1.5])
  .describe("height / width of a target block, lowest and highest");
const targets = z
  .int()
  .min(1)
  .max(mostTargets)
  .default(4)
  .describe("target blocks of a picture; they may overlap one another");

const multiBlock = z.strictObject({
  kind: z.literal("multi-block"),
  contexts: z.int().min(1).default(1).describe("context blocks of a picture, each predicted from by itself"),
  contextScale: range(z.number().positive().max(1))
    .default([0.85, 1])
    .describe("share of the grid that a context block covers before the targets are cut out of it"),
  targets,
  targetScale: range(z.number().positive().max(1))
    .default([0.15, 0.2])
    .describe("share of the grid that one target block covers"),
  aspect,
  minKeep: z.int().min(0).default(10).describe("a context or target must hold more patches than this"),
  allowOverlap: z.boolean().default(false).describe("whether a context may hold patches of the targets"),
  placement: z
    .enum(["reference", "whole-grid"])
    .default("reference")
    .describe('"reference": the official sampler, which never reaches the last row and column; "whole-grid": it does'),
  truncation: z
    .enum(["first", "random", "none"])
    .default("first")
    .describe(
      'how the sets of a batch get one length: "first" patches kept (official; favours the top), "random" ones, or "none": padded',
    ),
});

const fixedBlock = z.strictObject({
  kind: z.literal("fixed"),
  contextTokens: z.int().min(1).default(24).describe("patches of the context, drawn from those outside every target"),
  targets,
  targetTokens: z.int().min(1).default(12).describe("patches of one target block: height times width"),
  aspect,
});

/** Options of the multi-block sampler, with the settings of all four published I-JEPA checkpoints as defaults. */
export const multiBlockOptions: z.ZodType<MultiBlockOptions, Written<MultiBlockOptions>> = multiBlock;

/** Options of the fixed-size sampler; the defaults suit an 8 x 8 grid. */
export const fixedBlockOptions: z.ZodType<FixedBlockOptions, Written<FixedBlockOptions>> = fixedBlock;

/**
 * Options of either sampler: `{ kind: "multi-block" }` or `{ kind: "fixed" }` with whatever differs from the defaults.
 */
export const maskOptions: z.ZodType<MaskOptions, MaskOptionsInput> = z.discriminatedUnion("kind", [
  multiBlock,
  fixedBlock,
]);

// A function declaration: it is used above, while this file is being evaluated.
function range(end: z.ZodNumber) {
  return z.tuple([end, end]).refine(([low, high]) => low <= high, "the first must not be greater than the second");
}

// The settings of the mask fixture, as the reference's collator takes them, in our words.

import { z } from "zod";
import { type Grid, type MaskOptions, maskOptions } from "../../src/masks/index.ts";

const range = z.tuple([z.number(), z.number()]);
const side = z.union([z.number(), z.tuple([z.number(), z.number()]).readonly()]);
const summary = z.object({ n: z.number(), mean: z.number(), std: z.number(), standard_error_of_mean: z.number() });

/** The part of `stats.json` that is compared or says how. */
export const statisticsFile = z.object({
  configs: z.record(
    z.string(),
    z.object({
      config: z.object({
        input_size: side,
        patch_size: z.number(),
        min_keep: z.number(),
        enc_mask_scale: range,
        pred_mask_scale: range,
        aspect_ratio: range,
        nenc: z.number(),
        npred: z.number(),
        allow_overlap: z.boolean(),
      }),
      batches: z.number(),
      batch_size: z.number(),
      relaxations: z.number(),
      summary: z.record(z.string(), summary),
      histogram: z.record(z.string(), z.record(z.string(), z.number())),
    }),
  ),
});

/** One setting of the mask fixture with the statistics that the reference gave. */
export type MaskSetting = z.infer<typeof statisticsFile>["configs"][string];

/** The reference's setting as options and grid of our sampler. */
export function samplerOf({ config }: MaskSetting): { options: MaskOptions & { kind: "multi-block" }; grid: Grid } {
  const options = maskOptions.parse({
    kind: "multi-block",
    contexts: config.nenc,
    contextScale: config.enc_mask_scale,
    targets: config.npred,
    targetScale: config.pred_mask_scale,
    aspect: config.aspect_ratio,
    minKeep: config.min_keep,
    allowOverlap: config.allow_overlap,
  });
  if (options.kind !== "multi-block") throw new Error("internal: options changed their kind");
  const [height, width] =
    typeof config.input_size === "number" ? [config.input_size, config.input_size] : config.input_size;
  return {
    options,
    grid: { rows: Math.floor(height / config.patch_size), columns: Math.floor(width / config.patch_size) },
  };
}

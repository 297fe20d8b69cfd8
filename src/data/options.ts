// What a recipe says about its data: validated once at the edge, with the defaults that stand nowhere else.

import { z } from "zod";
import { dataSetNames } from "./data-sets.ts";

/** Fields of the recipe section `data`. */
export const dataOptions: z.ZodObject<
  {
    source: z.ZodString;
    crop: z.ZodInt;
    scale: z.ZodDefault<z.ZodTuple<[z.ZodNumber, z.ZodNumber]>>;
    flip: z.ZodDefault<z.ZodBoolean>;
    workers: z.ZodDefault<z.ZodInt>;
  },
  z.core.$strict
> = z.strictObject({
  source: z
    .string()
    .min(1)
    .describe(`${dataSetNames.map((name) => `"${name}"`).join(", ")}, or the path of a folder of pictures`),
  crop: z.int().min(1).max(4096).describe("side of the square that the model sees, in pixels"),
  scale: z
    .tuple([share(), share()])
    .refine(([least, most]) => least <= most, "the least share must not be above the most")
    .default([0.3, 1])
    .describe("least and most share of a picture's area that a random crop takes (I-JEPA: 0.3 to 1)"),
  flip: z.boolean().default(false).describe("mirror half of the pictures left to right (I-JEPA: no)"),
  workers: z
    .int()
    .min(0)
    .max(64)
    .default(1)
    .describe("threads that decode and crop ahead of training; 0 does it in the training thread"),
});

/** The recipe section `data` after validation. */
export type DataOptions = z.infer<typeof dataOptions>;

/** The part of a data set that is learned from, and the part that is held out to measure on. */
export type Split = "train" | "test";

function share(): z.ZodNumber {
  return z.number().gt(0).max(1);
}

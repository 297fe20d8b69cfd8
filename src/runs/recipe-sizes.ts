// What must hold between the sizes of any recipe before a program can be made of it.

import { UserError } from "../errors/index.ts";
import { checkMultiple, checkWidth } from "../nn/index.ts";

/** The sizes looked at, as they stand in a recipe. */
export interface RecipeSizes {
  readonly data: { readonly crop: number };
  readonly model: { readonly width: number; readonly heads: number; readonly patch: number };
  readonly training: { readonly batch: number; readonly microBatch?: number | undefined };
}

/** Throws UserError where the crop does not hold whole patches, a width cannot be divided, or a micro-batch exceeds its batch. */
export function checkSizes({ data, model, training }: RecipeSizes): void {
  checkMultiple("data.crop", data.crop, [model.patch], `the patch size ${model.patch} (model.patch)`);
  checkWidth("model.width", model.width, model.heads, "model.heads");
  const { batch, microBatch = 1 } = training;
  if (microBatch > batch) {
    const fault = { where: 'recipe field "training.microBatch"', expected: `at most the batch of ${batch}` };
    throw new UserError({
      ...fault,
      received: microBatch,
      remedy: "make it smaller, or leave it out to have it chosen",
    });
  }
}

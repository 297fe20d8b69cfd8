// What must hold between the sizes of any recipe before a program can be made of it.

import { UserError } from "../errors/index.ts";
import { checkMultiple, checkWidth } from "../nn/index.ts";

/** The sizes looked at, as they stand in a recipe. */
export interface RecipeSizes {
  readonly data: { readonly crop: number };
  readonly model: {
    readonly width: number;
    readonly heads: number;
    readonly patch: number;
    readonly mlpRatio: number;
  };
  readonly training: { readonly batch: number; readonly microBatch?: number | undefined };
}

/** Patches of a picture: attention over more would take minutes a step, and gigabytes. */
const mostTokens = 16_384;

/**
 * Throws UserError where the crop does not hold whole patches or holds too many, a width
 * cannot be divided, the MLP has no hidden unit, or a micro-batch does not divide its batch.
 */
export function checkSizes({ data, model, training }: RecipeSizes): void {
  checkMultiple('recipe field "data.crop"', data.crop, [model.patch], `the patch size ${model.patch} (model.patch)`);
  const tokens = (data.crop / model.patch) ** 2;
  if (tokens > mostTokens) {
    throw new UserError({
      where: 'recipe field "data.crop"',
      expected: `at most ${mostTokens} patches of a picture`,
      received: `${tokens} of ${model.patch} x ${model.patch} pixels in ${data.crop} x ${data.crop}`,
      remedy: "make data.crop smaller or model.patch larger",
    });
  }
  checkWidth('recipe field "model.width"', model.width, model.heads, "model.heads");
  if (Math.floor(model.width * model.mlpRatio) < 1) {
    throw new UserError({
      where: 'recipe field "model.mlpRatio"',
      expected: `at least 1 / ${model.width}, one hidden unit for a width of ${model.width}`,
      received: model.mlpRatio,
      remedy: "leave it out for the official 4",
    });
  }
  const { batch, microBatch = 1 } = training;
  if (batch % microBatch !== 0) {
    throw new UserError({
      where: 'recipe field "training.microBatch"',
      expected: `a divisor of the batch of ${batch}`,
      received: microBatch,
      remedy: `use ${largestDivisor(batch, microBatch)}, or leave it out to have it chosen`,
    });
  }
}

/** The largest divisor of `whole` that is no larger than `most`, 1 where `most` is less. */
export function largestDivisor(whole: number, most: number): number {
  let divisor = Math.max(1, Math.min(Math.floor(most), whole));
  while (whole % divisor !== 0) divisor--;
  return divisor;
}

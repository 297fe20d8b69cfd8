// What must hold between the sizes of any recipe before a program can be made of it.

import { UserError } from "../errors/index.ts";

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

/**
 * Throws UserError where a transformer's width cannot be cut into heads of one size, or into the four parts of a position table
 * (sine and cosine of row and column).
 */
export function checkWidth(field: string, width: number, heads: number, headsField: string): void {
  checkMultiple(field, width, [heads, 4], `4 (position tables) and of the ${heads} heads (${headsField})`);
}

function checkMultiple(field: string, value: number, divisors: readonly number[], words: string): void {
  const step = divisors.reduce(leastCommonMultiple);
  if (value % step === 0) return;
  const below = Math.floor(value / step) * step;
  const remedy = below === 0 ? `use ${below + step}` : `use ${below} or ${below + step}`;
  throw new UserError({
    where: `recipe field "${field}"`,
    expected: `a multiple of ${words}`,
    received: value,
    remedy,
  });
}

function leastCommonMultiple(a: number, b: number): number {
  let [greater, smaller] = [a, b];
  while (smaller !== 0) [greater, smaller] = [smaller, greater % smaller];
  return (a * b) / greater;
}

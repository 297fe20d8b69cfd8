// What a page shows of embeddings: patches as colours, and how near two pictures are.

import { contentOf } from "../embedding/any-runtime.ts";
import { colourMaps } from "../figures/any-runtime.ts";
import type { Grid } from "../nn/index.ts";
import { principalComponents, project } from "../spectra/index.ts";
import type { RgbPicture } from "./pixels.ts";

/** A picture of one pixel a patch, and the share of the patches' variance along each component, in 0..1. */
export interface PatchColours extends RgbPicture {
  readonly share: Float64Array;
}

/**
 * The first three principal components of one picture's patches [rows * columns, width] as red, green and blue.
 *
 * @param plain the patches of a plain picture (`plainPicture`), which are taken away: they tell mostly where a patch is
 */
export function patchColours(patches: Float32Array, grid: Grid, plain?: Float32Array): PatchColours {
  const width = patches.length / (grid.rows * grid.columns);
  const looked = plain === undefined ? patches : contentOf(patches, plain, width).patches;
  const basis = principalComponents(looked, width, 3);
  const [map] = colourMaps(project(basis, looked), grid);
  return { ...map, share: basis.share };
}

/** Cosine of the angle between two vectors, -1..1. */
export function cosine(a: Float32Array, b: Float32Array): number {
  const product = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, i) => sum + value * y[i], 0);
  return product(a, b) / Math.max(Math.sqrt(product(a, a) * product(b, b)), Number.MIN_VALUE);
}

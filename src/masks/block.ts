// Rectangles of patches on a grid: a size, a place, and the patches inside in raster order.

import type { Grid } from "./options.ts";

/** Sides of a block, in patches. */
export interface BlockSize {
  readonly height: number;
  readonly width: number;
}

/** How many patches a block of this size holds. */
export function area({ height, width }: BlockSize): number {
  return height * width;
}

/**
 * Writes the patches of the block whose first patch is `corner`, in ascending raster order.
 *
 * @param into room for them at its front, so that a batch is drawn without an allocation a block
 */
export function writePatches(into: Int32Array, corner: number, size: BlockSize, grid: Grid): void {
  let at = 0;
  for (let row = 0; row < size.height; row++) {
    const first = corner + row * grid.columns;
    for (let column = 0; column < size.width; column++) into[at++] = first + column;
  }
}

// The one entry of both samplers, by `kind`, and the streams that they draw from.

import type { RandomStream } from "../random/index.ts";
import { sampleFixed } from "./fixed.ts";
import { type MaskStreams, sampleMultiBlock } from "./multi-block.ts";
import type { Grid, MaskOptions } from "./options.ts";
import type { MaskBatch } from "./token-sets.ts";

/** The streams of a step's masks, from the step's streams by name. */
export function maskStreams(streams: (name: string) => RandomStream): MaskStreams {
  return { size: streams("mask sizes"), place: streams("mask places") };
}

/**
 * Draws the context and target sets of a batch of pictures.
 *
 * Pure: the same options, grid and streams give the same masks. Every search is bounded.
 *
 * @param grid patches of a picture, in rows and columns
 * @param batch pictures, at least 1
 * @param random `size` is drawn from once or twice a batch, `place` for every picture
 * @throws UserError for sizes that the grid cannot hold; `checkMasks` throws the same before training
 */
export function sampleMasks(options: MaskOptions, grid: Grid, batch: number, random: MaskStreams): MaskBatch {
  if (options.kind === "fixed") return sampleFixed(options, grid, batch, random.place);
  return sampleMultiBlock(options, grid, batch, random);
}

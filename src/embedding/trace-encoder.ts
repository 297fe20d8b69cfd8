// The graph of an encoder that was opened: bytes of pictures in; pooled vectors, patches and attention out. For any
// runtime.

import { UserError } from "../errors/index.ts";
import type { EncoderSizes, PictureSize, Preprocessing } from "../hub/index.ts";
import { attentionMap, type Grid, hiddenStates, norm, type ParameterBook, patchesOf } from "../nn/index.ts";
import { input, mean, reshape, type Tensor } from "../tensor/index.ts";

/** Which block's output: 1 to the depth, as it leaves the block, or the last one's after the final norm. */
export type Layer = number | "last";

/** What a program gives besides pooled vectors. */
export interface TracedOutputs {
  /** The layer that pooled vectors and patches are of. */
  readonly layer: Layer;
  readonly patches: boolean;
  /** The block, 1 to the depth, whose attention is given; none when absent. */
  readonly attention?: number | undefined;
}

/** What a graph is made of. */
export interface TracedEncoder {
  readonly sizes: EncoderSizes;
  readonly preprocessing: Pick<Preprocessing, "pixels">;
}

/**
 * Traces an encoder on `pictures` [pictures, height, width, 3] of bytes.
 *
 * @returns `pooled` [pictures, width]; where wanted `patches` [pictures, tokens, width] and `attention`
 *   [pictures, heads, tokens, tokens], each row adding up to 1
 */
export function traceEncoder(
  book: ParameterBook,
  { sizes, preprocessing }: TracedEncoder,
  grid: Grid,
  pictures: number,
  { layer, patches, attention }: TracedOutputs,
): Record<string, Tensor> {
  const { patch, depth, heads, width, epsilon } = sizes;
  const seen = patchesOf(input("pictures", [pictures, grid.rows * patch, grid.columns * patch, 3], "u8"), patch);
  const blocks = layer === "last" ? depth : layer;
  // The attention of a block is of its input: the state before it.
  const traced = Math.max(blocks, (attention ?? 1) - 1);
  const states = hiddenStates(book.root, seen, { ...sizes, depth: traced, grid, pixels: preprocessing.pixels });
  const features = layer === "last" ? norm(book.root.at("norm"), states[blocks], { epsilon }) : states[blocks];
  const outputs: Record<string, Tensor> = { pooled: mean(features, { axes: 1 }) };
  if (patches) outputs.patches = features;
  if (attention !== undefined) {
    const rows = reshape(states[attention - 1], [-1, width]);
    const scope = book.root.at("blocks").at(attention - 1);
    outputs.attention = attentionMap(scope, rows, { batch: pictures, heads, epsilon });
  }
  return outputs;
}

/** Throws UserError for a layer that an encoder of that depth does not have. */
export function requireLayer(layer: Layer, depth: number): void {
  if (layer === "last" || (Number.isInteger(layer) && layer >= 1 && layer <= depth)) return;
  throw new UserError({
    where: "layer",
    expected: `last, or a block from 1 to ${depth}`,
    received: layer,
    remedy: "use last: it includes the final norm",
  });
}

/** The patches of a picture. Throws UserError where its sides are no multiples of the patch. */
export function gridOf({ height, width }: PictureSize, patch: number): Grid {
  if (height % patch === 0 && width % patch === 0 && height > 0 && width > 0) {
    return { rows: height / patch, columns: width / patch };
  }
  throw new UserError({
    where: "size of a picture",
    expected: `height and width that are multiples of the patch ${patch}`,
    received: `${height} x ${width}`,
    remedy: `use ${Math.max(1, Math.round(height / patch)) * patch} x ${Math.max(1, Math.round(width / patch)) * patch}`,
  });
}

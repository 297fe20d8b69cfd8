// From pictures to tokens: a picture is cut into square patches, each a row of its pixels; the patch embedding, a
// convolution with stride = kernel in the papers, is then one linear layer. Tokens that are not asked for are never
// embedded.

import {
  add,
  axes,
  cast,
  constant,
  gather,
  linear,
  mul,
  reshape,
  shapeError,
  sub,
  type Tensor,
  transpose,
} from "../tensor/index.ts";
import { filled, normal } from "./initial.ts";
import { sinCosPositions } from "./positions.ts";
import type { Scope } from "./scope.ts";

export interface Grid {
  readonly rows: number;
  readonly columns: number;
}

/** Mean and deviation of pixels by channel (red, green, blue), in 0..1. */
export interface PixelStatistics {
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

/** Those of ImageNet: how every official model was fed. */
export const imageNetPixels: PixelStatistics = { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] };

/** Bytes to normalised numbers. pictures u8 [..., 3 * n], a pixel's channels side by side -> f32, same shape. */
export function normalisePixels(pictures: Tensor, { mean, deviation }: PixelStatistics = imageNetPixels): Tensor {
  const last = pictures.shape[pictures.shape.length - 1];
  const everyPixel = (ofChannel: (channel: number) => number) =>
    constant(
      Float64Array.from({ length: last }, (_, i) => ofChannel(i % 3)),
      [last],
    );
  const scale = everyPixel((channel) => 1 / (255 * deviation[channel]));
  const shift = everyPixel((channel) => mean[channel] / deviation[channel]);
  return sub(mul(cast(pictures, "f32"), scale), shift);
}

/**
 * Cuts pictures into patches, row by row.
 *
 * @param pictures [batch, height, width, channels]
 * @returns [batch, patches, patch * patch * channels], pixels of a patch row by row, a pixel's channels side by side
 * @throws ShapeError when the sides are no multiples of the patch
 */
export function patchesOf(pictures: Tensor, patch: number): Tensor {
  const { batch, height, width, channels } = axes("patchesOf", pictures, "batch height width channels");
  if (height % patch !== 0 || width % patch !== 0) {
    throw shapeError("patchesOf", `sides that are multiples of the patch ${patch}`, `${height} x ${width}`, []);
  }
  const [rows, columns] = [height / patch, width / patch];
  const cut = reshape(pictures, [batch, rows, patch, columns, patch * channels]);
  return reshape(transpose(cut, [0, 1, 3, 2, 4]), [batch, rows * columns, patch * patch * channels]);
}

export interface EmbedOptions {
  readonly width: number;
  readonly patch: number;
  readonly grid: Grid;
  /** [batch, tokens] i32: which patches to take; all of them when absent. */
  readonly tokens?: Tensor | undefined;
  /** How bytes become numbers; ImageNet's statistics when absent. */
  readonly pixels?: PixelStatistics | undefined;
}

/**
 * Patch embedding and positions. patches [batch, patches, patch^2 * channels], bytes or normalised -> [batch, tokens,
 * width].
 */
export function embedPatches(scope: Scope, patches: Tensor, options: EmbedOptions): Tensor {
  const { width, patch, grid, tokens, pixels: statistics } = options;
  const chosen = tokens === undefined ? patches : takeTokens(patches, tokens);
  const positions = positionTable(scope, "pos_embed", grid, width);
  const places = tokens === undefined ? positions : gather(positions, tokens);
  const pixels = chosen.dtype === "u8" ? normalisePixels(chosen, statistics) : chosen;
  return add(projectPatches(scope.at("patch_embed.proj"), pixels, { width, patch }), places);
}

/**
 * The convolution of the papers, whose weight has channels first. [batch, tokens, patch^2 * channels] -> [batch,
 * tokens, width].
 */
export function projectPatches(
  scope: Scope,
  patches: Tensor,
  { width, patch }: { width: number; patch: number },
): Tensor {
  const [area, pixels] = [patch * patch, patches.shape[2]];
  const channels = pixels / area;
  const shape = [width, channels, patch, patch];
  const weight = scope.parameter("weight", shape, normal(0.02), { as: [width, channels, area] });
  const byPixel = reshape(transpose(weight, [0, 2, 1]), [width, pixels]);
  return linear(patches, byPixel, scope.parameter("bias", [width], filled(0)));
}

/** A fixed sine-cosine table, stored as [1, patches, width]. @returns [patches, width] */
export function positionTable(scope: Scope, name: string, grid: Grid, width: number): Tensor {
  const count = grid.rows * grid.columns;
  const initial = { kind: "table", values: () => sinCosPositions(grid, width) } as const;
  return scope.parameter(name, [1, count, width], initial, { trained: false, as: [count, width] });
}

/**
 * Rows of each picture by index.
 *
 * @param x [batch, patches, width]
 * @param tokens [sets * batch, tokens] i32, set outermost; each index within the picture
 * @returns [sets * batch, tokens, width]
 */
export function takeTokens(x: Tensor, tokens: Tensor): Tensor {
  const [batch, patches, width] = x.shape;
  const [rows] = tokens.shape;
  const starts = constant(
    Int32Array.from({ length: rows }, (_, row) => (row % batch) * patches),
    [rows, 1],
    "i32",
  );
  return gather(reshape(x, [batch * patches, width]), add(tokens, starts));
}

// What an encoder makes of the patches of one picture: their principal components, how near each is to one of them, and
// where a block's attention looks.

import { decodingFault } from "../data/index.ts";
import { Interrupted, UserError } from "../errors/index.ts";
import type { Grid } from "../nn/index.ts";
import { principalComponents, project } from "../spectra/index.ts";
import type { Encoder } from "./encoder.ts";
import type { PictureInput } from "./picture-input.ts";
import { contentOf, plainPicture } from "./plain-picture.ts";
import { type Layer, requireLayer } from "./trace-encoder.ts";

/** A patch: row and column of the grid, from 0 at the left top. */
export interface PatchPlace {
  readonly row: number;
  readonly column: number;
}

export interface PatchViewsOptions {
  /**
   * Which features are looked at: `content`, what they have beyond a plain picture of the same mean colour (where a patch
   * is, mostly, is taken away), or `whole`. `content` when absent.
   */
  readonly features?: "content" | "whole" | undefined;
  /** The patch that others are compared with, and whose attention is given. */
  readonly patch?: PatchPlace | undefined;
  /** The block whose attention is given, 1 to the depth or the last; none when absent. */
  readonly attention?: Layer | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Maps over the patches of one picture, in raster order. */
export interface PatchViews {
  /** The picture as the model is given it: [height, width, 3] bytes. */
  readonly picture: { readonly pixels: Uint8Array; readonly width: number; readonly height: number };
  readonly grid: Grid;
  /** Share of the variance between patches that a plain picture has as well, 0..1; undefined where it was left in. */
  readonly taken: number | undefined;
  /** [patches, 3]: coordinates along the three principal components of this picture's patches. */
  readonly coordinates: Float32Array;
  /** Share of the patches' variance along each of the three, in 0..1. */
  readonly share: Float64Array;
  /** Cosine of every patch's features to those of `patch`, -1..1. */
  readonly similarity?: { readonly patch: PatchPlace; readonly values: Float32Array } | undefined;
  readonly attention?: AttentionView | undefined;
}

/** Where a block's attention looks: weights over the patches, each map adding up to 1. */
export interface AttentionView {
  /** From 1. */
  readonly block: number;
  /** The patch that looks; undefined: the mean over all patches. */
  readonly from: PatchPlace | undefined;
  /** The mean of the heads. */
  readonly mean: Float32Array;
  readonly heads: readonly Float32Array[];
}

const components = 3;

/**
 * Looks at one picture's patches after the last layer's final norm.
 *
 * @throws UserError for a patch or block that there is not, a grid of fewer than five patches, or a picture that cannot
 *   be read
 */
export async function patchViews(
  encoder: Encoder,
  picture: PictureInput,
  { features = "content", patch, attention, signal }: PatchViewsOptions = {},
): Promise<PatchViews> {
  const { grid, width, depth } = encoder;
  requirePatches(grid);
  if (patch !== undefined) requirePlace(patch, grid);
  if (attention !== undefined) requireLayer(attention, depth);
  const block = attention === "last" ? depth : attention;
  const pixels = await pixelsOf(encoder, picture);
  if (signal?.aborted) throw new Interrupted();
  const pictures = features === "whole" ? [pixels] : [pixels, plainPicture(pixels)];
  const encoded = await encoder.run(pictures, { layer: "last", patches: true, attention: block, brief: true });
  const [first, plain] = pictures.map((_, place) => partOf(encoded.patches, place, pictures.length));
  const { patches, taken } =
    plain === undefined ? { patches: first, taken: undefined } : contentOf(first, plain, width);
  const weights = partOf(encoded.attention, 0, pictures.length);
  const basis = principalComponents(patches, width, components);
  const { height, width: pictureWidth } = encoder.pictureSize;
  return {
    picture: { pixels, width: pictureWidth, height },
    grid,
    taken,
    coordinates: project(basis, patches),
    share: basis.share,
    similarity: patch && { patch, values: cosines(patches, width, indexOf(patch, grid)) },
    attention: block === undefined ? undefined : attentionView(weights, grid, block, patch),
  };
}

async function pixelsOf(encoder: Encoder, picture: PictureInput): Promise<Uint8Array> {
  try {
    return await encoder.reader.read(picture);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const where = typeof picture === "string" ? picture : "picture";
    const expected = "a picture that can be read (JPEG, PNG, WebP or AVIF)";
    throw new UserError({
      where,
      expected,
      received: `a file that cannot be: ${decodingFault(error)}`,
      remedy: "check the path, or mend the file",
    });
  }
}

/** What of some values belongs to one of `count` pictures. */
function partOf(values: Float32Array, place: number, count: number): Float32Array {
  const each = values.length / count;
  return values.subarray(place * each, (place + 1) * each);
}

/** Cosine of each row of `features` [rows, width] to row `index`. */
function cosines(features: Float32Array, width: number, index: number): Float32Array {
  const row = (i: number) => features.subarray(i * width, (i + 1) * width);
  const chosen = row(index);
  const length = norm(chosen);
  return Float32Array.from({ length: features.length / width }, (_, i) => {
    const other = row(i);
    const product = chosen.reduce((sum, value, j) => sum + value * other[j], 0);
    return product / Math.max(length * norm(other), Number.MIN_VALUE);
  });
}

function norm(row: Float32Array): number {
  return Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
}

/** @param weights [heads, tokens, tokens] of one picture */
function attentionView(weights: Float32Array, grid: Grid, block: number, from: PatchPlace | undefined): AttentionView {
  const tokens = grid.rows * grid.columns;
  const heads = Array.from({ length: weights.length / tokens ** 2 }, (_, head) => {
    const map = weights.subarray(head * tokens ** 2, (head + 1) * tokens ** 2);
    if (from === undefined) return meanOf(Array.from({ length: tokens }, (_, i) => rowAt(map, i, tokens)));
    return rowAt(map, indexOf(from, grid), tokens).slice();
  });
  return { block, from, mean: meanOf(heads), heads };
}

function rowAt(matrix: Float32Array, row: number, width: number): Float32Array {
  return matrix.subarray(row * width, (row + 1) * width);
}

function meanOf(rows: readonly Float32Array[]): Float32Array {
  return Float32Array.from(rows[0], (_, i) => rows.reduce((sum, row) => sum + row[i], 0) / rows.length);
}

function indexOf({ row, column }: PatchPlace, { columns }: Grid): number {
  return row * columns + column;
}

function requirePlace({ row, column }: PatchPlace, { rows, columns }: Grid): void {
  const inside = (place: number, most: number) => Number.isInteger(place) && place >= 0 && place < most;
  if (inside(row, rows) && inside(column, columns)) return;
  throw new UserError({
    where: "patch",
    expected: `a row from 0 to ${rows - 1} and a column from 0 to ${columns - 1}`,
    received: `${row},${column}`,
    remedy: `use ${Math.floor(rows / 2)},${Math.floor(columns / 2)} for the middle, or a larger size for more patches`,
  });
}

/** Three directions of so few patches would hold all that there is. */
function requirePatches({ rows, columns }: Grid): void {
  if (rows * columns > components + 1) return;
  throw new UserError({
    where: "size of the picture",
    expected: `more than ${components + 1} patches`,
    received: `${rows} x ${columns}`,
    remedy: "use a larger size",
  });
}

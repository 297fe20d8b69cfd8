// A short name for exactly this model: vectors of one are never compared with vectors of another.

import { createHash } from "node:crypto";
import { readUpTo, withOpenFile } from "../files/index.ts";
import type { EncoderSizes } from "./encoder-config.ts";
import type { LocatedTensor, Piece } from "./located.ts";
import type { Preprocessing } from "./preprocessing.ts";

/** Bytes that are looked at of each tensor: two models of one shape differ in every one. */
const sample = 4096;

/**
 * 32 hexadecimal digits of what a model computes with: sizes, preprocessing, and the beginning of every tensor. The
 * same for a run and for what was exported of it.
 */
export async function fingerprintOf(
  { width, depth, heads, patch, ratio, epsilon, grid }: EncoderSizes,
  { size, part, pixels }: Preprocessing,
  parameters: ReadonlyMap<string, LocatedTensor>,
): Promise<string> {
  const sizes = [width, depth, heads, patch, Math.round(width * ratio), epsilon, grid.rows, grid.columns];
  const feeding = [size.height, size.width, part, pixels.mean, pixels.deviation];
  return fingerprintOfTensors([sizes, feeding], parameters);
}

/** The same of any facts that a model computes by, and of its tensors. */
export async function fingerprintOfTensors(
  facts: unknown,
  parameters: ReadonlyMap<string, LocatedTensor>,
): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify(facts));
  for (const [name, { shape, pieces }] of [...parameters].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`\0${name} ${shape}`);
    let left = sample;
    for (const piece of pieces) {
      if (left === 0) break;
      const bytes = await beginningOf(piece, left);
      hash.update(bytes);
      left -= bytes.length;
    }
  }
  return hash.digest("hex").slice(0, 32);
}

async function beginningOf(piece: Piece, most: number): Promise<Uint8Array> {
  if ("values" in piece) {
    const { buffer, byteOffset, byteLength } = piece.values;
    return new Uint8Array(buffer, byteOffset, Math.min(most, byteLength));
  }
  const bytes = new Uint8Array(Math.min(most, piece.byteLength));
  await withOpenFile(piece.path, (file) => readUpTo(file, bytes, piece.offset));
  return bytes;
}

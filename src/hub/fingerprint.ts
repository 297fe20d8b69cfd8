// A short name for exactly this model: vectors of one are never compared with vectors of another.

import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import type { EncoderSizes } from "./encoder-config.ts";
import type { LocatedTensor, Piece } from "./located.ts";
import type { Preprocessing } from "./preprocessing.ts";

/** Bytes that are looked at of each piece: two models of one shape differ in every tensor. */
const sample = 4096;

/**
 * 32 hexadecimal digits of what a model computes with: sizes, preprocessing, and the beginning of every tensor. The same for a
 * run and for what was exported of it.
 */
export async function fingerprintOf(
  sizes: EncoderSizes,
  preprocessing: Preprocessing,
  parameters: ReadonlyMap<string, LocatedTensor>,
): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify([sizes, preprocessing]));
  for (const [name, { shape, pieces }] of [...parameters].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`\0${name} ${shape}`);
    hash.update(await beginningOf(pieces[0]));
  }
  return hash.digest("hex").slice(0, 32);
}

async function beginningOf(piece: Piece): Promise<Uint8Array> {
  if ("values" in piece) {
    const { buffer, byteOffset, byteLength } = piece.values;
    return new Uint8Array(buffer, byteOffset, Math.min(sample, byteLength));
  }
  const bytes = new Uint8Array(Math.min(sample, piece.byteLength));
  const file = await open(piece.path, "r");
  try {
    await file.read(bytes, 0, bytes.length, piece.offset);
  } finally {
    await file.close();
  }
  return bytes;
}

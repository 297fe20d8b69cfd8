// Features of a collection of pictures by a frozen encoder: average-pooled patches of the last layer (after the final norm), and
// of the last four blocks one after the other (I-JEPA, appendix A.1: the better of the two is reported).

import type { Pictures } from "../data/index.ts";
import { Interrupted } from "../errors/index.ts";
import {
  encodeLayers,
  type Grid,
  norm,
  normalisePixels,
  parameterBook,
  patchesOf,
  type TransformerOptions,
} from "../nn/index.ts";
import type { Runtime } from "../runtime/index.ts";
import { concat, input, mean, type Tensor } from "../tensor/index.ts";

/** A frozen encoder: its sizes, and its weights by official name without the encoder's prefix (`blocks.0.norm1.weight`). */
export interface FrozenEncoder extends TransformerOptions {
  readonly crop: number;
  weight(name: string): Float32Array;
}

export interface Features {
  readonly rows: number;
  /** [rows, width] */
  readonly last: Float32Array;
  readonly width: number;
  /** [rows, 4 * width], fewer where the encoder has fewer blocks */
  readonly lastFour: Float32Array;
  readonly lastFourWidth: number;
}

export interface ExtractOptions {
  /** Which pictures, as indices. */
  readonly indices: Int32Array;
  readonly onProgress?: ((done: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const batch = 32;

/** Reads and encodes pictures, un-augmented, in the order of `indices`. Throws Interrupted when the signal asks. */
export async function extractFeatures(
  runtime: Runtime,
  encoder: FrozenEncoder,
  pictures: Pictures,
  { indices, onProgress, signal }: ExtractOptions,
): Promise<Features> {
  const { outputs, feeds } = traceFeatures(encoder);
  const program = await runtime.compile(outputs);
  const { width } = encoder;
  const lastFourWidth = outputs.lastFour.shape[1];
  const last = new Float32Array(indices.length * width);
  const lastFour = new Float32Array(indices.length * lastFourWidth);
  const bytes = encoder.crop ** 2 * 3;
  const seen = new Uint8Array(batch * bytes);
  for (let from = 0; from < indices.length; from += batch) {
    if (signal?.aborted) throw new Interrupted();
    const part = indices.subarray(from, from + batch);
    const read = await Promise.all(Array.from(part, (index) => pictures.picture(index, encoder.crop)));
    for (const [place, picture] of read.entries()) seen.set(picture, place * bytes);
    const results = await program.run({ ...feeds, pictures: seen });
    copyRows(last, results.last, from * width, part.length * width);
    copyRows(lastFour, results.lastFour, from * lastFourWidth, part.length * lastFourWidth);
    onProgress?.(Math.min(indices.length, from + batch));
  }
  await program.release();
  return { rows: indices.length, last, width, lastFour, lastFourWidth };
}

function traceFeatures(encoder: FrozenEncoder): {
  outputs: { last: Tensor; lastFour: Tensor };
  feeds: Record<string, Float32Array>;
} {
  const { crop, patch } = encoder;
  const book = parameterBook();
  const grid: Grid = { rows: crop / patch, columns: crop / patch };
  const patches = patchesOf(normalisePixels(input("pictures", [batch, crop, crop, 3], "u8")), patch);
  const { layers } = encodeLayers(book.root, patches, { ...encoder, grid });
  const pooled = layers.slice(-4).map((layer) => mean(layer, { axes: 1 }));
  const last = mean(norm(book.root.at("norm"), layers[layers.length - 1]), { axes: 1 });
  const feeds = [...book.leaves.values()].map(({ feed, name, offset, tensor }) => {
    const count = tensor.shape.reduce((product, size) => product * size, 1);
    return [feed, encoder.weight(name).subarray(offset, offset + count)] as const;
  });
  return { outputs: { last, lastFour: concat(pooled, 1) }, feeds: Object.fromEntries(feeds) };
}

function copyRows(into: Float32Array, from: ArrayLike<number | bigint>, start: number, count: number): void {
  if (from instanceof Float32Array) into.set(from.subarray(0, count), start);
}

// Features of pictures by a frozen encoder. For probes: average-pooled patches of the last layer (after the final
// norm), and of the last four blocks one after the other (I-JEPA, appendix A.1: the better of the two is reported). For
// looking at: every patch.

import type { Pictures } from "../data/index.ts";
import { Interrupted } from "../errors/index.ts";
import {
  encodeLayers,
  type Grid,
  norm,
  type ParameterBook,
  parameterBook,
  patchesOf,
  type TransformerOptions,
} from "../nn/index.ts";
import { cachedElements, type Program, type Runtime, type Values } from "../runtime/index.ts";
import { concat, elements, input, mean, type Tensor } from "../tensor/index.ts";

/**
 * A frozen encoder: its sizes, and its weights by official name without the encoder's prefix (`blocks.0.norm1.weight`).
 */
export interface FrozenEncoder extends TransformerOptions {
  readonly crop: number;
  weight(name: string): Float32Array;
}

/** Where an encoder's weights are: arrays by official name, its scope included. */
export type NamedWeights = ReadonlyMap<string, { readonly data: Float32Array }>;

/** The sizes of an encoder as a recipe states them. */
export interface EncoderRecipe {
  readonly model: Omit<TransformerOptions, "ratio"> & { readonly mlpRatio: number };
  readonly data: { readonly crop: number };
}

/** The encoder in a scope of a model. It reads the weights as they are when it is used. */
export function frozenEncoder(recipe: EncoderRecipe, scope: string, weights: NamedWeights): FrozenEncoder {
  return {
    ...encoderSizes(recipe),
    weight(name) {
      const found = weights.get(`${scope}.${name}`);
      if (found === undefined) throw new RangeError(`internal: the encoder has no parameter "${name}"`);
      return found.data;
    },
  };
}

/** What an encoder is traced from. */
export function encoderSizes({ model, data }: EncoderRecipe): TransformerOptions & { readonly crop: number } {
  const { mlpRatio, ...sizes } = model;
  return { ...sizes, ratio: mlpRatio, crop: data.crop };
}

/** Pooled features of pictures, one row a picture. */
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

/** Reads and encodes pictures, un-augmented, in the order of `indices`. Throws Interrupted when the signal asks. */
export async function extractFeatures(
  runtime: Runtime,
  encoder: FrozenEncoder,
  pictures: Pictures,
  options: ExtractOptions,
): Promise<Features> {
  const { width, depth } = encoder;
  const lastFourWidth = Math.min(4, depth) * width;
  const rows = options.indices.length;
  const sinks = {
    last: { values: new Float32Array(rows * width), each: width },
    lastFour: { values: new Float32Array(rows * lastFourWidth), each: lastFourWidth },
  };
  await encodeAll(runtime, encoder, pictures, options, pooled, sinks);
  return { rows, last: sinks.last.values, width, lastFour: sinks.lastFour.values, lastFourWidth };
}

/**
 * Features of every patch after the final norm, for a few pictures.
 *
 * @returns [indices * tokens, width], patches of a picture in raster order. Throws Interrupted when the signal asks.
 */
export async function extractPatches(
  runtime: Runtime,
  encoder: FrozenEncoder,
  pictures: Pictures,
  options: ExtractOptions,
): Promise<Float32Array> {
  const each = tokensOf(encoder) * encoder.width;
  const patches = { values: new Float32Array(options.indices.length * each), each };
  await encodeAll(runtime, encoder, pictures, options, wholeLast, { patches });
  return patches.values;
}

/** Patches of a picture: the grid's cells. */
export function tokensOf({ crop, patch }: FrozenEncoder): number {
  return (crop / patch) ** 2;
}

/** Names, shapes and first values of an encoder's parameters, found by tracing it once. */
export function encoderBook(encoder: TransformerOptions & { readonly crop: number }): ParameterBook {
  const book = parameterBook();
  traceLayers(book, encoder, 1);
  return book;
}

/** Outputs of a program over `batch` pictures: from the blocks' outputs and the last one's after the final norm. */
type Outputs = (layers: readonly Tensor[], last: Tensor) => Record<string, Tensor>;

const pooled: Outputs = (layers, last) => ({
  last: mean(last, { axes: 1 }),
  lastFour: concat(
    layers.slice(-4).map((layer) => mean(layer, { axes: 1 })),
    1,
  ),
});

const wholeLast: Outputs = (_, last) => ({ patches: last });

/** Where an output of `each` numbers a picture is collected. */
interface Sink {
  readonly values: Float32Array;
  readonly each: number;
}

/** Most pictures at once, where more would stay in the cache as well. */
const mostAtOnce = 64;

async function encodeAll(
  runtime: Runtime,
  encoder: FrozenEncoder,
  pictures: Pictures,
  { indices, onProgress, signal }: ExtractOptions,
  outputs: Outputs,
  sinks: Readonly<Record<string, Sink>>,
): Promise<void> {
  const fitting = Math.floor(cachedElements / (tokensOf(encoder) * encoder.width));
  const batch = Math.max(1, Math.min(mostAtOnce, fitting, indices.length));
  const { program, feeds } = await compileEncoder(runtime, encoder, batch, outputs);
  const bytes = encoder.crop ** 2 * 3;
  const seen = new Uint8Array(batch * bytes);
  try {
    for (let from = 0; from < indices.length; from += batch) {
      if (signal?.aborted) throw new Interrupted();
      const part = indices.subarray(from, from + batch);
      const read = await Promise.all(Array.from(part, (index) => pictures.picture(index, encoder.crop)));
      for (const [place, picture] of read.entries()) seen.set(picture, place * bytes);
      const results = await program.run({ ...feeds, pictures: seen });
      for (const [name, { values, each }] of Object.entries(sinks)) {
        values.set(floats(results[name]).subarray(0, part.length * each), from * each);
      }
      onProgress?.(from + part.length);
    }
  } finally {
    await program.release();
  }
}

async function compileEncoder(
  runtime: Runtime,
  encoder: FrozenEncoder,
  batch: number,
  outputs: Outputs,
): Promise<{ program: Program; feeds: Record<string, Float32Array> }> {
  const book = parameterBook();
  const layers = traceLayers(book, encoder, batch);
  const program = await runtime.compile(outputs(layers.slice(0, -1), layers[layers.length - 1]));
  const feeds = [...book.leaves.values()].map(({ feed, name, offset, tensor }) => {
    return [feed, encoder.weight(name).subarray(offset, offset + elements(tensor.shape))] as const;
  });
  return { program, feeds: Object.fromEntries(feeds) };
}

/** Every block's output, then the last one's after the final norm, each [batch, tokens, width]. */
function traceLayers(
  book: ParameterBook,
  encoder: TransformerOptions & { readonly crop: number },
  batch: number,
): Tensor[] {
  const { crop, patch } = encoder;
  const grid: Grid = { rows: crop / patch, columns: crop / patch };
  const patches = patchesOf(input("pictures", [batch, crop, crop, 3], "u8"), patch);
  const layers = encodeLayers(book.root, patches, { ...encoder, grid });
  return [...layers, norm(book.root.at("norm"), layers[layers.length - 1])];
}

function floats(values: Values): Float32Array {
  if (values instanceof Float32Array) return values;
  throw new TypeError("internal: an encoder gave something other than floats");
}

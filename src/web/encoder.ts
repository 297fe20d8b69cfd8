// An encoder in a browser: fetched, traced by the same graph as elsewhere, run by onnxruntime-web's WebAssembly.
// Weights are given to the engine as the model's external data, so that float32 files are handed over as they came.

import type * as Onnx from "onnxruntime-web/wasm";
import { gridOf, pictureFitter, resampledPositions, traceEncoder } from "../embedding/any-runtime.ts";
import { loadOptional } from "../errors/index.ts";
import type { PictureSize } from "../hub/any-runtime.ts";
import { type Grid, type ParameterLeaf, parameterBook } from "../nn/index.ts";
import { elements, emit, onnxBytes, type StoredValues, simplify } from "../tensor/index.ts";
import { type FetchedModel, fetchModel, parameterValues } from "./model-files.ts";
import { pixelsOf, type WebPicture } from "./pixels.ts";

/** What an encoder makes of a picture. */
export interface WebEmbedding {
  /** [width]: the mean of the patches. */
  readonly pooled: Float32Array;
  /** [rows * columns, width] after the final norm, patches in raster order. */
  readonly patches: Float32Array;
  readonly grid: Grid;
}

/** An encoder that was loaded. */
export interface WebEncoder {
  readonly width: number;
  readonly depth: number;
  readonly grid: Grid;
  /** What the model is given, in pixels. */
  readonly pictureSize: PictureSize;
  /** The picture as the model is given it, [height, width, 3]: the same bytes as in Node. */
  prepare(picture: WebPicture): Uint8Array;
  /** Embeds a picture; calls that overlap are run one after the other. */
  embed(picture: WebPicture): Promise<WebEmbedding>;
  /** Gives the memory back. */
  close(): Promise<void>;
}

export interface LoadEncoderOptions {
  /**
   * Folder of `ort-wasm-simd-threaded.mjs` and `.wasm`, with its slash; where the engine's own module lies when absent.
   */
  readonly wasmPaths?: string | undefined;
  /** Threads; a page that is not cross-origin isolated has one. The engine's own choice when absent. */
  readonly threads?: number | undefined;
  /** Instead of the size that the model's preprocessing says; positions are interpolated. Multiples of the patch. */
  readonly size?: PictureSize | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Loads an encoder out of a model directory, such as `jepa export` writes.
 *
 * @param url of the directory; relative to the page
 * @throws UserError where a file or the engine is missing, or the model is of another kind; CorruptFile where one is
 *   damaged
 */
export async function loadEncoder(
  url: string | URL,
  { wasmPaths, threads, size, signal }: LoadEncoderOptions = {},
): Promise<WebEncoder> {
  const model = await fetchModel(directoryOf(url), signal);
  const preprocessing = { ...model.preprocessing, size: size ?? model.preprocessing.size };
  const { sizes } = model.config;
  const grid = gridOf(preprocessing.size, sizes.patch);
  const engine = await loadEngine(wasmPaths, threads);
  const session = await openSession(engine, model, grid);
  const prepared = pictureFitter(preprocessing);
  const { height, width } = preprocessing.size;
  const run = async (picture: WebPicture): Promise<WebEmbedding> => {
    const pictures = new engine.Tensor("uint8", prepared(pixelsOf(picture)), [1, height, width, 3]);
    const { pooled, patches } = await session.run({ pictures });
    return { pooled: floats(pooled), patches: floats(patches), grid };
  };
  let last: Promise<unknown> = Promise.resolve();
  return {
    width: sizes.width,
    depth: sizes.depth,
    grid,
    pictureSize: preprocessing.size,
    prepare: (picture) => prepared(pixelsOf(picture)),
    embed: (picture) => {
      const next = last.then(() => run(picture));
      last = next.catch(() => undefined);
      return next;
    },
    close: () => session.release(),
  };
}

/** The address of the directory, with its slash. */
function directoryOf(url: string | URL): URL {
  const page: unknown = Reflect.get(globalThis, "location");
  const base = typeof page === "object" && page !== null && "href" in page ? String(page.href) : undefined;
  const address = new URL(url, base);
  if (!address.pathname.endsWith("/")) address.pathname += "/";
  return address;
}

async function loadEngine(wasmPaths: string | undefined, threads: number | undefined): Promise<typeof Onnx> {
  const engine = await loadOptional(() => import("onnxruntime-web/wasm"), {
    where: "engine",
    expected: "the package onnxruntime-web",
    remedy: 'install it, and without a bundler name "onnxruntime-web/wasm" in the page\'s import map',
  });
  if (wasmPaths !== undefined) engine.env.wasm.wasmPaths = wasmPaths;
  if (threads !== undefined) engine.env.wasm.numThreads = threads;
  return engine;
}

/** Name of the file of weights that are not float32 as they were fetched. */
const madeFile = "made";

async function openSession(engine: typeof Onnx, model: FetchedModel, grid: Grid): Promise<Onnx.InferenceSession> {
  const book = parameterBook();
  const traced = { sizes: model.config.sizes, preprocessing: model.preprocessing };
  const outputs = simplify(traceEncoder(book, traced, grid, 1, { layer: "last", patches: true }));
  const { stored, made } = placesOf(model, [...book.leaves.values()], grid);
  const files = [...model.files].map(([path, data]) => ({ path, data }));
  return engine.InferenceSession.create(onnxBytes(emit(outputs, stored)), {
    executionProviders: ["wasm"],
    graphOptimizationLevel: "basic",
    externalData: made.length === 0 ? files : [...files, { path: madeFile, data: made }],
  });
}

/**
 * Where each leaf's numbers lie: in a fetched file, or among those that were made (widened, or positions of another
 * grid).
 */
function placesOf(
  model: FetchedModel,
  leaves: readonly ParameterLeaf[],
  grid: Grid,
): { readonly stored: ReadonlyMap<string, StoredValues>; readonly made: Uint8Array } {
  const own = model.config.sizes.grid;
  const isOtherGrid = own.rows !== grid.rows || own.columns !== grid.columns;
  const stored = new Map<string, StoredValues>();
  const parts: Float32Array[] = [];
  let end = 0;
  for (const { feed, name, offset, tensor } of leaves) {
    const parameter = model.parameters.get(name);
    if (parameter === undefined) throw new Error(`internal: the model has no parameter "${name}"`);
    const isResampled = isOtherGrid && name === "pos_embed";
    const byteLength = 4 * elements(tensor.shape);
    const piece = pieceAt(parameter.pieces, offset);
    if (!isResampled && piece?.dtype === "F32" && piece.byteLength === byteLength) {
      stored.set(feed, { file: piece.file, offset: piece.offset, byteLength });
      continue;
    }
    const whole = parameterValues(model, parameter);
    const values = isResampled ? resampledPositions(whole, own, grid) : whole;
    parts.push(values.subarray(offset, offset + byteLength / 4));
    stored.set(feed, { file: madeFile, offset: end, byteLength });
    end += byteLength;
  }
  const made = new Float32Array(end / 4);
  parts.reduce((at, part) => {
    made.set(part, at);
    return at + part.length;
  }, 0);
  return { stored, made: new Uint8Array(made.buffer) };
}

/** Of equal pieces of float32, the one that begins at element `offset` (query, key and value are one parameter). */
function pieceAt<Piece extends { readonly byteLength: number }>(
  pieces: readonly Piece[],
  offset: number,
): Piece | undefined {
  return pieces[(4 * offset) / pieces[0].byteLength];
}

function floats({ data }: Onnx.Tensor): Float32Array {
  if (data instanceof Float32Array) return data;
  throw new TypeError("internal: an encoder gave something other than floats");
}

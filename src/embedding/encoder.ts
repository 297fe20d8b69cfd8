// An encoder at work: pictures in, vectors out. Weights stay in their file where the engine can read them there;
// programs are compiled for the sizes that are asked for, and few are kept.

import { realpath } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { Interrupted } from "../errors/index.ts";
import { type OpenedModel, type PictureSize, placeOf, readLocated } from "../hub/index.ts";
import { type Grid, type ParameterBook, parameterBook } from "../nn/index.ts";
import {
  cachedElements,
  type Program,
  ProgramShelf,
  type Runtime,
  type StoredInputs,
  type Values,
} from "../runtime/index.ts";
import { elements, type StoredValues } from "../tensor/index.ts";
import { type PictureInput, type PictureReader, pictureReader } from "./picture-input.ts";
import { resampledPositions } from "./position-tables.ts";
import { gridOf, type Layer, requireLayer, type TracedOutputs, traceEncoder } from "./trace-encoder.ts";

/** What an encoder makes of a picture. */
export interface Embedding {
  /** [width]: the mean of the patches. */
  readonly pooled: Float32Array;
  /** [rows * columns, width], patches in raster order. */
  readonly patches: Float32Array;
  readonly grid: Grid;
}

export interface EmbedOptions {
  /** "last" when absent. */
  readonly layer?: Layer | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An open encoder. */
export interface Encoder {
  readonly model: OpenedModel;
  readonly width: number;
  readonly depth: number;
  readonly grid: Grid;
  /** What the model is given, in pixels. */
  readonly pictureSize: PictureSize;
  /** Pictures that are computed at once. */
  readonly batch: number;
  /**
   * Embeds pictures.
   *
   * @throws what the decoder throws where one is broken; UserError for a layer that there is not; Interrupted
   */
  embed(pictures: readonly PictureInput[], options?: EmbedOptions): Promise<Embedding[]>;
  /** The bytes that the model is given, [height, width, 3]. */
  readonly reader: PictureReader;
  /**
   * Pooled vectors, and patches or attention where wanted, of pictures that were read already; best `batch` at most.
   */
  run(pictures: readonly Uint8Array[], options: RunOptions): Promise<Encoded>;
  /** Gives the memory back. */
  close(): Promise<void>;
}

/** What is computed of pictures. */
export interface RunOptions extends TracedOutputs {
  /** Pictures that the program is for, at least as many as there are; just as many when absent. */
  readonly places?: number | undefined;
  /** Few runs follow: the program starts sooner, and is a little slower. */
  readonly brief?: boolean | undefined;
}

export interface Encoded {
  /** [pictures, width] */
  readonly pooled: Float32Array;
  /** [pictures, tokens, width]; empty where they were not wanted. */
  readonly patches: Float32Array;
  /**
   * [pictures, heads, tokens, tokens]: how each patch (third) looks at every other (last); empty where it was not
   * wanted.
   */
  readonly attention: Float32Array;
}

/** What a program gave, by name; what is given back to it is written again. */
type Results = Readonly<Record<string, Values>>;
interface Ran extends Encoded {
  readonly results: Results;
}

/** Most pictures at once, where more would stay in the cache as well. */
const mostAtOnce = 64;
const programsKept = 2;

export interface OpenEncoderOptions {
  /** Instead of the size that the model's preprocessing says; positions are interpolated. Multiples of the patch. */
  readonly size?: PictureSize | undefined;
}

/** Opens an encoder on a runtime. Throws UserError where the size is no multiple of the patch. */
export function openEncoder(runtime: Runtime, model: OpenedModel, { size }: OpenEncoderOptions = {}): Encoder {
  const { sizes } = model;
  const preprocessing = { ...model.preprocessing, size: size ?? model.preprocessing.size };
  const { width: pictureWidth, height } = preprocessing.size;
  const grid = gridOf(preprocessing.size, sizes.patch);
  const tokens = grid.rows * grid.columns;
  const batch = Math.max(1, Math.min(mostAtOnce, Math.floor(cachedElements / (tokens * sizes.width))));
  const reader = pictureReader(preprocessing);
  const shelf = new ProgramShelf(programsKept);
  const weights = new Weights(model, grid);

  // Kept, since fresh memory costs more than what is written into it.
  let seen = new Uint8Array(0);

  const run = async (pictures: readonly Uint8Array[], options: RunOptions, into: Results = {}): Promise<Ran> => {
    const places = options.places ?? pictures.length;
    const program = await shelf.take(`${places} ${options.layer} ${options.patches} ${options.attention}`, async () => {
      const book = parameterBook();
      const outputs = traceEncoder(book, model, grid, places, options);
      return runtime.compile(outputs, { stored: await weights.stored(book), brief: options.brief });
    });
    const feeds = await weights.feeds(program);
    const bytes = height * pictureWidth * 3;
    if (seen.length !== places * bytes) seen = new Uint8Array(places * bytes);
    for (const [place, picture] of pictures.entries()) seen.set(picture, place * bytes);
    seen.fill(0, pictures.length * bytes);
    const results = await program.run({ ...feeds, pictures: seen }, into);
    const rows = (values: Values | undefined, each: number) =>
      values === undefined ? new Float32Array(0) : floats(values).subarray(0, pictures.length * each);
    return {
      results,
      pooled: rows(results.pooled, sizes.width),
      patches: rows(results.patches, tokens * sizes.width),
      attention: rows(results.attention, sizes.heads * tokens * tokens),
    };
  };

  return {
    model,
    width: sizes.width,
    depth: sizes.depth,
    grid,
    pictureSize: preprocessing.size,
    batch,
    reader,
    run: (pictures, options) => run(pictures, options),
    async embed(pictures, { layer = "last", signal } = {}) {
      requireLayer(layer, sizes.depth);
      const embeddings: Embedding[] = [];
      // Parts of one size: one program, and no place stays empty but a few of the last.
      const places = Math.ceil(pictures.length / Math.ceil(pictures.length / batch));
      let into: Results = {};
      for (let from = 0; from < pictures.length; from += places) {
        if (signal?.aborted) throw new Interrupted();
        const read = await Promise.all(pictures.slice(from, from + places).map((picture) => reader.read(picture)));
        const { results, pooled, patches } = await run(read, { layer, patches: true, places }, into);
        into = results;
        const part = (values: Float32Array, each: number, at: number) => values.slice(at * each, (at + 1) * each);
        for (let at = 0; at < read.length; at++) {
          embeddings.push({
            pooled: part(pooled, sizes.width, at),
            patches: part(patches, tokens * sizes.width, at),
            grid,
          });
        }
      }
      return embeddings;
    },
    close: () => shelf.release(),
  };
}

/** A model's numbers as its programs take them: told to the engine where they lie in a file, else read once and fed. */
class Weights {
  readonly #model: OpenedModel;
  readonly #grid: Grid;
  readonly #read = new Map<string, Promise<Float32Array>>();
  readonly #leaves = new Map<string, { readonly name: string; readonly offset: number }>();

  constructor(model: OpenedModel, grid: Grid) {
    this.#model = model;
    this.#grid = grid;
  }

  async stored(book: ParameterBook): Promise<StoredInputs | undefined> {
    const values = new Map<string, StoredValues>();
    // The engine reads from one folder; what lies in another is fed.
    let folder: string | undefined;
    for (const { feed, name, offset, tensor } of book.leaves.values()) {
      this.#leaves.set(feed, { name, offset });
      const located = this.#model.parameters.get(name);
      const place = located && this.#isOwn(name) ? placeOf(located, offset, elements(tensor.shape)) : undefined;
      if (place === undefined) continue;
      folder ??= dirname(place.path);
      if (dirname(place.path) !== folder) continue;
      const { path, offset: at, byteLength } = place;
      values.set(feed, { file: basename(path), offset: at, byteLength });
    }
    return folder === undefined ? undefined : { folder: await realpath(folder), values };
  }

  /** Arrays for the inputs that the engine does not read itself. */
  async feeds(program: Program): Promise<Record<string, Float32Array>> {
    const feeds: Record<string, Float32Array> = {};
    for (const { name: feed, shape } of program.inputs) {
      const leaf = this.#leaves.get(feed);
      if (leaf === undefined) continue;
      const whole = await this.#whole(leaf.name);
      feeds[feed] = whole.subarray(leaf.offset, leaf.offset + elements(shape));
    }
    return feeds;
  }

  /** Positions of another grid than the model's are made, not read. */
  #isOwn(name: string): boolean {
    const { rows, columns } = this.#model.sizes.grid;
    return name !== "pos_embed" || (rows === this.#grid.rows && columns === this.#grid.columns);
  }

  #whole(name: string): Promise<Float32Array> {
    const known = this.#read.get(name);
    if (known !== undefined) return known;
    const located = this.#model.parameters.get(name);
    if (located === undefined) throw new RangeError(`internal: the model has no parameter "${name}"`);
    const values = readLocated(located);
    const { grid } = this.#model.sizes;
    const whole = this.#isOwn(name) ? values : values.then((table) => resampledPositions(table, grid, this.#grid));
    this.#read.set(name, whole);
    return whole;
  }
}

function floats(values: Values): Float32Array {
  if (values instanceof Float32Array) return values;
  throw new TypeError("internal: an encoder gave something other than floats");
}

// An encoder at work: pictures in, vectors out. Weights stay in their file where the engine can read them there;
// programs are compiled for the sizes that are asked for, and few are kept.

import { realpath } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { Interrupted, UserError } from "../errors/index.ts";
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
   * @throws what the decoder throws where one is broken; UserError for a layer that there is not, or after `close`;
   *   Interrupted
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
  const grid = gridOf(preprocessing.size, sizes.patch);
  const tokens = grid.rows * grid.columns;
  const batch = Math.max(1, Math.min(mostAtOnce, Math.floor(cachedElements / (tokens * sizes.width))));
  const reader = pictureReader(preprocessing);

  const programs = new EncoderPrograms(runtime, model, grid);

  return {
    model,
    width: sizes.width,
    depth: sizes.depth,
    grid,
    pictureSize: preprocessing.size,
    batch,
    reader,
    run: (pictures, options) => programs.run(pictures, options),
    async embed(pictures, { layer = "last", signal } = {}) {
      requireLayer(layer, sizes.depth);
      const embeddings: Embedding[] = [];
      // Parts of one size: one program, and no place stays empty but a few of the last.
      const places = Math.ceil(pictures.length / Math.ceil(pictures.length / batch));
      let into: Results = {};
      for (let from = 0; from < pictures.length; from += places) {
        if (signal?.aborted) throw new Interrupted();
        const read = await Promise.all(pictures.slice(from, from + places).map((picture) => reader.read(picture)));
        const { results, pooled, patches } = await programs.run(read, { layer, patches: true, places }, into);
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
    close: () => programs.release(),
  };
}

/** The programs of an encoder, and the memory that they read pictures from. */
class EncoderPrograms {
  readonly #runtime: Runtime;
  readonly #model: OpenedModel;
  readonly #grid: Grid;
  readonly #weights: Weights;
  readonly #shelf = new ProgramShelf(programsKept);
  /** Kept, since fresh memory costs more than what is written into it. */
  #seen = new Uint8Array(0);
  /** The run before: the engine reads `#seen` while it runs, so runs take turns. */
  #last: Promise<unknown> = Promise.resolve();

  #released = false;

  constructor(runtime: Runtime, model: OpenedModel, grid: Grid) {
    this.#runtime = runtime;
    this.#model = model;
    this.#grid = grid;
    this.#weights = new Weights(model, grid);
  }

  /**
   * @param into what an earlier run gave, to be written again
   * @throws UserError after `release`
   */
  run(pictures: readonly Uint8Array[], options: RunOptions, into: Results = {}): Promise<Ran> {
    if (this.#released) return Promise.reject(closed(this.#model.name));
    const ran = this.#last.then(() => this.#runNow(pictures, options, into));
    this.#last = ran.catch(() => undefined); // whoever asked for it was told
    return ran;
  }

  async release(): Promise<void> {
    this.#released = true;
    await this.#last;
    await this.#shelf.release();
  }

  async #runNow(pictures: readonly Uint8Array[], options: RunOptions, into: Results): Promise<Ran> {
    const { sizes } = this.#model;
    const { rows, columns } = this.#grid;
    const places = options.places ?? pictures.length;
    const bytes = rows * columns * sizes.patch ** 2 * 3;
    if (pictures.length > places) throw new RangeError(`internal: ${pictures.length} pictures for ${places} places`);
    const program = await this.#program(places, options);
    const feeds = await this.#weights.feeds(program);
    if (this.#seen.length !== places * bytes) this.#seen = new Uint8Array(places * bytes);
    for (const [place, picture] of pictures.entries()) this.#seen.set(picture, place * bytes);
    this.#seen.fill(0, pictures.length * bytes);
    const results = await program.run({ ...feeds, pictures: this.#seen }, into);
    const part = (values: Values | undefined, each: number) =>
      values === undefined ? new Float32Array(0) : floats(values).subarray(0, pictures.length * each);
    return {
      results,
      pooled: part(results.pooled, sizes.width),
      patches: part(results.patches, rows * columns * sizes.width),
      attention: part(results.attention, sizes.heads * (rows * columns) ** 2),
    };
  }

  #program(places: number, { layer, patches, attention, brief = false }: RunOptions): Promise<Program> {
    return this.#shelf.take(`${places} ${layer} ${patches} ${attention} ${brief}`, async () => {
      const book = parameterBook();
      const outputs = traceEncoder(book, this.#model, this.#grid, places, { layer, patches, attention });
      return this.#runtime.compile(outputs, { stored: await this.#weights.stored(book), brief });
    });
  }
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

function closed(name: string): UserError {
  return new UserError({
    where: `the encoder of ${name}`,
    expected: "to be open",
    received: "a call after close()",
    remedy: "close it after its last picture, or load it again",
  });
}

function floats(values: Values): Float32Array {
  if (values instanceof Float32Array) return values;
  throw new TypeError("internal: an encoder gave something other than floats");
}

// Similar pictures of an index, exactly: every vector is compared, by products of the engine. Rows have length 1, so
// that a product is the cosine similarity.

import { decodingFault } from "../data/index.ts";
import { Interrupted, UserError } from "../errors/index.ts";
import type { Runtime, Values } from "../runtime/index.ts";
import { input, matmul, reshape, topK } from "../tensor/index.ts";
import type { Encoder } from "./encoder.ts";
import type { PictureIndex } from "./index-files.ts";
import { requireModelOf } from "./picture-index.ts";
import { unitRows } from "./unit-rows.ts";

/** A picture of an index with its cosine similarity, -1 to 1. */
export interface SimilarPicture {
  readonly path: string;
  readonly similarity: number;
}

/** A search that was made ready. */
export interface PictureSearch {
  /** The most similar pictures, most similar first; of equally similar ones the earlier of the index. vector [width] */
  nearest(vector: Float32Array): Promise<SimilarPicture[]>;
  /** Gives the memory back. */
  close(): Promise<void>;
}

/**
 * Makes a search over the vectors of an index ready: one program, which is given the vectors where they are in memory.
 *
 * @param top most pictures that a search gives
 * @throws UserError where the index is empty
 */
export async function openSearch(
  runtime: Runtime,
  { folder, model, pictures, vectors }: Pick<PictureIndex, "folder" | "model" | "pictures" | "vectors">,
  { top }: { readonly top: number },
): Promise<PictureSearch> {
  requirePictures(folder, pictures.length);
  const { width } = model;
  const count = pictures.length;
  // Vectors times a column, not a row times vectors: the engine then reads them where they are, without packing them
  // first.
  const products = matmul(input("vectors", [count, width]), input("query", [width, 1]));
  const [similarities, places] = topK(reshape(products, [1, count]), Math.min(top, count));
  const program = await runtime.compile({ similarities, places });
  return {
    async nearest(vector) {
      const found = await program.run({ vectors, query: unitRows(vector, width) });
      const values = floats(found.similarities);
      const ranked = Int32Array.from(found.places, Number);
      return Array.from(ranked, (place, rank) => {
        return { path: pictures[place].path, similarity: Math.min(1, values[rank]) };
      });
    },
    close: () => program.release(),
  };
}

/**
 * The vector of a picture, [width], to be searched for in an index.
 *
 * @throws UserError where it cannot be read, or the index is of another model
 */
export async function embedQuery(encoder: Encoder, index: PictureIndex, picture: string): Promise<Float32Array> {
  requireModelOf(index, encoder);
  const bytes = await encoder.reader.read(picture).catch((error: unknown) => {
    throw unreadable(picture, error);
  });
  const { pooled } = await encoder.run([bytes], { layer: "last", patches: false, brief: true });
  return pooled;
}

/** Pictures that are near-identical, each with its similarity to the nearest other one of the group. */
export type DuplicateGroup = readonly SimilarPicture[];

export interface DuplicateOptions {
  /** Pictures at least this similar are taken for the same. */
  readonly atLeast: number;
  readonly signal?: AbortSignal | undefined;
  /** Told how many of all blocks of products are done. */
  readonly onProgress?: ((done: number, of: number) => void) | undefined;
  /** Rows on each side of a block of products. */
  readonly block?: number;
}

/**
 * Groups of near-identical pictures, the most similar first. A picture belongs to a group by its similarity to one of
 * it, not to all. Products are made block by block, so that memory does not grow with their number.
 *
 * @throws UserError where the index is empty; Interrupted
 */
export async function duplicatePictures(
  runtime: Runtime,
  { folder, model, pictures, vectors }: Pick<PictureIndex, "folder" | "model" | "pictures" | "vectors">,
  { atLeast, signal, onProgress, block = 1024 }: DuplicateOptions,
): Promise<DuplicateGroup[]> {
  requirePictures(folder, pictures.length);
  const { width } = model;
  const rows = Math.min(block, pictures.length);
  const sides = { left: input("left", [rows, width]), right: input("right", [rows, width]) };
  const program = await runtime.compile({ products: matmul(sides.left, sides.right, { transposeB: true }) });
  const pairs = blockPairs(pictures.length, rows);
  const products = new Float32Array(rows * rows);
  const groups = new Groups(pictures.length);
  const part = (first: number) => vectors.subarray(first * width, (first + rows) * width);
  try {
    for (const [done, { left, right }] of pairs.entries()) {
      if (signal?.aborted) throw new Interrupted();
      await program.run({ left: part(left), right: part(right) }, { products });
      for (let at = 0; at < products.length; at++) {
        if (products[at] < atLeast) continue;
        const [a, b] = [left + Math.floor(at / rows), right + (at % rows)];
        if (a < b) groups.join(a, b, products[at]);
      }
      onProgress?.(done + 1, pairs.length);
    }
  } finally {
    await program.release();
  }
  return groups.all().map((group) => {
    return group.map(({ place, similarity }) => ({ path: pictures[place].path, similarity: Math.min(1, similarity) }));
  });
}

/** First rows of the blocks that cover every pair once or more; the last block of a side overlaps the one before it. */
function blockPairs(count: number, rows: number): { left: number; right: number }[] {
  const firsts = Array.from({ length: Math.ceil(count / rows) }, (_, i) => Math.min(i * rows, count - rows));
  return firsts.flatMap((left, i) => firsts.slice(i).map((right) => ({ left, right })));
}

interface Member {
  readonly place: number;
  readonly similarity: number;
}

/** Disjoint sets of places (Tarjan 1975), each place with the highest similarity to another of its set. */
class Groups {
  readonly #parents: Int32Array;
  readonly #highest: Float32Array;

  constructor(count: number) {
    this.#parents = Int32Array.from({ length: count }, (_, place) => place);
    this.#highest = new Float32Array(count).fill(Number.NEGATIVE_INFINITY);
  }

  join(a: number, b: number, similarity: number): void {
    this.#highest[a] = Math.max(this.#highest[a], similarity);
    this.#highest[b] = Math.max(this.#highest[b], similarity);
    const [first, second] = [this.#first(a), this.#first(b)];
    this.#parents[Math.max(first, second)] = Math.min(first, second);
  }

  /** Sets of two and more, members in their order. */
  all(): Member[][] {
    const sets = new Map<number, Member[]>();
    for (let place = 0; place < this.#parents.length; place++) {
      const first = this.#first(place);
      const set = sets.get(first) ?? [];
      set.push({ place, similarity: this.#highest[place] });
      sets.set(first, set);
    }
    const highest = (set: readonly Member[]) => set.reduce((most, { similarity }) => Math.max(most, similarity), -1);
    return [...sets.values()].filter(({ length }) => length > 1).sort((a, b) => highest(b) - highest(a));
  }

  #first(place: number): number {
    let at = place;
    while (this.#parents[at] !== at) {
      this.#parents[at] = this.#parents[this.#parents[at]];
      at = this.#parents[at];
    }
    return at;
  }
}

function floats(values: Values): Float32Array {
  if (values instanceof Float32Array) return values;
  throw new TypeError("internal: similarities that are no floats");
}

function requirePictures(folder: string, count: number): void {
  if (count > 0) return;
  throw new UserError({
    where: folder,
    expected: "an index with pictures",
    received: "an empty one",
    remedy: "add some with: jepa index <pictures> --model <model>",
  });
}

function unreadable(picture: string, error: unknown): UserError {
  const fault = {
    where: picture,
    expected: "a picture that can be read (JPEG, PNG, WebP or AVIF)",
    received: `a file that cannot be: ${decodingFault(error)}`,
    remedy: "check the path, or give another picture",
  };
  return new UserError(fault, { cause: error });
}

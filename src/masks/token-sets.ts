// Sets of patches, one set a row: what a mask sampler returns and a program is fed. Rows
// of one batch have one length, reached by cutting (the official sampler) or by padding
// with patch 0, which attention and loss then mask out by the true lengths.

import type { RandomStream } from "../random/index.ts";

/** One set of patches for each of `rows` pictures. */
export interface TokenSets {
  /** [rows, tokens]: patch indices in ascending raster order, then zeros from the row's length on. */
  readonly indices: Int32Array;
  /** [rows]: how many indices of each row are real, 1..tokens. */
  readonly lengths: Int32Array;
  readonly tokens: number;
}

/**
 * The masks of a batch.
 *
 * With several contexts a picture, `context` stacks them on the rows, context outermost: [contexts * batch, tokens].
 */
export interface MaskBatch {
  readonly context: TokenSets;
  /** One entry a target block, each [batch, tokens]. */
  readonly targets: readonly TokenSets[];
  /**
   * Placements drawn until every context was large enough: positions of contexts, or whole layouts with fixed sizes.
   */
  readonly contextDraws: number;
  /** How often a context had to give up keeping clear of one more target, over the whole batch. */
  readonly relaxations: number;
}

/** Sets all of one length: [rows, tokens], nothing padded. */
export function fullSets(indices: Int32Array, rows: number): TokenSets {
  const tokens = indices.length / rows;
  return { indices, lengths: new Int32Array(rows).fill(tokens), tokens };
}

/** Cuts every set to the shortest one's length, keeping its first patches in raster order (the official sampler). */
export function keepFirst(sets: TokenSets): TokenSets {
  const rows = sets.lengths.length;
  const tokens = Math.min(...sets.lengths);
  const indices = new Int32Array(rows * tokens);
  for (let row = 0; row < rows; row++) {
    indices.set(sets.indices.subarray(row * sets.tokens, row * sets.tokens + tokens), row * tokens);
  }
  return fullSets(indices, rows);
}

/** Cuts every set to the shortest one's length, keeping a uniformly random part of it, still in raster order. */
export function keepRandom(sets: TokenSets, stream: RandomStream): TokenSets {
  const rows = sets.lengths.length;
  const tokens = Math.min(...sets.lengths);
  const indices = new Int32Array(rows * tokens);
  for (let row = 0; row < rows; row++) {
    const start = row * sets.tokens;
    const set = sets.indices.subarray(start, start + sets.lengths[row]);
    indices.set(randomPart(set, tokens, stream), row * tokens);
  }
  return fullSets(indices, rows);
}

/**
 * A uniformly random part of a set, in the set's order (selection sampling: Knuth, volume 2, algorithm 3.4.2 S).
 *
 * @param set [n]
 * @param kept how many to keep, at most n
 * @returns [kept]
 */
export function randomPart(set: Int32Array, kept: number, stream: RandomStream): Int32Array {
  const part = new Int32Array(kept);
  let chosen = 0;
  for (let at = 0; chosen < kept; at++) {
    if (stream.integer(set.length - at) < kept - chosen) part[chosen++] = set[at];
  }
  return part;
}

/**
 * The same sets with room for `tokens` patches a row: shorter
 * rows are filled with patch 0, lengths stay what they were.
 *
 * @param tokens at least the longest row; throws an internal error otherwise
 */
export function padTo(sets: TokenSets, tokens: number): TokenSets {
  const { lengths } = sets;
  const longest = Math.max(...lengths);
  if (tokens < longest) throw new RangeError(`internal: padTo(${tokens}) would cut a set of ${longest} patches`);
  const indices = new Int32Array(lengths.length * tokens);
  for (const [row, length] of lengths.entries()) {
    indices.set(sets.indices.subarray(row * sets.tokens, row * sets.tokens + length), row * tokens);
  }
  return { indices, lengths, tokens };
}

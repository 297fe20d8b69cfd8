// Multi-block masks exactly as I-JEPA's official sampler draws them (Assran et al. 2023, appendix A; ijepa 52c1ae9). A
// batch shares one target size and one context size. In each picture the targets are placed anywhere; then the context
// block, less every patch of the targets. A set must hold more than `minKeep` patches: after every 20 failed positions
// the context gives up keeping clear of one more target, the last first, so that a position is always found.

import { UserError } from "../errors/index.ts";
import type { RandomStream } from "../random/index.ts";
import { area, type BlockSize, writePatches } from "./block.ts";
import { blockSize, positions, sizeRules } from "./block-size.ts";
import type { Grid, MultiBlockOptions } from "./options.ts";
import { fullSets, keepFirst, keepRandom, type MaskBatch, padTo, type TokenSets } from "./token-sets.ts";

/** The streams of a batch: one for the block sizes, one for everything drawn picture by picture. */
export interface MaskStreams {
  readonly size: RandomStream;
  readonly place: RandomStream;
}

/** Failed positions after which a context gives up keeping clear of one more target. */
const failuresPerRelaxation = 20;

/**
 * Draws the masks of a batch. The order of draws is the official one: a uniform for the target size and
 * one for the context size; then picture by picture, top and left of each target, then of each context.
 *
 * @throws UserError when a block drawn is no larger than `minKeep`, which no position can mend (see `checkMasks`)
 */
export function sampleMultiBlock(
  options: MultiBlockOptions,
  grid: Grid,
  batch: number,
  random: MaskStreams,
): MaskBatch {
  const rules = sizeRules(options);
  const targetSize = blockSize(rules.target, grid, random.size.uniform());
  const contextSize = blockSize(rules.context, grid, random.size.uniform());
  checkSize("target", targetSize, options.minKeep, grid);
  checkSize("context", contextSize, options.minKeep, grid);
  const targets = Array.from({ length: options.targets }, () => new Int32Array(batch * area(targetSize)));
  const rows = options.contexts * batch;
  const tokens = area(contextSize);
  const contexts = { indices: new Int32Array(rows * tokens), lengths: new Int32Array(rows), tokens };
  const draft: Draft = { options, grid, place: random.place, cover: new Int32Array(grid.rows * grid.columns) };
  let contextDraws = 0;
  let relaxations = 0;
  for (let picture = 0; picture < batch; picture++) {
    draft.cover.fill(0);
    for (const [target, indices] of targets.entries()) {
      placeTarget(draft, targetSize, target, indices.subarray(picture * area(targetSize)));
    }
    for (let context = 0; context < options.contexts; context++) {
      const draws = placeContext(draft, contextSize, contexts, context * batch + picture);
      contextDraws += draws;
      relaxations += Math.floor((draws - 1) / failuresPerRelaxation);
    }
  }
  return {
    context: oneLength(contexts, options.truncation, random.place),
    targets: targets.map((indices) => fullSets(indices, batch)), // blocks of one size: already of one length
    contextDraws,
    relaxations,
  };
}

/**
 * Throws a UserError for a block of no more than `minKeep` patches, on which the official sampler searches for ever.
 */
export function checkSize(name: "target" | "context", size: BlockSize, minKeep: number, grid: Grid): void {
  const patches = area(size);
  if (patches > minKeep) return;
  const on = `on the ${grid.rows} x ${grid.columns} grid`;
  if (patches === 0) {
    throw new UserError({
      where: `masks.${name}Scale`,
      expected: `shares that give at least one patch ${on}`,
      received: `one that gives a ${size.height} x ${size.width} block`,
      remedy: "use larger shares or smaller patches",
    });
  }
  throw new UserError({
    where: "masks.minKeep",
    expected: `less than the ${patches} patches of a ${size.height} x ${size.width} ${name} block that can be drawn ${on}`,
    received: minKeep,
    remedy: `use at most ${patches - 1}, a larger ${name}Scale, smaller patches or masks.kind "fixed"`,
  });
}

/** What placing the blocks of a picture needs; `cover` has bit k set on the patches of target k. */
interface Draft {
  readonly options: MultiBlockOptions;
  readonly grid: Grid;
  readonly place: RandomStream;
  readonly cover: Int32Array;
}

function placeTarget({ options, grid, place, cover }: Draft, size: BlockSize, target: number, into: Int32Array): void {
  writePatches(into, drawCorner(options.placement, grid, size, place), size, grid);
  for (let at = 0; at < area(size); at++) {
    cover[into[at]] |= 1 << target;
  }
}

// Puts one context into its row and returns the positions drawn. The search ends: with no
// target left to keep clear of, a context is its whole block, which is larger than minKeep.
function placeContext(
  { options, grid, place, cover }: Draft,
  size: BlockSize,
  contexts: TokenSets,
  row: number,
): number {
  const constraints = options.allowOverlap ? 0 : options.targets;
  const into = contexts.indices.subarray(row * contexts.tokens, (row + 1) * contexts.tokens);
  for (let draws = 1; draws <= constraints * failuresPerRelaxation + 1; draws++) {
    writePatches(into, drawCorner(options.placement, grid, size, place), size, grid);
    const kept = constraints - Math.floor((draws - 1) / failuresPerRelaxation);
    const length = keepClear(into, cover, kept);
    if (length <= options.minKeep) continue;
    contexts.lengths[row] = length;
    return draws;
  }
  throw new Error("internal: a context clear of no target holds no more than minKeep patches");
}

// Moves the patches that none of the first `targets` targets covers to the front; returns how many they are.
function keepClear(patches: Int32Array, cover: Int32Array, targets: number): number {
  const forbidden = 2 ** targets - 1;
  let kept = 0;
  for (let at = 0; at < patches.length; at++) {
    const patch = patches[at];
    if ((cover[patch] & forbidden) === 0) patches[kept++] = patch;
  }
  return kept;
}

function drawCorner(
  placement: MultiBlockOptions["placement"],
  grid: Grid,
  size: BlockSize,
  place: RandomStream,
): number {
  const top = place.integer(positions(placement, grid.rows, size.height));
  const left = place.integer(positions(placement, grid.columns, size.width));
  return top * grid.columns + left;
}

function oneLength(sets: TokenSets, truncation: MultiBlockOptions["truncation"], place: RandomStream): TokenSets {
  if (truncation === "first") return keepFirst(sets);
  if (truncation === "random") return keepRandom(sets, place);
  return padTo(sets, Math.max(...sets.lengths));
}

// Masks whose sizes never vary: every target is a block of `targetTokens` patches, every context
// `contextTokens` patches drawn uniformly from those outside all targets. On a small grid the
// official sampler leaves a large batch with few context tokens (6 to 17 on 8 x 8), since all are
// cut to the poorest picture; here a picture whose targets spread too far draws them again.

import { UserError } from "../errors/index.ts";
import type { RandomStream } from "../random/index.ts";
import { area, type BlockSize, writePatches } from "./block.ts";
import type { FixedBlockOptions, Grid } from "./options.ts";
import { fullSets, type MaskBatch, randomPart } from "./token-sets.ts";

/** Placements of all targets tried in a picture before they are stacked on one another. */
const mostTries = 100;

/**
 * Draws the masks of a batch. The last position of a block is allowed, as in `placement: "whole-grid"`.
 *
 * @throws UserError when no block of `targetTokens` fits, or one leaves no room for the context (see `checkMasks`)
 */
export function sampleFixed(options: FixedBlockOptions, grid: Grid, batch: number, place: RandomStream): MaskBatch {
  const shapes = fixedShapes(options, grid);
  const { contextTokens, targetTokens } = options;
  const context = new Int32Array(batch * contextTokens);
  const targets = Array.from({ length: options.targets }, () => new Int32Array(batch * targetTokens));
  let tries = 0;
  for (let picture = 0; picture < batch; picture++) {
    const layout = placeTargets(options, grid, shapes, place);
    for (const [target, indices] of targets.entries()) {
      indices.set(layout.targets[target] ?? [], picture * targetTokens);
    }
    context.set(randomPart(layout.free, contextTokens, place), picture * contextTokens);
    tries += layout.tries;
  }
  return {
    context: fullSets(context, batch),
    targets: targets.map((indices) => fullSets(indices, batch)),
    contextDraws: tries,
    relaxations: 0,
  };
}

/**
 * The block shapes of exactly `targetTokens` patches that fit the grid with an aspect ratio in range.
 *
 * @throws UserError naming the numbers of tokens that would do
 *   when there is none, or when no room is left for the context
 */
export function fixedShapes(options: FixedBlockOptions, grid: Grid): BlockSize[] {
  const { contextTokens, targetTokens } = options;
  const shapes = shapesOf(targetTokens, options, grid);
  const patches = grid.rows * grid.columns;
  if (shapes.length === 0) {
    const fitting = Array.from({ length: patches }, (_, index) => index + 1).filter(
      (tokens) => shapesOf(tokens, options, grid).length > 0,
    );
    throw new UserError({
      where: "masks.targetTokens",
      expected: `height times width of a block of aspect ${options.aspect.join(" to ")} on the ${grid.rows} x ${grid.columns} grid`,
      received: targetTokens,
      remedy: fitting.length > 0 ? `use one of ${fitting.join(", ")}` : "widen masks.aspect",
    });
  }
  if (contextTokens > patches - targetTokens) {
    throw new UserError({
      where: "masks.contextTokens",
      expected: `at most the ${patches - targetTokens} patches that a target of ${targetTokens} leaves on the ${grid.rows} x ${grid.columns} grid`,
      received: contextTokens,
      remedy: "use fewer context or target tokens, or smaller patches",
    });
  }
  return shapes;
}

/** The targets of one picture, the patches outside them, and how many placements it took. */
export interface Layout {
  readonly targets: readonly Int32Array[];
  readonly free: Int32Array;
  readonly tries: number;
}

/** Places the targets of one picture so that at least `contextTokens` patches stay free. */
export function placeTargets(
  options: FixedBlockOptions,
  grid: Grid,
  shapes: readonly BlockSize[],
  place: RandomStream,
): Layout {
  for (let tries = 1; tries <= mostTries; tries++) {
    const targets = Array.from({ length: options.targets }, () => drawTarget(shapes, grid, place));
    const free = outside(targets, grid);
    if (free.length >= options.contextTokens) return { targets, free, tries };
  }
  // Out of luck a hundred times: one block serves as every target, which leaves the most room.
  const target = drawTarget(shapes, grid, place);
  const targets = Array.from({ length: options.targets }, () => target);
  return { targets, free: outside([target], grid), tries: mostTries + 1 };
}

function drawTarget(shapes: readonly BlockSize[], grid: Grid, place: RandomStream): Int32Array {
  const shape = shapes[place.integer(shapes.length)] ?? { height: 0, width: 0 };
  const top = place.integer(grid.rows - shape.height + 1);
  const left = place.integer(grid.columns - shape.width + 1);
  const patches = new Int32Array(area(shape));
  writePatches(patches, top * grid.columns + left, shape, grid);
  return patches;
}

function outside(targets: readonly Int32Array[], grid: Grid): Int32Array {
  const covered = new Uint8Array(grid.rows * grid.columns);
  for (const target of targets) for (const patch of target) covered[patch] = 1;
  return Int32Array.from(covered.keys()).filter((patch) => covered[patch] === 0);
}

function shapesOf(tokens: number, { aspect }: FixedBlockOptions, grid: Grid): BlockSize[] {
  const shapes: BlockSize[] = [];
  for (let height = 1; height <= Math.min(tokens, grid.rows); height++) {
    const width = tokens / height;
    const fits = Number.isInteger(width) && width <= grid.columns;
    if (fits && height / width >= aspect[0] && height / width <= aspect[1]) shapes.push({ height, width });
  }
  return shapes;
}

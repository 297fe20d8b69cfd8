// Sizes of mask blocks (I-JEPA's official sampler). One uniform draw r sets scale and aspect ratio together:
//   area = floor(rows * columns * (s0 + r (s1 - s0))),   a = a0 + r (a1 - a0),
//   height = round(sqrt(area * a)),   width = round(sqrt(area / a)),   ties to even,
// each then cut to the largest side that the placement allows.

import { area, type BlockSize } from "./block.ts";
import type { Grid, MultiBlockOptions, Range } from "./options.ts";

/** A size that can be drawn, and how often it is. */
export interface PossibleSize extends BlockSize {
  readonly probability: number;
}

/** What a size is drawn from: shares of the grid, and height / width. */
export interface SizeRule {
  readonly scale: Range;
  readonly aspect: Range;
  readonly placement: MultiBlockOptions["placement"];
}

/** The official sampler draws contexts of aspect 1 before they are cut to the grid. */
const square: Range = [1, 1];

/** The two size rules of a multi-block mask. */
export function sizeRules(options: MultiBlockOptions): { context: SizeRule; target: SizeRule } {
  const { placement } = options;
  return {
    context: { scale: options.contextScale, aspect: square, placement },
    target: { scale: options.targetScale, aspect: options.aspect, placement },
  };
}

/**
 * The longest side of a block along a side of the grid. The official sampler keeps blocks shorter than the grid and excludes
 * the last position, so the last row and the last column are in no mask; `whole-grid` allows both.
 */
function longestSide(placement: MultiBlockOptions["placement"], side: number): number {
  return placement === "whole-grid" ? side : side - 1;
}

/** How many positions a block of a given side can take along a side of the grid. */
export function positions(placement: MultiBlockOptions["placement"], side: number, block: number): number {
  return longestSide(placement, side) - block + 1;
}

/**
 * The block that a uniform draw in [0, 1) gives.
 *
 * @returns height and width in patches; 0 where the scale is too small for the grid
 */
export function blockSize(rule: SizeRule, grid: Grid, uniform: number): BlockSize {
  const area = Math.floor(grid.rows * grid.columns * between(rule.scale, uniform));
  const ratio = between(rule.aspect, uniform);
  return {
    height: Math.min(roundHalfToEven(Math.sqrt(area * ratio)), longestSide(rule.placement, grid.rows)),
    width: Math.min(roundHalfToEven(Math.sqrt(area / ratio)), longestSide(rule.placement, grid.columns)),
  };
}

/** Draws of `RandomStream.uniform` are multiples of 2^-24. */
const lattice = 2 ** 24;

/**
 * Every size that `blockSize` can give for a draw of 24 bits, with its exact probability.
 *
 * The size is constant between the draws at which the area or a rounded side changes, so it is enough to look at those and
 * at their nearest neighbours.
 */
export function possibleSizes(rule: SizeRule, grid: Grid): PossibleSize[] {
  const starts = new Set([0]);
  for (const change of changes(rule, grid)) {
    for (let nearby = -1; nearby <= 2; nearby++) {
      const start = Math.floor(change * lattice) + nearby;
      if (start > 0 && start < lattice) starts.add(start);
    }
  }
  const sizes = new Map<string, PossibleSize>();
  const ordered = [...starts].sort((a, b) => a - b);
  for (const [at, start] of ordered.entries()) {
    const { height, width } = blockSize(rule, grid, start / lattice);
    const share = ((ordered[at + 1] ?? lattice) - start) / lattice;
    const key = `${height} x ${width}`;
    sizes.set(key, { height, width, probability: share + (sizes.get(key)?.probability ?? 0) });
  }
  return [...sizes.values()].sort((a, b) => area(a) - area(b) || a.height - b.height);
}

// Draws (as real numbers) at which the area steps up, or a side passes the middle between two integers.
function changes({ scale, aspect }: SizeRule, grid: Grid): number[] {
  const patches = grid.rows * grid.columns;
  const found: number[] = [];
  for (let area = Math.floor(patches * scale[0]); area <= Math.ceil(patches * scale[1]); area++) {
    const first = Math.max(0, where(scale, area / patches));
    const last = Math.min(1, where(scale, (area + 1) / patches));
    if (first < 1) found.push(first);
    for (let side = 0.5; side * side <= area * Math.max(aspect[1], 1 / aspect[0]) + 1; side++) {
      for (const ratio of [(side * side) / area, area / (side * side)]) {
        const draw = where(aspect, ratio);
        if (draw > first - 1e-6 && draw < last + 1e-6) found.push(draw);
      }
    }
  }
  return found;
}

function between([low, high]: Range, uniform: number): number {
  return low + uniform * (high - low);
}

// The draw that gives `value`; minus infinity where every draw gives the same, so that nothing changes there.
function where([low, high]: Range, value: number): number {
  return high === low
    ? value > low
      ? Number.POSITIVE_INFINITY
      : Number.NEGATIVE_INFINITY
    : (value - low) / (high - low);
}

function roundHalfToEven(value: number): number {
  const below = Math.floor(value);
  const excess = value - below;
  if (excess !== 0.5) return excess < 0.5 ? below : below + 1;
  return below % 2 === 0 ? below : below + 1;
}

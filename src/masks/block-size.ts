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
 * The longest side of a block along a side of the grid. The official sampler keeps blocks shorter than the grid
 * and excludes the last position, so the last row and the last column are in no mask; `whole-grid` allows both.
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
  const patches = wantedArea(rule, grid, uniform);
  const ratio = between(rule.aspect, uniform);
  return {
    height: Math.min(roundHalfToEven(Math.sqrt(patches * ratio)), longestSide(rule.placement, grid.rows)),
    width: Math.min(roundHalfToEven(Math.sqrt(patches / ratio)), longestSide(rule.placement, grid.columns)),
  };
}

function wantedArea({ scale }: SizeRule, grid: Grid, uniform: number): number {
  return Math.floor(grid.rows * grid.columns * between(scale, uniform));
}

/** Draws of `RandomStream.uniform` are multiples of 2^-24. */
const lattice = 2 ** 24;

/**
 * Every size that `blockSize` can give for a draw of 24 bits, with its exact probability.
 *
 * The wanted area never falls as the draw rises, and where it stays the same the height never falls and the width never
 * rises: draws whose ends agree in all three agree everywhere between, and others are halved.
 */
export function possibleSizes(rule: SizeRule, grid: Grid): PossibleSize[] {
  const sizes = new Map<string, PossibleSize>();
  const count = (first: number, last: number): void => {
    const [a, b] = [first, last].map((draw) => blockSize(rule, grid, draw / lattice));
    const [areaA, areaB] = [first, last].map((draw) => wantedArea(rule, grid, draw / lattice));
    if (areaA !== areaB || a.height !== b.height || a.width !== b.width) {
      const middle = Math.floor((first + last) / 2);
      count(first, middle);
      count(middle + 1, last);
      return;
    }
    const key = `${a.height} x ${a.width}`;
    sizes.set(key, { ...a, probability: (last - first + 1) / lattice + (sizes.get(key)?.probability ?? 0) });
  };
  count(0, lattice - 1);
  return [...sizes.values()].sort((a, b) => area(a) - area(b) || a.height - b.height);
}

function between([low, high]: Range, uniform: number): number {
  return low + uniform * (high - low);
}

function roundHalfToEven(value: number): number {
  const below = Math.floor(value);
  const excess = value - below;
  if (excess !== 0.5) return excess < 0.5 ? below : below + 1;
  return below % 2 === 0 ? below : below + 1;
}

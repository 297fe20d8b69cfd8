// Third step of a layered layout: where on its level each stop stands. Every stop is drawn towards
// what it is joined to, so that columns of boxes and long lines run straight; on each level the
// weighted least-squares places that keep the order and the distances are found exactly (isotonic
// regression by pooling: Ayer et al. 1955), level after level until all have settled.

import type { Stop } from "./layered-order.ts";

/** A stop with its width in pixels. */
export interface WideStop extends Stop {
  readonly width: number;
  /** A long line passes here. */
  readonly passing: boolean;
  /** It follows what it is joined to, and moves nothing. */
  readonly light: boolean;
}

const sweeps = 60;
/**
 * How strongly two stops are drawn together: two boxes most of all,
 * a box and a line that passes hardly, two passes of a line well.
 */
const strengths = [64, 0.01, 8];
const follow = 0.1;
/** Share of the gap between two boxes, a box and a line that passes, two such lines. */
const closeness = [1, 0.9, 0.4];
/** Pixels by which a column may be away from where least squares put it. */
const mostStraightened = 30;

/** The middle of each stop; the leftmost edge is at 0. `gap` is the least distance between two boxes. */
export function placeStops(stops: readonly WideStop[], levels: readonly (readonly number[])[], gap: number): number[] {
  const x = stops.map(() => 0);
  for (const level of levels) {
    const starts = startsOf(stops, level, gap);
    const middle = (starts[starts.length - 1] ?? 0) / 2;
    level.forEach((stop, i) => {
      x[stop] = starts[i] - middle;
    });
  }
  for (let sweep = 0; sweep < sweeps; sweep++) {
    // The first sweeps look one way only: a whole column then settles in one.
    const sides = sweep >= 6 ? (["up", "down"] as const) : sweep % 2 === 0 ? (["up"] as const) : (["down"] as const);
    for (const level of sweep % 2 === 0 ? levels : levels.toReversed()) {
      const pulls = level.map((stop) => pullOn(stops, stop, sides, x));
      settle(stops, level, gap, pulls, x);
    }
  }
  for (const side of ["up", "down"] as const) straighten(stops, levels, { gap, side }, x);
  const left = Math.min(...stops.map(({ width }, stop) => x[stop] - width / 2), Number.POSITIVE_INFINITY);
  return x.map((place) => place - left);
}

interface Pull {
  readonly place: number;
  readonly weight: number;
}

/** Moves the stops of a level to where they are pulled, as far as their order and distances allow. */
function settle(
  stops: readonly WideStop[],
  level: readonly number[],
  gap: number,
  pulls: readonly Pull[],
  x: number[],
): void {
  const starts = startsOf(stops, level, gap);
  const places = nearestInOrder(
    pulls.map(({ place }, i) => place - starts[i]),
    pulls.map(({ weight }) => weight),
  );
  level.forEach((stop, i) => {
    x[stop] = places[i] + starts[i];
  });
}

/**
 * Least squares spread a step over a whole column, which then leans; on the way down this gathers
 * it in one place. Lines that had to give way below are brought under one another on the way up.
 */
function straighten(
  stops: readonly WideStop[],
  levels: readonly (readonly number[])[],
  { gap, side }: { readonly gap: number; readonly side: "up" | "down" },
  x: number[],
): void {
  for (const level of side === "up" ? levels : levels.toReversed()) {
    const pulls = level.map((stop): Pull => {
      const { light, passing } = stops[stop];
      // Boxes hardly give way to lines that pass.
      const weight = passing ? 1 : light ? follow : 1e6;
      if (light || (side === "down" && !passing)) return { place: x[stop], weight };
      const joined = stops[stop][side].filter((other) => !stops[other].light && stops[other].passing === passing);
      const distances = joined.map((other) => Math.abs(x[other] - x[stop]));
      const nearest = joined[distances.indexOf(Math.min(...distances))];
      if (nearest === undefined || Math.abs(x[nearest] - x[stop]) > mostStraightened) return { place: x[stop], weight };
      return { place: x[nearest], weight };
    });
    settle(stops, level, gap, pulls, x);
  }
}

/** The non-decreasing sequence nearest to `wanted` in weighted squares. */
export function nearestInOrder(wanted: readonly number[], weights: readonly number[]): number[] {
  const pools: { mean: number; weight: number; size: number }[] = [];
  for (const [i, mean] of wanted.entries()) {
    let pool = { mean, weight: weights[i], size: 1 };
    for (let last = pools.at(-1); last !== undefined && last.mean > pool.mean; last = pools.at(-1)) {
      const weight = last.weight + pool.weight;
      const joint = (last.mean * last.weight + pool.mean * pool.weight) / weight;
      pool = { mean: joint, weight, size: last.size + pool.size };
      pools.pop();
    }
    pools.push(pool);
  }
  return pools.flatMap(({ mean, size }) => new Array<number>(size).fill(mean));
}

/** Where a stop would stand by what it is joined to, and how strongly. */
function pullOn(
  stops: readonly WideStop[],
  stop: number,
  sides: readonly ("up" | "down")[],
  x: readonly number[],
): Pull {
  const joined = sides.flatMap((side) => stops[stop][side]);
  let [weight, sum] = [0.001, 0.001 * x[stop]];
  for (const other of joined) {
    const passing = Number(stops[stop].passing) + Number(stops[other].passing);
    const strength = stops[stop].light || stops[other].light ? follow : strengths[passing];
    weight += strength;
    sum += strength * x[other];
  }
  return { place: sum / weight, weight };
}

/** Least distances from the first stop of a level to each. */
function startsOf(stops: readonly WideStop[], level: readonly number[], gap: number): number[] {
  let start = 0;
  return level.map((stop, i) => {
    if (i > 0) {
      const [last, next] = [stops[level[i - 1]], stops[stop]];
      start += (last.width + next.width) / 2 + closeness[Number(last.passing) + Number(next.passing)] * gap;
    }
    return start;
  });
}

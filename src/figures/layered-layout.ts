// A layered layout of boxes and arrows, top to bottom: levels, order, places, then the way of every
// line. Lines run straight down past boxes and bend only between levels, so that none crosses a box.

import { type Link, levelsOf } from "./layered-levels.ts";
import { orderLevels } from "./layered-order.ts";
import { placeStops, type WideStop } from "./layered-places.ts";

export interface LayoutBox {
  readonly width: number;
  readonly height: number;
  /** More room to keep free on both sides. */
  readonly margin?: number;
  /** A circle, which long lines reach at its side. */
  readonly round?: boolean;
  /** It stands where its users are, and doesn't draw them to itself. */
  readonly light?: boolean;
}

/** An arrow; those that leave a box with the same `label` leave it at one point. */
export interface LayoutArrow extends Link {
  readonly label: string;
}

export interface Gaps {
  /** Between boxes of one level. */
  readonly across: number;
  /** Between levels. */
  readonly down: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  /** Middle of each box. */
  readonly boxes: readonly Point[];
  /**
   * The way of each arrow: points between which it runs straight
   * down or across, or bends smoothly from one column to another.
   */
  readonly lines: readonly (readonly Point[])[];
}

/** Lays out boxes and arrows that have no cycle. */
export function layOutGraph(boxes: readonly LayoutBox[], arrows: readonly LayoutArrow[], gaps: Gaps): Layout {
  const levelOf = levelsOf(boxes.length, arrows);
  const { stops, ways } = stopsOf(boxes, arrows, levelOf);
  const count = 1 + Math.max(-1, ...levelOf);
  const first = Array.from({ length: count }, (): number[] => []);
  for (const [stop, { level }] of stops.entries()) first[level].push(stop);
  const x = placeStops(stops, orderLevels(stops, first), gaps.across);
  const bands = bandsOf(boxes, levelOf, count, gaps.down);
  const places = boxes.map((_, box) => ({ x: x[box], y: (bands[levelOf[box]].top + bands[levelOf[box]].bottom) / 2 }));
  const passes = ways.map((way) =>
    way.flatMap((stop) => {
      const { top, bottom } = bands[stops[stop].level];
      return [
        { x: x[stop], y: top },
        { x: x[stop], y: bottom },
      ];
    }),
  );
  return {
    width: Math.max(0, ...stops.map(({ width }, stop) => x[stop] + width / 2)),
    height: bands.at(-1)?.bottom ?? 0,
    boxes: places,
    lines: linesOf(arrows, passes, { boxes, places, levelOf, bands }),
  };
}

interface Band {
  readonly top: number;
  readonly bottom: number;
}

/**
 * Stops are the boxes, in their order, and then the places where
 * long arrows pass a level; `ways` are the latter by arrow.
 */
function stopsOf(boxes: readonly LayoutBox[], arrows: readonly Link[], levelOf: readonly number[]) {
  const stops: (WideStop & { up: number[]; down: number[] })[] = boxes.map(
    ({ width, margin = 0, light = false }, box) => ({
      width: width + 2 * margin,
      light,
      passing: false,
      level: levelOf[box],
      up: [],
      down: [],
    }),
  );
  const ways = arrows.map(({ from, to }) => {
    const way: number[] = [];
    for (let level = levelOf[from] + 1; level < levelOf[to]; level++) {
      way.push(stops.length);
      stops.push({ width: 0, passing: true, light: false, level, up: [], down: [] });
    }
    const joined = [from, ...way, to];
    for (let i = 1; i < joined.length; i++) {
      stops[joined[i - 1]].down.push(joined[i]);
      stops[joined[i]].up.push(joined[i - 1]);
    }
    return way;
  });
  return { stops, ways };
}

function bandsOf(boxes: readonly LayoutBox[], levelOf: readonly number[], count: number, gap: number): Band[] {
  const heights = new Array<number>(count).fill(0);
  boxes.forEach(({ height }, box) => {
    heights[levelOf[box]] = Math.max(heights[levelOf[box]], height);
  });
  let top = 0;
  return heights.map((height) => {
    const band = { top, bottom: top + height };
    top += height + gap;
    return band;
  });
}

/** What `linesOf` knows of the layout. */
interface Placed {
  readonly boxes: readonly LayoutBox[];
  readonly places: readonly Point[];
  readonly levelOf: readonly number[];
  readonly bands: readonly Band[];
}

function linesOf(arrows: readonly LayoutArrow[], passes: readonly (readonly Point[])[], placed: Placed): Point[][] {
  const { boxes, places, levelOf, bands } = placed;
  const starts = arrows.map(({ from, to, label }, i) => ({
    box: from,
    port: label,
    towards: passes[i][0] ?? places[to],
  }));
  const ends = arrows.map(({ from, to }, i) => ({ box: to, port: `${i}`, towards: passes[i].at(-1) ?? places[from] }));
  const [out, into] = [starts, ends].map((sides) => portsOf(boxes, places, sides));
  return arrows.map(({ from, to }, i) => {
    const last = passes[i].at(-1);
    const fromAbove = [
      { x: into[i], y: bands[levelOf[to]].top },
      { x: into[i], y: places[to].y - boxes[to].height / 2 },
    ];
    return [
      { x: out[i], y: places[from].y + boxes[from].height / 2 },
      { x: out[i], y: bands[levelOf[from]].bottom },
      ...passes[i],
      ...((last && wayAside(to, last.x, placed)) ?? fromAbove),
    ];
  });
}

/** The way into a round box's side from a line that passes beside it at `x`, where nothing stands between. */
function wayAside(box: number, x: number, { boxes, places, levelOf }: Placed): Point[] | undefined {
  const { round = false, width } = boxes[box];
  const { x: middle, y } = places[box];
  if (!round || Math.abs(x - middle) < width) return undefined;
  const between = places.some(
    (place, other) =>
      other !== box &&
      levelOf[other] === levelOf[box] &&
      Math.abs(place.x - (x + middle) / 2) < (boxes[other].width + Math.abs(x - middle)) / 2 + 6,
  );
  if (between) return undefined;
  return [
    { x, y },
    { x: middle + (Math.sign(x - middle) * width) / 2, y },
  ];
}

const portGap = 18;

interface Side {
  readonly box: number;
  readonly port: string;
  readonly towards: Point;
}

/**
 * Where lines touch their boxes: side by side in the order of where they come from, the straightest one in the middle.
 */
function portsOf(boxes: readonly LayoutBox[], places: readonly Point[], sides: readonly Side[]): number[] {
  const ports = new Map<number, Map<string, number[]>>();
  for (const { box, port, towards } of sides) {
    const own = ports.get(box) ?? new Map<string, number[]>();
    ports.set(box, own.set(port, [...(own.get(port) ?? []), towards.x]));
  }
  const chosen = new Map<number, Map<string, number>>();
  for (const [box, own] of ports) {
    const { x } = places[box];
    const means = [...own].map(([port, ways]) => ({
      port,
      way: ways.reduce((sum, way) => sum + way, 0) / ways.length,
    }));
    means.sort((a, b) => a.way - b.way);
    const distances = means.map(({ way }) => Math.abs(way - x));
    const straightest = distances.indexOf(Math.min(...distances));
    const most = Math.max(straightest, means.length - 1 - straightest, 1);
    const step = Math.min(portGap, (0.42 * boxes[box].width) / most);
    chosen.set(box, new Map(means.map(({ port }, i) => [port, x + (i - straightest) * step])));
  }
  return sides.map(({ box, port }) => chosen.get(box)?.get(port) ?? places[box].x);
}

// The frame of a chart: round ticks, linear scales, hairline grid, axis names. The y axis is named above its end, where
// the eye starts and where a long name has room, not turned on its side.
import { label, textRoom } from "./lettering.ts";
import { type Element, element } from "./markup.ts";

/** One axis: its name with unit, the numbers it covers, how a tick is written. */
export interface Axis {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  readonly written: (value: number) => string;
}

/** The place of the marks: maps values to pixels, and the pixels of the plot's box. */
export interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  readonly marks: readonly Element[];
}

/** Size of a whole chart, and the room that direct labels need on its right. */
export interface FrameSize {
  readonly width: number;
  readonly height: number;
  readonly rightRoom?: number;
}

/** Numbers below this are zero to a chart, and too small to divide by. */
const smallest = 1e-290;

const tickSize = 12;
const nameSize = 12.5;

/** At most about `most` round numbers (1, 2 or 5 times a power of ten) within [low, high]. */
export function ticks(low: number, high: number, most: number): number[] {
  if (!(high > low)) return [low];
  const step = roundStep((high - low) / most);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** The range widened to round numbers of a scale of about `most` steps; a single value gets room around it. */
export function roundRange(low: number, high: number, most: number): [low: number, high: number] {
  const largest = Math.max(Math.abs(low), Math.abs(high));
  if (largest < smallest) return [Math.min(low, 0), 1];
  if (high - low <= 1e-9 * largest) return [low - largest / 2, high + largest / 2];
  const step = roundStep((high - low) / most);
  const widened = [Math.floor(low / step + 1e-9) * step, Math.ceil(high / step - 1e-9) * step];
  return [Number(widened[0].toPrecision(12)), Number(widened[1].toPrecision(12))];
}

/** Scales, grid, ticks and names of a chart of two linear axes. */
export function frame(size: FrameSize, x: Axis, y: Axis): Frame {
  const yTicks = distinct(ticks(y.low, y.high, 5), y);
  const left = 8 + Math.max(...yTicks.map((value) => textRoom(y.written(value), tickSize)));
  const box = { left, right: size.width - (size.rightRoom ?? 14), top: 30, bottom: size.height - 42 };
  const toX = linear(x.low, x.high, box.left, box.right);
  const toY = linear(y.low, y.high, box.bottom, box.top);
  const xTicks = distinct(ticks(x.low, x.high, Math.max(3, Math.floor((box.right - box.left) / 80))), x);
  const marks = [
    label(0, 13, y.name, { size: nameSize, colour: "muted" }),
    ...yTicks.flatMap((value) => [
      rule(box.left, toY(value), box.right, toY(value), "hairline"),
      label(box.left - 6, toY(value) + 4, y.written(value), { size: tickSize, anchor: "end", colour: "muted" }),
    ]),
    rule(box.left, box.bottom, box.right, box.bottom, "rule"),
    ...xTicks.flatMap((value) => [
      rule(toX(value), box.bottom, toX(value), box.bottom + 5, "rule"),
      label(toX(value), box.bottom + 18, x.written(value), { size: tickSize, anchor: "middle", colour: "muted" }),
    ]),
    label((box.left + box.right) / 2, size.height - 5, x.name, { size: nameSize, anchor: "middle", colour: "muted" }),
  ];
  return { ...box, x: toX, y: toY, marks };
}

/** A straight line of one pixel. */
export function rule(fromX: number, fromY: number, toX: number, toY: number, colour: string): Element {
  return element("line", { x1: fromX, y1: fromY, x2: toX, y2: toY, class: `line-${colour}` });
}

/** Ticks that are written differently from the one before: 10.5 steps and 11 steps are one tick. */
function distinct(places: readonly number[], { written }: Axis): number[] {
  return places.filter((place, i) => i === 0 || written(place) !== written(places[i - 1]));
}

function linear(low: number, high: number, from: number, to: number): (value: number) => number {
  return (value) => from + ((value - low) / (high - low || 1)) * (to - from);
}

function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const ratio = least / power;
  return power * ([1, 2, 5].find((step) => ratio <= step + 1e-9) ?? 10);
}

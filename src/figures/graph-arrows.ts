// The arrows of a graph's picture and what they carry.
import type { Layout, LayoutArrow, LayoutBox, Point } from "./layered-layout.ts";
import { label, textRoom } from "./lettering.ts";
import { type Element, element } from "./markup.ts";

/** Marks, and how far they reach to both sides. */
export interface Spread {
  readonly marks: readonly Element[];
  readonly left: number;
  readonly right: number;
}

const labelSize = 10.5;

/** A line to a box whose middle is at (x, y), and its head. */
export function arrowMark(way: readonly Point[], shape: LayoutBox, { x, y }: Point): Element {
  const [before, last] = way.slice(-2);
  const aside = before.y === last.y && before.x !== last.x;
  // On a circle a line from above ends lower the further it is from the middle.
  const end = shape.round && !aside ? y - Math.sqrt(Math.max(0, (shape.width / 2) ** 2 - (last.x - x) ** 2)) : last.y;
  const tip = `M${last.x.toFixed(1)} ${end.toFixed(1)}`;
  const head = aside ? `l${7.5 * Math.sign(before.x - last.x)} -3.6v7.2z` : "l-3.6 -7.5h7.2z";
  return element("g", {}, [
    element("path", {
      d: pathOf([...way.slice(0, -1), { x: last.x, y: end }]),
      class: "line-rule",
      "stroke-width": 1.3,
    }),
    element("path", { d: `${tip}${head}`, class: "rule" }),
  ]);
}

/** Straight down and across with rounded corners, in a smooth bend from column to column. */
function pathOf(way: readonly Point[]): string {
  return way
    .map(({ x, y }, i) => {
      const [before, after] = [way[i - 1], way[i + 1]];
      if (before === undefined) return `M${x.toFixed(1)} ${y.toFixed(1)}`;
      const corner = after !== undefined && isCorner(before, { x, y }, after);
      if (corner) {
        const [start, end] = [towards({ x, y }, before), towards({ x, y }, after)];
        return `L${start.x.toFixed(1)} ${start.y.toFixed(1)}Q${x.toFixed(1)} ${y.toFixed(1)} ${end.x.toFixed(1)} ${end.y.toFixed(1)}`;
      }
      if (Math.abs(before.x - x) < 0.5 || before.y === y) return `L${x.toFixed(1)} ${y.toFixed(1)}`;
      const middle = ((before.y + y) / 2).toFixed(1);
      return `C${before.x.toFixed(1)} ${middle} ${x.toFixed(1)} ${middle} ${x.toFixed(1)} ${y.toFixed(1)}`;
    })
    .join("");
}

function isCorner(before: Point, { x, y }: Point, after: Point): boolean {
  return (before.y === y && Math.abs(after.x - x) < 0.5) || (after.y === y && Math.abs(before.x - x) < 0.5);
}

/** A point a little way from a corner. */
function towards(from: Point, to: Point): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const part = Math.min(10, length / 2) / (length || 1);
  return { x: from.x + part * (to.x - from.x), y: from.y + part * (to.y - from.y) };
}

/** What lines carry, once for all that leave a box at one point. */
export function labelMarks(lines: readonly LayoutArrow[], layout: Layout): Spread {
  const boxes = new Map<number, Map<string, Point[][]>>();
  for (const [i, { from, label: text }] of lines.entries()) {
    const texts = boxes.get(from) ?? new Map<string, Point[][]>();
    boxes.set(from, texts.set(text, [...(texts.get(text) ?? []), [...layout.lines[i]]]));
  }
  let [left, right] = [0, layout.width];
  const marks = [...boxes.values()].flatMap((texts) => {
    const ports = [...texts].filter(([text]) => text !== "").sort(([, [a]], [, [b]]) => a[0].x - b[0].x);
    return ports.map(([text, ways], at) => {
      const [{ x: middle }, { y }] = ways[0];
      const isLeft = ports.length === 1 ? bendsRight(ways) : at === 0;
      const x = middle + (isLeft ? -6 : 6);
      if (isLeft) left = Math.min(left, x - textRoom(text, labelSize));
      else right = Math.max(right, x + textRoom(text, labelSize));
      const anchor = isLeft ? "end" : "start";
      return label(x, y + 13 * Math.max(1, at), text, { size: labelSize, colour: "muted", anchor });
    });
  });
  return { marks, left, right };
}

/** Whether the lines from one point bend to the right more than to the left: a label then stands on their left. */
function bendsRight(ways: readonly (readonly Point[])[]): boolean {
  const bends = ways.map((way) => (way.find(({ x }) => Math.abs(x - way[0].x) > 3)?.x ?? way[0].x) - way[0].x);
  return Math.max(...bends) > Math.max(...bends.map((bend) => -bend));
}

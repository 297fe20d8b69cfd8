// Frames around repeated blocks (`encoder.blocks.0`): the path of the block, and for how many equal ones it stands.
import { blockOf, blocksText, type GraphBox } from "./graph.ts";
import type { Spread } from "./graph-arrows.ts";
import type { Layout, LayoutBox, Point } from "./layered-layout.ts";
import type { Link } from "./layered-levels.ts";
import { fitted, label, textRoom } from "./lettering.ts";
import { element } from "./markup.ts";

/** Room that the boxes of a block keep free on both sides for their frame. */
export const frameMargin = 22;

/** A box with its number in the layout. */
export interface Framed {
  readonly at: number;
  readonly box: GraphBox;
  readonly shape: LayoutBox;
}

/** A frame around the boxes of each block that is given, with its path and how often it stands. */
export function frameMarks(framed: readonly Framed[], lines: readonly Link[], layout: Layout): Spread {
  let [left, right] = [0, layout.width];
  const frames = blocksOf(framed, lines).flatMap((members) => {
    const [{ box }] = members;
    const inside = new Set(members.map(({ at }) => at));
    const corners = members.flatMap(({ at, shape: { width, height } }) => {
      const { x, y } = layout.boxes[at];
      return [
        { x: x - width / 2, y: y - height / 2 },
        { x: x + width / 2, y: y + height / 2 },
      ];
    });
    const [top, bottom] = [Math.min(...corners.map(({ y }) => y)), Math.max(...corners.map(({ y }) => y))];
    const ways = lines.flatMap(({ to }, i) => (inside.has(to) ? layout.lines[i] : []));
    const within = ways.filter(({ y }) => y > top && y <= bottom);
    const drawn = frame([...corners, ...within], box);
    [left, right] = [Math.min(left, drawn.left), Math.max(right, drawn.right)];
    return drawn.marks;
  });
  return { marks: frames, left, right };
}

/** The boxes of each block that hang together: a block that is used twice has two frames. */
function blocksOf(framed: readonly Framed[], lines: readonly Link[]): Framed[][] {
  const blocks = new Map(framed.map((mark) => [mark.at, [mark]]));
  const keyOf = ([{ box }]: readonly Framed[]) => `${blockOf(box.scope)} ${box.pass}`;
  for (const { from, to } of lines) {
    const [a, b] = [blocks.get(from), blocks.get(to)];
    if (a === undefined || b === undefined || a === b || keyOf(a) !== keyOf(b)) continue;
    a.push(...b);
    for (const { at } of b) blocks.set(at, a);
  }
  return [...new Set(blocks.values())];
}

/** Its words run up along the left side, where no line passes. */
function frame(points: readonly Point[], { scope, repeats, pass }: GraphBox): Spread {
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  const [left, right] = [Math.min(...xs) - 34, Math.max(...xs) + 12];
  const [top, bottom] = [Math.min(...ys) - 10, Math.max(...ys) + 8];
  const box = { x: left, y: top, width: right - left, height: bottom - top, rx: 8 };
  const path = `${blocksText(blockOf(scope) ?? "", repeats)}${pass === "backward" ? ", backward" : ""}`;
  const times = repeats > 1 ? `× ${repeats}` : "";
  const room = bottom - top - 24 - textRoom(times, 14);
  return {
    left,
    right,
    marks: [
      element("rect", { ...box, class: "raised edge-hairline" }),
      element("g", { transform: `translate(${(left + 20).toFixed(1)} ${(bottom - 10).toFixed(1)})rotate(-90)` }, [
        label(0, 0, fitted(path, 12, room), { size: 12, colour: "muted" }),
        label(bottom - top - 20, 0, times, { size: 14, bold: true, anchor: "end" }),
      ]),
    ],
  };
}

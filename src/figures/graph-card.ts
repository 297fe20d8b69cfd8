// The card of a layer, or of operations between layers: its module's colour along its
// left side, its name, how much is in it, its share of the work as a number and as a bar.
import { blockOf, blocksText, type GraphBox, timesText } from "./graph.ts";
import { label, textRoom, textWidth } from "./lettering.ts";
import { type Element, element } from "./markup.ts";
import { count, numeral, percent } from "./numerals.ts";

/** What a card is drawn with, beside its own facts. */
export interface CardStyle {
  /** Colour class of the box's module. */
  readonly colour: string;
  /** FLOPs of the whole graph, and of its costliest box. */
  readonly totalFlops: number;
  readonly mostFlops: number;
  /** Path of the frame around the box, which need not be said again. */
  readonly framed: string | undefined;
}

const titleSize = 13;
const smallSize = 11;
/** Most pixels of a line that lists operations. */
const listWidth = 230;
const stripe = 5;
const [left, right] = [14, 10];

/** Size of a card and its marks around its own middle. */
export function card(box: GraphBox, style: CardStyle): { width: number; height: number; marks: Element[] } {
  const { around, titles, ...title } = titleOf(box, style);
  const { facts, ...fact } = factsOf(box, style);
  // Without a second line the share stands in the first.
  const [times, share] = facts === "" ? [fact.share, ""] : [title.times, fact.share];
  const aroundRoom = textWidth(around, titleSize);
  const titleRoom = aroundRoom + Math.max(...titles.map((line) => 1.04 * textRoom(line, titleSize)));
  const rooms = [titleRoom + textRoom(times, titleSize), textRoom(facts, smallSize) + 16 + textRoom(share, smallSize)];
  const width = Math.max(110, left + Math.max(...rooms) + right);
  const height = 31 + 17 * titles.length - (facts === "" ? 13 : 0);
  const [x, y] = [-width / 2, -height / 2];
  const bar = style.mostFlops > 0 ? ((width - stripe) * box.flops) / style.mostFlops : 0;
  const bold = box.kind === "layer";
  const last = y + 17 + 17 * titles.length;
  const outline = { x, y, width, height, rx: 4, class: "ground edge-rule", ...dashes(box.pass) };
  return {
    width,
    height,
    marks: [
      element("rect", outline),
      element("rect", { x, y, width: stripe, height, rx: 2, class: style.colour }),
      element("rect", { x: x + stripe, y: y + height - 3.5, width: bar, height: 3, class: style.colour }),
      label(x + left, y + 18, around, { size: titleSize, colour: "muted" }),
      ...titles.map((line, i) => label(x + left + aroundRoom, y + 18 + 17 * i, line, { size: titleSize, bold })),
      label(-x - right, y + 18, times, {
        ...(facts === "" ? { size: smallSize } : { size: titleSize, bold }),
        anchor: "end",
      }),
      label(x + left, last, facts, { size: smallSize, colour: "muted" }),
      label(-x - right, last, share, { size: smallSize, anchor: "end" }),
    ],
  };
}

/** Dashes mark what only a gradient needs. */
export function dashes(pass: GraphBox["pass"]): { "stroke-dasharray"?: string } {
  return pass === "backward" ? { "stroke-dasharray": "5 3" } : {};
}

/** The first lines: where a layer is, without what a frame says, and its own name; or the operations. */
function titleOf({ kind, scope, operations, repeats, constant }: GraphBox, { framed }: CardStyle) {
  if (kind !== "layer") {
    const number = constant === undefined ? [] : [numeral(constant.value, 3).replace("-", "−")];
    return {
      around: "",
      titles: listed([...operations.map(({ name, count: n }) => timesText(name, n)), ...number]),
      times: "",
    };
  }
  const path = relative(scope, framed);
  // A block that is one box says itself for how many it stands.
  if (framed === undefined && blockOf(scope) === scope) {
    return { around: "", titles: [blocksText(scope, repeats)], times: repeats > 1 ? `× ${repeats}` : "" };
  }
  const cut = path.lastIndexOf(".") + 1;
  return { around: path.slice(0, cut), titles: [path.slice(cut)], times: "" };
}

/** The last line: how much is in it, and its share of the work. */
function factsOf({ kind, operations, parameters, gradients, flops, pass, scope, repeats }: GraphBox, style: CardStyle) {
  const number = operations.reduce((sum, operation) => sum + operation.count, 0);
  const only = kind === "layer" ? operations[0].name : "";
  const what = number === 1 ? only : `${number} operations`;
  const within =
    kind === "operations" && scope !== "" && scope !== style.framed ? `in ${relative(scope, style.framed)}` : "";
  const parts = [
    pass === "backward" ? "backward" : "",
    `${what} ${within}`.trim(),
    parameters > 0 ? `${count(parameters)} parameters` : "",
    gradients > 0 ? `gives ${gradients} ${gradients === 1 ? "gradient" : "gradients"}` : "",
  ];
  const share = flops / style.totalFlops;
  const each = repeats > 1 && style.framed === undefined ? "each " : "";
  return {
    facts: parts.filter((part) => part !== "").join(" · "),
    share: share >= 0.0005 ? `${each}${percent(share)}` : "",
  };
}

function relative(scope: string, framed: string | undefined): string {
  return framed !== undefined && scope.startsWith(`${framed}.`) ? scope.slice(framed.length + 1) : scope;
}

/** Items with commas, broken into lines between them. */
function listed(items: readonly string[]): string[] {
  const lines: string[] = [];
  for (const [i, item] of items.entries()) {
    const text = i + 1 < items.length ? `${item},` : item;
    const joined = lines.length > 0 ? `${lines[lines.length - 1]} ${text}` : text;
    if (lines.length > 0 && textWidth(joined, titleSize) <= listWidth) lines[lines.length - 1] = joined;
    else lines.push(text);
  }
  return lines;
}

// How a box of a graph is drawn. The form says what it is (a layer is a card, one addition between layers a
// sign in a circle, an input or output a pill), the words say which; colour only repeats the module's name.
import { type GraphBox, shapeText } from "./graph.ts";
import { type CardStyle, card, dashes } from "./graph-card.ts";
import type { LayoutBox } from "./layered-layout.ts";
import { label, textRoom, wrapped } from "./lettering.ts";
import { type Element, element } from "./markup.ts";
import { numeral } from "./numerals.ts";

/** A box ready to be placed: its size, and its marks around its own middle. */
export interface Shape extends LayoutBox {
  readonly marks: readonly Element[];
}

/** A value that is taken from far above, where a line would be too long to follow. */
export interface Reference {
  /** Name of the box that makes it. */
  readonly from: string;
  readonly carries: string;
}

const signs: Readonly<Record<string, string>> = { add: "+", sub: "−", mul: "×" };
const noteWidth = 250;

/** The shape of a box. */
export function boxShape(box: GraphBox, style: CardStyle): Shape {
  const { kind, name, gives, pass } = box;
  if (kind === "input" || kind === "output") return pill(name, gives.map(shapeText), kind);
  const sign = signOf(box);
  if (sign === undefined) return card(box, style);
  return box.constant === undefined
    ? circle(sign, style.colour, pass)
    : capsule(sign, box.constant, style.colour, pass);
}

/** The shape of values taken from far above. */
export function referenceShape(references: readonly Reference[]): Shape {
  const lines = references.map(({ from, carries }) => `${from}: ${carries}`);
  return pill(
    "from above",
    lines.flatMap((line) => wrapped(line, noteSize, noteWidth)),
    "reference",
  );
}

function signOf({ kind, operations, gradients }: GraphBox): string | undefined {
  const [{ name, count }, ...others] = operations;
  return kind === "operations" && others.length === 0 && count === 1 && gradients === 0 ? signs[name] : undefined;
}

function circle(sign: string, colour: string, pass: GraphBox["pass"]): Shape {
  const radius = 11;
  return {
    ...{ width: 2 * radius, height: 2 * radius, round: true },
    marks: [
      element("circle", { r: radius, "stroke-width": 1.6, class: `ground edge-${colour}`, ...dashes(pass) }),
      label(0, 5.5, sign, { size: 16, anchor: "middle", bold: true }),
    ],
  };
}

/** A circle drawn out, with room for the number that is added or multiplied. */
function capsule(
  sign: string,
  constant: NonNullable<GraphBox["constant"]>,
  colour: string,
  pass: GraphBox["pass"],
): Shape {
  const value = numeral(constant.value, 3).replace("-", "−");
  const text = constant.first ? `${value} ${sign}` : `${sign} ${value}`;
  const [width, height] = [textRoom(text, nameSize) + 18, 22];
  const outline = { x: -width / 2, y: -height / 2, width, height, rx: 11, "stroke-width": 1.6 };
  return {
    ...{ width, height },
    marks: [
      element("rect", { ...outline, class: `ground edge-${colour}`, ...dashes(pass) }),
      label(0, 4.5, text, { size: nameSize, anchor: "middle" }),
    ],
  };
}

const nameSize = 12;
const noteSize = 11;

function pill(name: string, notes: readonly string[], kind: "input" | "output" | "reference"): Shape {
  const isReference = kind === "reference";
  const width = Math.max(60, 1.04 * textRoom(name, nameSize), ...notes.map((note) => textRoom(note, noteSize))) + 26;
  const height = 27 + 14 * notes.length;
  const [x, y] = [-width / 2, -height / 2];
  const rx = isReference ? 4 : Math.min(20, height / 2);
  const outline = isReference
    ? { class: "ground edge-rule", "stroke-dasharray": "1.5 3" }
    : { class: "ground edge-ink", "stroke-width": 1.4 };
  const inner = { x: x + 3, y: y + 3, width: width - 6, height: height - 6, rx: rx - 3, class: "line-ink" };
  const lettering = isReference ? { colour: "muted" } : { bold: true };
  return {
    width,
    height,
    light: kind !== "output",
    marks: [
      element("rect", { x, y, width, height, rx, ...outline }),
      ...(kind === "output" ? [element("rect", inner)] : []),
      label(0, y + 18, name, { size: nameSize, anchor: "middle", ...lettering }),
      ...notes.map((note, i) => label(0, y + 32 + 14 * i, note, { size: noteSize, anchor: "middle", colour: "muted" })),
    ],
  };
}

// A heat map of cells on a grid, in cividis, with its scale drawn beside it and the values in its table.
import { ticks } from "./axes.ts";
import type { Drawing } from "./drawing.ts";
import { label, textRoom } from "./lettering.ts";
import { type Element, element } from "./markup.ts";
import { numeral } from "./numerals.ts";
import { cividis } from "./palette.ts";

/** One panel of values [rows, columns] under its own name. */
export interface HeatPanel {
  readonly name: string;
  readonly values: ArrayLike<number>;
}

/** Panels of the same grid on one common scale. */
export interface HeatMap {
  readonly name: string;
  /** The finding. */
  readonly title: string;
  readonly caption: string;
  readonly rows: number;
  readonly columns: number;
  readonly panels: readonly HeatPanel[];
  /** What a value is, with its unit. */
  readonly scaleName: string;
  readonly low: number;
  readonly high: number;
  readonly written?: (value: number) => string;
}

const panelSize = 200;
const gap = 28;
/** Room above panels and scale for their names. */
export const head = 24;

/** Draws the panels side by side and one scale at their right. */
export function heatMap(map: HeatMap): Drawing {
  const { name, title, caption, rows, columns, panels, low, high, written = numeral } = map;
  const cell = panelSize / Math.max(rows, columns);
  const place = (value: number) => (value - low) / (high - low || 1);
  const marks = panels.flatMap((panel, index) => [
    label(index * (panelSize + gap), 13, panel.name, { size: 13, bold: true }),
    ...Array.from({ length: rows * columns }, (_, i) =>
      element("rect", {
        x: index * (panelSize + gap) + (i % columns) * cell,
        y: head + Math.floor(i / columns) * cell,
        // A hair more than the cell, so that no seam of the ground shows between neighbours.
        width: cell + 0.4,
        height: cell + 0.4,
        fill: cividis(place(panel.values[i])),
      }),
    ),
  ]);
  const scaleLeft = panels.length * (panelSize + gap);
  const scale = scaleMarks(map, scaleLeft, cell * rows);
  const width = scaleLeft + 20 + Math.max(textRoom(map.scaleName, 12), 60);
  const table = {
    columns: ["row", ...Array.from({ length: columns }, (_, column) => `column ${column + 1}`)],
    rows: panels.flatMap((panel) =>
      Array.from({ length: rows }, (_, row) => [
        `${panel.name}, row ${row + 1}`,
        ...Array.from({ length: columns }, (_, column) => written(panel.values[row * columns + column])),
      ]),
    ),
  };
  return { name, title, caption, width, height: head + cell * rows + 6, marks: [...marks, ...scale], table };
}

/** A vertical strip of the colours, `height` high from `head` down, with its ticks and what they measure above it. */
export function scaleMarks(
  { scaleName, low, high, written = numeral }: Pick<HeatMap, "scaleName" | "low" | "high" | "written">,
  left: number,
  height: number,
): Element[] {
  const steps = 50;
  const strip = Array.from({ length: steps }, (_, i) =>
    element("rect", {
      x: left,
      y: head + (height * i) / steps,
      width: 14,
      height: height / steps + 0.4,
      fill: cividis(1 - (i + 0.5) / steps),
    }),
  );
  const marks = ticks(low, high, 4).flatMap((value) => {
    const y = head + height * (1 - (value - low) / (high - low || 1));
    return [
      element("line", { x1: left + 14, x2: left + 19, y1: y, y2: y, class: "line-rule" }),
      label(left + 23, y + 4, written(value), { size: 12, colour: "muted" }),
    ];
  });
  return [label(left, 13, scaleName, { colour: "muted" }), ...strip, ...marks];
}

// The head of a graph's picture: its totals, and for each module its colour, share of the work and parameters.
import { flopsText, type GraphBox, graphTotals } from "./graph.ts";
import { label, textRoom } from "./lettering.ts";
import { type Element, element } from "./markup.ts";
import { count, percent } from "./numerals.ts";
import { light } from "./palette.ts";

/** The first part of a scope; empty outside every layer. */
function moduleName(scope: string): string {
  return scope.split(".")[0];
}

/** Colour classes by scope: each module its own, what is outside every layer none. */
export function moduleOf(boxes: readonly GraphBox[]): (scope: string) => string {
  const modules = [...new Set(boxes.map(({ scope }) => moduleName(scope)))].filter((name) => name !== "");
  return (scope) => {
    const place = modules.indexOf(moduleName(scope));
    return place < 0 ? "rule" : `series-${1 + (place % light.series.length)}`;
  };
}

/** Totals and modules, and the height that they take. */
export function legendOf(boxes: readonly GraphBox[]): { marks: Element[]; width: number; height: number } {
  const colourOf = moduleOf(boxes);
  const total = graphTotals(boxes);
  const modules = [...new Set(boxes.map(({ scope }) => moduleName(scope)))].filter((name) => name !== "");
  const outside =
    modules.length > 0 && boxes.some(({ scope, operations }) => scope === "" && operations.length > 0) ? [""] : [];
  const rows = [...modules, ...outside].map((module) => {
    const part = graphTotals(boxes.filter(({ scope }) => moduleName(scope) === module));
    const share = part.flops / total.flops;
    const work = share < 0.0005 ? "less than 0.1%" : percent(share);
    const parameters = module === "" ? "" : `, ${count(part.parameters)} parameters`;
    return { colour: colourOf(module), text: `${module || "outside every layer"}: ${work} of the FLOPs${parameters}` };
  });
  const parameters = total.parameters > 0 ? ` ${count(total.parameters)} parameters,` : "";
  const totals = `${count(total.operations)} operations,${parameters} ${flopsText(total.flops)}`;
  const marks = rows.flatMap(({ colour, text }, i) => [
    element("rect", { x: 0, y: 23 + 19 * i, width: 16, height: 12, rx: 2, class: colour }),
    label(24, 33 + 19 * i, text, { size: 12 }),
  ]);
  return {
    marks: [label(0, 12, totals, { size: 13, bold: true }), ...marks],
    width: Math.max(...[totals, ...rows.map(({ text }) => text)].map((text) => 28 + textRoom(text, 13))),
    height: 23 + 19 * rows.length + 30,
  };
}

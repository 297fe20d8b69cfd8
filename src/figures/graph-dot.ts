// A program's graph in the language of Graphviz (https://graphviz.org/doc/info/lang.html), for whoever wants to lay
// it out or to search it with other tools: plain text, one box or arrow a line, a cluster for each repeated block.
import {
  blockOf,
  blocksText,
  type GraphBox,
  type GraphFigure,
  graphTotals,
  shapeText,
  tensorsText,
  timesText,
} from "./graph.ts";
import { moduleOf } from "./graph-legend.ts";
import { count, percent } from "./numerals.ts";
import { colourIn, light } from "./palette.ts";

/** The graph as the text of a `.dot` file. */
export function graphDot({ name, title, boxes, arrows }: GraphFigure): string {
  const colourOf = moduleOf(boxes);
  const { flops } = graphTotals(boxes);
  const line = (box: GraphBox) =>
    `${quoted(box.id)} [${boxAttributes(box, flops, colourIn(light, colourOf(box.scope)))}];`;
  const blocks = new Map<string, GraphBox[]>();
  for (const box of boxes) {
    const block = blockOf(box.scope) ?? "";
    blocks.set(block, [...(blocks.get(block) ?? []), box]);
  }
  return [
    `digraph ${quoted(name)} {`,
    `  label=${quoted(title)}; labelloc=t; node [shape=box, style=rounded, fontname="sans-serif"];`,
    ...[...blocks].flatMap(([block, members]) =>
      block === ""
        ? members.map((box) => `  ${line(box)}`)
        : [
            `  subgraph ${quoted(`cluster ${block}`)} {`,
            `    label=${quoted(blocksText(block, members[0].repeats))};`,
            ...members.map((box) => `    ${line(box)}`),
            "  }",
          ],
    ),
    ...arrows.map(
      ({ from, to, tensors }) => `  ${quoted(from)} -> ${quoted(to)} [label=${quoted(tensorsText(tensors))}];`,
    ),
    "}",
    "",
  ].join("\n");
}

function boxAttributes(box: GraphBox, total: number, colour: string): string {
  const { kind, pass, id, name, operations, flops, parameters, gives, repeats } = box;
  if (kind === "input" || kind === "output") {
    const lines = [name, ...gives.map(shapeText)];
    return `label=${quoted(lines.join("\n"))}, shape=ellipse${kind === "output" ? ", peripheries=2" : ""}`;
  }
  const lines = [
    repeats > 1 ? `${id} × ${repeats}` : id,
    operations.map(({ name: operation, count: times }) => timesText(operation, times)).join(", "),
    parameters > 0 ? `${count(parameters)} parameters` : "",
    flops > 0 ? `${percent(flops / total)} of the FLOPs` : "",
  ];
  const style = pass === "backward" ? ', style="rounded,dashed"' : "";
  return `label=${quoted(lines.filter((text) => text !== "").join("\n"))}, color=${quoted(colour)}${style}`;
}

function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}

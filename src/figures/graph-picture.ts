// A program's graph as a picture, top to bottom: layers as cards, residual additions as
// signs, inputs and outputs as pills, shapes on the arrows, repeated blocks in a frame
// with how often they stand. Plain boxes and arrows in (`graph.ts`).
import type { Drawing, Table } from "./drawing.ts";
import { blockOf, type GraphBox, type GraphFigure, graphTotals, shapeText, tensorsText, timesText } from "./graph.ts";
import { arrowMark, labelMarks } from "./graph-arrows.ts";
import type { CardStyle } from "./graph-card.ts";
import { frameMargin, frameMarks } from "./graph-frames.ts";
import { legendOf, moduleOf } from "./graph-legend.ts";
import { boxShape, type Reference, referenceShape, type Shape } from "./graph-shapes.ts";
import { type LayoutArrow, layOutGraph } from "./layered-layout.ts";
import { levelsOf } from "./layered-levels.ts";
import { element } from "./markup.ts";
import { count, numeral } from "./numerals.ts";

const gaps = { across: 30, down: 38 };
/**
 * Levels that a line may go down before it becomes a note at its end; less where it goes over into the backward pass.
 */
const longest = { same: 10, over: 4 };

/** Something placed: a box, or a note of what comes from elsewhere, which has none. */
interface Mark {
  readonly box?: GraphBox;
  readonly shape: Shape;
}

/** Draws a graph that has no cycle. */
export function graphPicture(figure: GraphFigure): Drawing {
  const { name, title, caption, boxes } = figure;
  const { marks, lines } = prepared(figure);
  const layout = layOutGraph(
    marks.map(({ shape }) => shape),
    lines,
    gaps,
  );
  const legend = legendOf(boxes);
  const labels = labelMarks(lines, layout);
  const blocks = framedBlocks(boxes);
  const framed = marks.flatMap(({ box, shape }, at) =>
    box !== undefined && blocks.has(blockOf(box.scope) ?? "") ? [{ at, box, shape }] : [],
  );
  const frames = frameMarks(framed, lines, layout);
  const [left, right] = [Math.min(labels.left, frames.left), Math.max(labels.right, frames.right)];
  const width = Math.max(right - left, legend.width, 460);
  const shift = (width - right - left) / 2;
  const content = [
    ...frames.marks,
    ...lines.map((line, i) => arrowMark(layout.lines[i], marks[line.to].shape, layout.boxes[line.to])),
    ...labels.marks,
    ...marks.map(({ shape }, i) =>
      element(
        "g",
        { transform: `translate(${layout.boxes[i].x.toFixed(1)} ${layout.boxes[i].y.toFixed(1)})` },
        shape.marks,
      ),
    ),
  ];
  return {
    ...{ name, title, caption, width },
    height: legend.height + layout.height + 6,
    marks: [...legend.marks, element("g", { transform: `translate(${shift.toFixed(1)} ${legend.height})` }, content)],
    table: tableOf(boxes),
  };
}

/** Marks and lines as they are drawn: an input stands at each of its users, a value from far above is a note. */
function prepared({ boxes, arrows }: GraphFigure): { marks: Mark[]; lines: LayoutArrow[] } {
  const style = styleOf(boxes);
  const drawn = boxes.filter((box) => box.kind !== "input");
  const at = new Map(drawn.map(({ id }, i) => [id, i]));
  const byId = new Map(boxes.map((box) => [box.id, box]));
  const marks: Mark[] = drawn.map((box) => ({
    box,
    shape: { ...boxShape(box, style(box)), margin: style(box).framed === undefined ? 0 : frameMargin },
  }));
  const inner = arrows.flatMap((arrow) => {
    const [from, to] = [at.get(arrow.from), at.get(arrow.to)];
    return from === undefined || to === undefined ? [] : [{ from, to }];
  });
  const levels = levelsOf(drawn.length, inner);
  const lines: LayoutArrow[] = [];
  const references = new Map<number, Reference[]>();
  const note = (shape: Shape, to: number) => {
    lines.push({ from: marks.length, to, label: "" });
    marks.push({ shape });
  };
  for (const { from, to, tensors } of arrows) {
    const [source, start, end] = [byId.get(from), at.get(from), at.get(to)];
    if (source === undefined || end === undefined) continue;
    const carries = tensorsText(tensors);
    if (start === undefined) note(boxShape(source, style(source)), end);
    else if (levels[end] - levels[start] <= longest[source.pass === marks[end].box?.pass ? "same" : "over"])
      lines.push({ from: start, to: end, label: carries });
    else references.set(end, [...(references.get(end) ?? []), { from, carries }]);
  }
  for (const [end, taken] of references) note(referenceShape(taken), end);
  return { marks, lines };
}

function styleOf(boxes: readonly GraphBox[]) {
  const { flops: totalFlops } = graphTotals(boxes);
  const mostFlops = Math.max(0, ...boxes.map(({ flops }) => flops));
  const colourOf = moduleOf(boxes);
  const framed = framedBlocks(boxes);
  return (box: GraphBox): CardStyle => {
    const block = blockOf(box.scope) ?? "";
    return { colour: colourOf(box.scope), totalFlops, mostFlops, framed: framed.has(block) ? block : undefined };
  };
}

/** Blocks of which more than the whole is shown. */
function framedBlocks(boxes: readonly GraphBox[]): ReadonlySet<string> {
  const blocks = boxes.map(({ scope }) => ({ scope, block: blockOf(scope) }));
  return new Set(blocks.flatMap(({ scope, block }) => (block === undefined || block === scope ? [] : [block])));
}

function tableOf(boxes: readonly GraphBox[]): Table {
  return {
    columns: ["box", "operations", "MFLOP", "parameters", "gives"],
    rows: boxes.map(({ id, operations, flops, parameters, gives, repeats }) => [
      repeats > 1 ? `${id} (× ${repeats})` : id,
      operations.map(({ name, count: times }) => timesText(name, times)).join(", "),
      flops === 0 ? "" : numeral(flops / 1e6),
      parameters === 0 ? "" : count(parameters),
      gives.map(shapeText).join(", "),
    ]),
  };
}
